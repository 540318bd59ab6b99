//! A span of time, or a point on the run's own clock, in nanoseconds.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{UnitError, float, parse_decimal, split_number};

const EXPECTED: &str = "write a number and a unit: \"250ms\", \"10s\", \"1.5m\", \"1h\"";

/// Nanoseconds since the start of a run, or the length of a span.
///
/// 64 bits hold 584 years. Arithmetic saturates: a negative span is 0.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// No time at all, or the start of the run.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// Makes a span of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Makes a span of whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// The span in seconds, for rates and charts.
    pub fn as_secs_f64(self) -> f64 {
        float(self.0) / 1e9
    }

    /// The span in milliseconds, for people.
    pub fn as_millis_f64(self) -> f64 {
        float(self.0) / 1e6
    }

    /// Whole seconds that have passed.
    pub const fn as_secs(self) -> u64 {
        self.0 / Self::SECOND.0
    }

    /// The span as the standard library's type.
    pub const fn as_duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl From<Duration> for Nanos {
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Nanos {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Nanos {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl FromStr for Nanos {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |problem: String| UnitError::new(problem, EXPECTED);
        let text = text.trim();
        let (number, unit) = split_number(text);
        if number.is_empty() {
            return Err(refuse(format!("{text:?} is not a duration")));
        }
        let unit_ns: u64 = match unit.trim() {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" | "min" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(refuse(format!("{text:?} has no unit"))),
            other => return Err(refuse(format!("{other:?} is not a unit of time"))),
        };
        let (numerator, scale) =
            parse_decimal(number).ok_or_else(|| refuse(format!("{text:?} is not a duration")))?;
        let nanos = u128::from(numerator) * u128::from(unit_ns) / 10_u128.pow(scale);
        u64::try_from(nanos)
            .map(Self)
            .map_err(|_| refuse(format!("{text:?} is longer than 584 years")))
    }
}

impl fmt::Display for Nanos {
    /// Writes three significant figures in the unit that suits: `5.21 ms`, `12.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scaled, unit) = match self.0 {
            0..1_000 => return write!(f, "{} ns", self.0),
            1_000..1_000_000 => (float(self.0) / 1e3, "µs"),
            1_000_000..1_000_000_000 => (float(self.0) / 1e6, "ms"),
            _ => (float(self.0) / 1e9, "s"),
        };
        let decimals = match scaled {
            ..9.995 => 2,
            9.995..99.95 => 1,
            _ => 0,
        };
        write!(f, "{scaled:.decimals$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_exactly() {
        assert_eq!("250ms".parse(), Ok(Nanos::from_millis(250)));
        assert_eq!("1.5m".parse(), Ok(Nanos::from_secs(90)));
        assert_eq!("0.1s".parse(), Ok(Nanos::from_millis(100)));
        assert_eq!("1h".parse(), Ok(Nanos::from_secs(3600)));
    }

    #[test]
    fn a_bare_number_is_refused_because_nobody_knows_its_unit() {
        for text in ["10", "s", "", "-1s", "1e3s", "10 parsecs", "1..2s"] {
            assert!(text.parse::<Nanos>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn display_keeps_three_figures() {
        assert_eq!(Nanos(5_213_000).to_string(), "5.21 ms");
        assert_eq!(Nanos(9_999_000).to_string(), "10.0 ms");
        assert_eq!(Nanos(640).to_string(), "640 ns");
        assert_eq!(Nanos::from_secs(120).to_string(), "120 s");
    }
}
