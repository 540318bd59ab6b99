//! How long an answer takes, as a distribution.

use std::fmt;
use std::str::FromStr;

use super::{Nanos, UnitError};

const EXPECTED: &str = "write \"5ms\", \"lognormal p50=5ms p99=40ms\", \"exponential 5ms\", \
                        \"mm1 5ms\" or \"md1 5ms\"";

/// How long an answer takes, as a distribution.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Latency {
    /// Always the same.
    Constant(Nanos),
    /// Log-normal, by its median and its 99th percentile.
    LogNormal {
        /// The median.
        p50: Nanos,
        /// The 99th percentile, above the median.
        p99: Nanos,
    },
    /// Exponential, by its mean.
    Exponential(Nanos),
    /// One server that serves requests in the order of arrival, each for an exponential time (M/M/1 if
    /// arrivals are Poisson): requests wait while it is busy.
    OneServer(Nanos),
    /// The same, for a constant time (M/D/1).
    OneSteadyServer(Nanos),
}

impl Latency {
    /// Whether it is always zero.
    pub const fn is_nothing(self) -> bool {
        matches!(self, Self::Constant(Nanos::ZERO))
    }
}

impl FromStr for Latency {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |problem: String| UnitError::new(problem, EXPECTED);
        let text = text.trim();
        let (word, rest) = text.split_once([' ', ':']).unwrap_or((text, ""));
        let span = |text: &str| {
            let text = text.trim();
            let text = text.strip_prefix("mean=").unwrap_or(text);
            text.parse::<Nanos>().map_err(|error| refuse(error.problem))
        };
        match word {
            "constant" => span(rest).map(Self::Constant),
            "exponential" => span(rest).map(Self::Exponential),
            "mm1" => span(rest).map(Self::OneServer),
            "md1" => span(rest).map(Self::OneSteadyServer),
            "lognormal" => {
                let named = |name: &str| {
                    let mut parts = rest.split([' ', ',']);
                    let part = parts.find_map(|part| part.strip_prefix(name));
                    span(part.ok_or_else(|| refuse(format!("{text:?} lacks {name}...")))?)
                };
                let (p50, p99) = (named("p50=")?, named("p99=")?);
                if p50 == Nanos::ZERO || p99 <= p50 {
                    return Err(refuse(format!(
                        "{text:?}: p99 must be above p50, and p50 above 0"
                    )));
                }
                Ok(Self::LogNormal { p50, p99 })
            }
            _ => text
                .parse()
                .map(Self::Constant)
                .map_err(|_| refuse(format!("{text:?} is not a latency"))),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(span) => span.fmt(f),
            Self::LogNormal { p50, p99 } => write!(f, "lognormal p50={p50} p99={p99}"),
            Self::Exponential(mean) => write!(f, "exponential {mean}"),
            Self::OneServer(mean) => write!(f, "mm1 {mean}"),
            Self::OneSteadyServer(span) => write!(f, "md1 {span}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_with_blanks_or_colons() {
        let ms = Nanos::from_millis;
        for (text, expected) in [
            ("5ms", Latency::Constant(ms(5))),
            ("constant:5ms", Latency::Constant(ms(5))),
            ("exponential mean=5ms", Latency::Exponential(ms(5))),
            ("mm1 5ms", Latency::OneServer(ms(5))),
            ("md1:5ms", Latency::OneSteadyServer(ms(5))),
            (
                "lognormal p50=5ms p99=40ms",
                Latency::LogNormal {
                    p50: ms(5),
                    p99: ms(40),
                },
            ),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "fast",
            "mm1",
            "lognormal p50=5ms",
            "lognormal p50=5ms p99=5ms",
            "mm2 5ms",
        ] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }
}
