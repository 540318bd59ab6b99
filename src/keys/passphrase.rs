//! A passphrase that can be used and not printed.

use std::fmt;

use zeroize::Zeroizing;

/// A passphrase; wiped when dropped.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase as a file or a variable holds it: without the end of its line.
    pub fn new(text: &Zeroizing<String>) -> Self {
        let bare = text.trim_end_matches(['\r', '\n']);
        Self(Zeroizing::new(bare.to_owned()))
    }

    /// Its characters.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// How many characters it has.
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}
