//! The unique name of a key pair.

use std::fmt;
use std::str::FromStr;

use super::KeyError;
use crate::ids::{UNIQUE_NAME_MAX, broken_name_rule};

/// A key pair's unique name in Certificate and Key Management; tokens carry it as `kid`.
///
/// It keeps the rules of [`broken_name_rule`], so it is also safe as part of a file name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UniqueName(String);

impl UniqueName {
    /// Reads a unique name; the error names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        match broken_name_rule(text) {
            None => Ok(Self(text.to_owned())),
            Some(problem) => Err(KeyError::NotAName {
                name: text.chars().take(UNIQUE_NAME_MAX).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_it_is() {
        assert_eq!(
            UniqueName::parse("lead_signing").unwrap().as_str(),
            "lead_signing"
        );
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
