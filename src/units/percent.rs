//! A share of a whole.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{UnitError, float, parse_decimal};

const EXPECTED: &str = "write a share with its sign: \"0.1%\"";

/// A share between 0 % and 100 %, kept as parts per billion so that it compares exactly.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Percent {
    parts_per_billion: u64,
}

impl Percent {
    /// 1 %.
    pub const ONE_PERCENT: Self = Self {
        parts_per_billion: 10_000_000,
    };

    /// The share as a fraction of 1.
    pub fn as_fraction(self) -> f64 {
        float(self.parts_per_billion) / 1e9
    }
}

impl FromStr for Percent {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |problem| UnitError::new(problem, EXPECTED);
        let text = text.trim();
        let number = text
            .strip_suffix('%')
            .ok_or_else(|| refuse(format!("{text:?} has no percent sign")))?;
        let (numerator, scale) = parse_decimal(number.trim())
            .ok_or_else(|| refuse(format!("{text:?} is not a share")))?;
        let parts = u128::from(numerator) * 10_000_000 / 10_u128.pow(scale);
        match u64::try_from(parts) {
            Ok(parts_per_billion) if parts_per_billion <= 1_000_000_000 => {
                Ok(Self { parts_per_billion })
            }
            _ => Err(refuse(format!("{text:?} is more than the whole"))),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", float(self.parts_per_billion) / 1e7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_shown() {
        let share: Percent = "0.1%".parse().unwrap();
        assert_eq!(share.to_string(), "0.1 %");
        assert!((share.as_fraction() - 0.001).abs() < 1e-12);
        assert!("0.1".parse::<Percent>().is_err());
        assert!("101%".parse::<Percent>().is_err());
    }
}
