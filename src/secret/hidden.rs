//! Text that can be sent but not printed, and the secrets of one scenario.

use std::fmt;

use super::strike::without_secrets;

/// A text that may be a secret, such as the value of a header field.
///
/// It can be sent; it has no `Display`, and its `Debug` shows nothing.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the wire only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(redacted)")
    }
}

/// The secrets of one scenario, to be left out of whatever is said or written.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Secrets(Vec<Hidden>);

impl Secrets {
    /// Adds a secret; an empty one is none.
    pub fn add(&mut self, secret: &str) {
        let hidden = Hidden::new(secret.to_owned());
        if !secret.is_empty() && !self.0.contains(&hidden) {
            self.0.push(hidden);
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of each, to be struck from texts of others.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|secret| secret.reveal().as_bytes())
    }

    /// A text without them, as [`without_secrets`] leaves them out.
    pub fn strike(&self, text: &str) -> String {
        without_secrets(text, self.iter())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_does_not_tell() {
        let mut secrets = Secrets::default();
        secrets.add("canary-1");
        secrets.add("");
        secrets.add("canary-1");
        let hidden = Hidden::new("canary-1".to_owned());
        assert_eq!(
            format!("{secrets:?} {hidden:?}"),
            "Secrets(1) Hidden(redacted)"
        );
        assert_eq!(secrets.strike("a canary-1"), "a [redacted]");
    }
}
