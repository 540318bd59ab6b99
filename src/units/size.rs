//! How many bytes something has.

use std::fmt;
use std::str::FromStr;

use super::{UnitError, float, parse_decimal, split_number};

const EXPECTED: &str = "write a number and a unit: \"900B\", \"1.5KB\", \"36KB\"";

/// A number of bytes; `1KB` is a thousand, as HTTP counts them.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |problem: String| UnitError::new(problem, EXPECTED);
        let text = text.trim();
        let (number, unit) = split_number(text);
        let unit: u64 = match unit.trim() {
            "B" => 1,
            "KB" | "kB" => 1_000,
            "KiB" => 1_024,
            "MB" => 1_000_000,
            _ => return Err(refuse(format!("{text:?} is not a size"))),
        };
        let (numerator, scale) =
            parse_decimal(number).ok_or_else(|| refuse(format!("{text:?} is not a size")))?;
        let bytes = u128::from(numerator) * u128::from(unit) / 10_u128.pow(scale);
        u64::try_from(bytes)
            .map(Self)
            .map_err(|_| refuse(format!("{text:?} is too much")))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_000 => write!(f, "{} B", self.0),
            bytes => write!(f, "{:.1} KB", float(bytes) / 1e3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("900B", 900),
            ("1.5KB", 1_500),
            ("2KiB", 2_048),
            ("6 MB", 6_000_000),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "900", "-1KB", "1GB", "big"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
