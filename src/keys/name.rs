//! The unique name of a key pair.

use std::fmt;
use std::str::FromStr;

use super::KeyError;

/// The longest unique name, in characters: Salesforce's limit for developer names.
const LENGTH_MAX: usize = 80;

/// A key pair's unique name in Certificate and Key Management; tokens carry it as `kid`.
///
/// Letters, digits and `_`; it starts with a letter, has no `__`, does not end in `_`, and
/// has at most 80 characters. So it is also safe as part of a file name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UniqueName(String);

impl UniqueName {
    /// Reads a unique name; the error names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        match broken_rule(text) {
            None => Ok(Self(text.to_owned())),
            Some(problem) => Err(KeyError::NotAName {
                name: text.chars().take(LENGTH_MAX).collect(),
                problem,
            }),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UniqueName {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

impl fmt::Display for UniqueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() {
        Some("it is empty")
    } else if !text.chars().all(is_allowed) {
        Some("only letters, digits and _ are allowed")
    } else if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("it must start with a letter")
    } else if text.contains("__") {
        Some("it must not contain two _ in a row")
    } else if text.ends_with('_') {
        Some("it must not end with _")
    } else if text.len() > LENGTH_MAX {
        Some("it must not be longer than 80 characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_salesforce_accepts_are_accepted() {
        for text in ["a", "lead_signing", "Key2", &"x".repeat(80)] {
            assert_eq!(UniqueName::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn each_rule_is_held() {
        let long = "x".repeat(81);
        for text in [
            "", "1key", "_key", "a__b", "key_", "a-b", "a/b", "../x", "ключ", &long,
        ] {
            assert!(UniqueName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_error_names_the_rule() {
        let error = UniqueName::parse("a__b").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"a__b\" is not a valid unique name: it must not contain two _ in a row"
        );
    }
}
