//! A point of a distribution, as `p99` names it.

use std::fmt;
use std::str::FromStr;

use super::{UnitError, float, parse_decimal};

const EXPECTED: &str = "write p50, p99 or p99.9";

/// A percentile above 0 and below 100, in millionths of the whole.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Quantile {
    millionths: u64,
}

impl Quantile {
    /// The quantile as a fraction of 1, as HdrHistogram takes it.
    pub fn as_fraction(self) -> f64 {
        float(self.millionths) / 1e6
    }
}

impl FromStr for Quantile {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = || UnitError::new(format!("{text:?} is not a percentile"), EXPECTED);
        let number = text.strip_prefix('p').ok_or_else(refuse)?;
        let (numerator, scale) = parse_decimal(number).ok_or_else(refuse)?;
        let millionths = u128::from(numerator) * 10_000 / 10_u128.pow(scale);
        match u64::try_from(millionths) {
            Ok(millionths @ 1..1_000_000) => Ok(Self { millionths }),
            _ => Err(refuse()),
        }
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", float(self.millionths) / 1e4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_read_and_shown() {
        for text in ["p50", "p99", "p99.9", "p99.99"] {
            assert_eq!(text.parse::<Quantile>().unwrap().to_string(), text);
        }
        for text in ["p0", "p100", "99", "p", "px"] {
            assert!(text.parse::<Quantile>().is_err(), "{text:?}");
        }
    }
}
