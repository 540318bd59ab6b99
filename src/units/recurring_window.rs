//! A span of time with a beginning, once or repeating.

use std::fmt;
use std::str::FromStr;

use super::{Nanos, UnitError};

const EXPECTED: &str = "write \"from=10s for=2s\", or \"every=10s for=1s\"";

/// A span of time after some start, once or repeating.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecurringWindow {
    /// When it begins; if it repeats, the time from one beginning to the next.
    pub at: Nanos,
    /// How long it lasts.
    pub lasts: Nanos,
    /// Whether it repeats every `at`.
    pub again: bool,
}

impl RecurringWindow {
    /// The end of the window that contains this instant, if one does.
    pub fn end_of(self, now: Nanos) -> Option<Nanos> {
        let begun = if self.again {
            Nanos(now.0 / self.at.0.max(1) * self.at.0)
        } else {
            self.at
        };
        // The first repeating window is not at the very start.
        let has_begun = now >= begun && (!self.again || begun > Nanos::ZERO);
        let end = begun + self.lasts;
        (has_begun && now < end).then_some(end)
    }
}

impl FromStr for RecurringWindow {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |problem: String| UnitError::new(problem, EXPECTED);
        let (mut from, mut every, mut lasts) = (None, None, None);
        for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
            let (name, span) = part
                .split_once('=')
                .ok_or_else(|| refuse(format!("{part:?} is not a part of a time window")))?;
            let span: Nanos = span
                .parse()
                .map_err(|error: UnitError| refuse(error.problem))?;
            match name {
                "from" => from = Some(span),
                "every" => every = Some(span),
                "for" => lasts = Some(span),
                other => return Err(refuse(format!("{other:?} is unknown"))),
            }
        }
        let lasts = lasts.ok_or_else(|| refuse(format!("{text:?} lacks for=")))?;
        match (from, every) {
            (Some(at), None) => Ok(Self {
                at,
                lasts,
                again: false,
            }),
            (None, Some(at)) if at > lasts => Ok(Self {
                at,
                lasts,
                again: true,
            }),
            (None, Some(_)) => Err(refuse(format!("{text:?} never ends"))),
            _ => Err(refuse(format!("{text:?} needs from= or every="))),
        }
    }
}

impl fmt::Display for RecurringWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.again { "every" } else { "from" };
        write!(f, "{name}={} for={}", self.at, self.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_instants_once_or_again() {
        let s = Nanos::from_secs;
        let once: RecurringWindow = "from=10s,for=2s".parse().unwrap();
        assert_eq!(once.end_of(s(9)), None);
        assert_eq!(once.end_of(s(11)), Some(s(12)));
        assert_eq!(once.end_of(s(12)), None);
        let again: RecurringWindow = "every=10s for=1s".parse().unwrap();
        assert_eq!(again.end_of(Nanos(5)), None);
        assert_eq!(again.end_of(s(10)), Some(s(11)));
        assert_eq!(again.end_of(s(15)), None);
        assert_eq!(again.end_of(s(30)), Some(s(31)));
        for text in [
            "",
            "for=1s",
            "from=1s",
            "every=1s for=2s",
            "from=1s every=2s for=1s",
            "x=1s",
        ] {
            assert!(text.parse::<RecurringWindow>().is_err(), "{text}");
        }
    }
}
