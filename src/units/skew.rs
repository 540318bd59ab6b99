//! How far a clock differs from another.

use std::fmt;
use std::str::FromStr;

use super::{Nanos, UnitError};

const EXPECTED: &str = "write a span of time with or without a sign: \"-2s\", \"+90s\"";

/// How far a clock differs from the true one: ahead of it, or behind it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Skew {
    /// By how much.
    pub by: Nanos,
    /// Whether it is behind the true clock.
    pub is_behind: bool,
}

impl Skew {
    /// The clock's reading at a true instant; at least 0.
    pub fn of(self, instant: Nanos) -> Nanos {
        if self.is_behind {
            instant - self.by
        } else {
            instant + self.by
        }
    }
}

impl FromStr for Skew {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let (span, is_behind) = match text.strip_prefix('-') {
            Some(span) => (span, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        let by = span
            .parse()
            .map_err(|error: UnitError| UnitError::new(error.problem, EXPECTED))?;
        Ok(Self { by, is_behind })
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_behind { '-' } else { '+' };
        write!(f, "{sign}{}", self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_which_way() {
        let now = Nanos::from_secs(100);
        for (text, told) in [("-2s", 98), ("+2s", 102), ("2s", 102), ("-200s", 0)] {
            let skew: Skew = text.parse().unwrap();
            assert_eq!(skew.of(now), Nanos::from_secs(told), "{text}");
        }
        assert_eq!("-2s".parse::<Skew>().unwrap().to_string(), "-2.00 s");
        for text in ["", "-", "--2s", "2", "soon"] {
            assert!(text.parse::<Skew>().is_err(), "{text:?}");
        }
    }
}
