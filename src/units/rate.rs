//! How often something happens, kept exact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Nanos, UnitError, float, parse_decimal, split_number};

const EXPECTED: &str = "write a number above 0 and a period: \"200/s\", \"0.5/s\", \"12000/min\"";

/// The highest rate; with one event each nanosecond there would be no gap to measure.
const PER_SECOND_MAX: f64 = 1e8;

/// Events in a period, as an exact fraction.
///
/// `"1000/min"` has no exact decimal per second, and a schedule that adds up rounded
/// gaps drifts; so the two integers are kept.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rate {
    events: u64,
    period_ns: u64,
}

impl Rate {
    /// Makes a rate of whole events a second; 0 is refused.
    pub fn per_second(events: u64) -> Option<Self> {
        (events > 0).then_some(Self {
            events,
            period_ns: Nanos::SECOND.0,
        })
    }

    /// The rate in events a second.
    pub fn as_per_second(self) -> f64 {
        float(self.events) * 1e9 / float(self.period_ns)
    }

    /// This rate times a fraction; `None` if that is zero or too large.
    pub fn times(self, numerator: u64, denominator: u64) -> Option<Self> {
        let events = self.events.checked_mul(numerator)?;
        let period_ns = self.period_ns.checked_mul(denominator)?;
        (events > 0 && period_ns > 0).then_some(Self { events, period_ns })
    }

    /// When the `n`-th event (counted from 0) of an even stream is due.
    ///
    /// Computed from `n`, never by adding gaps, so it does not drift.
    pub fn due(self, n: u64) -> Nanos {
        let ns = u128::from(n) * u128::from(self.period_ns) / u128::from(self.events);
        Nanos(u64::try_from(ns).unwrap_or(u64::MAX))
    }
}

impl Rate {
    /// Reads a rate that may be zero: `"0/s"` is `None`.
    ///
    /// # Errors
    ///
    /// The same as those of [`Rate::from_str`], except for 0.
    pub fn parse_or_none(text: &str) -> Result<Option<Self>, UnitError> {
        let refuse = |problem: String| UnitError::new(problem, EXPECTED);
        let text = text.trim();
        let (number, period) = split_number(text);
        let period_ns: u64 = match period.trim().strip_prefix('/').map(str::trim) {
            Some("s" | "sec" | "second") => 1_000_000_000,
            Some("m" | "min" | "minute") => 60_000_000_000,
            Some("h" | "hour") => 3_600_000_000_000,
            Some(other) => return Err(refuse(format!("{other:?} is not a period"))),
            None if number.is_empty() || !period.trim().is_empty() => {
                return Err(refuse(format!("{text:?} is not a rate")));
            }
            None => return Err(refuse(format!("{text:?} has no period"))),
        };
        let (events, scale) = parse_decimal(number).ok_or_else(|| {
            refuse(if is_long(number) {
                format!("{text:?} has more digits than a rate can have")
            } else {
                format!("{text:?} is not a rate")
            })
        })?;
        let period_ns = period_ns
            .checked_mul(10_u64.pow(scale))
            .ok_or_else(|| refuse(format!("{text:?} has too many decimals")))?;
        if events == 0 {
            return Ok(None);
        }
        let rate = Self { events, period_ns };
        if rate.as_per_second() > PER_SECOND_MAX {
            return Err(refuse(format!(
                "{text:?} is more than 100 million a second"
            )));
        }
        Ok(Some(rate))
    }
}

/// Whether it is a number that is only too long.
fn is_long(number: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let parts = number.split_once('.').unwrap_or((number, "0"));
    let is_whole = |part: &str| !part.is_empty() && part.bytes().all(is_digit);
    is_whole(parts.0) && is_whole(parts.1)
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::parse_or_none(text)?
            .ok_or_else(|| UnitError::new(format!("{:?} is a rate of 0", text.trim()), EXPECTED))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.as_per_second();
        if per_second >= 1.0 {
            write!(f, "{}/s", (per_second * 1000.0).round() / 1000.0)
        } else if per_second >= 1e-3 {
            write!(f, "{}/min", (per_second * 60_000.0).round() / 1000.0)
        } else {
            // Three digits, however rare.
            let per_hour = per_second * 3_600.0;
            let scale = 10_f64.powf(2.0 - per_hour.log10().floor());
            write!(f, "{}/h", (per_hour * scale).round() / scale)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_does_not_drift_over_a_million_events() {
        let rate: Rate = "1000/min".parse().unwrap();
        assert_eq!(rate.due(1_000_000), Nanos::from_secs(60_000));
        assert_eq!(rate.due(0), Nanos::ZERO);
    }

    #[test]
    fn decimals_are_exact() {
        let rate: Rate = "0.5/s".parse().unwrap();
        assert_eq!(rate.due(3), Nanos::from_secs(6));
        assert_eq!(rate.to_string(), "30/min");
    }

    #[test]
    fn a_rare_event_is_no_event_of_none() {
        let rate: Rate = "0.0000001/s".parse().unwrap();
        assert_eq!(rate.to_string(), "0.00036/h");
    }

    #[test]
    fn what_is_no_number_is_not_blamed_on_its_period() {
        for text in ["-1/s", "1e300/s", "fast"] {
            let problem = text.parse::<Rate>().unwrap_err().problem;
            assert!(problem.ends_with("is not a rate"), "{problem}");
        }
        for text in ["100000000000000000000000/s", "1.0000000000/s"] {
            let problem = text.parse::<Rate>().unwrap_err().problem;
            assert!(
                problem.ends_with("more digits than a rate can have"),
                "{problem}"
            );
        }
        let problem = "200".parse::<Rate>().unwrap_err().problem;
        assert!(problem.ends_with("has no period"), "{problem}");
    }

    #[test]
    fn a_stage_may_go_down_to_nothing() {
        assert_eq!(Rate::parse_or_none("0/min"), Ok(None));
        assert_eq!(Rate::parse_or_none("3/s"), Ok(Rate::per_second(3)));
        assert!(Rate::parse_or_none("0").is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "200",
            "0/s",
            "-5/s",
            "fast",
            "5/fortnight",
            "999999999999/s",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text:?}");
        }
    }
}
