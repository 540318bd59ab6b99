//! Faults of a target on purpose: for a share of the requests, or for a time.

use std::fmt;
use std::str::FromStr;

use hyper::StatusCode;

use super::TargetError;
use super::draw::{DrawPurpose, uniform};
use crate::units::{Nanos, Percent, RecurringWindow};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Trouble {
    /// It is answered with this status, 400 to 599, and nothing else is done.
    Status(u16),
    /// Its connection is closed without an answer.
    Close,
    /// It is never answered; its caller times out.
    Stall,
}

/// A trouble and its share of the requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultShare {
    /// Of all requests, 0 to 1.
    pub share: f64,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// A trouble for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// When, since the first request.
    pub window: RecurringWindow,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// All that goes wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Troubles {
    /// In shares of the requests.
    pub shares: Vec<FaultShare>,
    /// For a while each.
    pub outages: Vec<Outage>,
}

impl Troubles {
    /// Refuses shares of more than 100 % in all, because the last would never occur in full.
    pub(super) fn check(&self) -> Result<(), TargetError> {
        let sum: f64 = self.shares.iter().map(|share| share.share).sum();
        if sum > 1.0 + 1e-9 {
            return Err(TargetError::Shares(sum * 100.0));
        }
        Ok(())
    }

    /// What goes wrong with the request with this number, this long after the start.
    pub(super) fn of(&self, seed: u64, number: u64, since: Nanos) -> Option<Trouble> {
        let mut outages = self.outages.iter();
        let outage = outages.find(|outage| outage.window.end_of(since).is_some());
        if let Some(outage) = outage {
            return Some(outage.trouble);
        }
        if self.shares.is_empty() {
            return None;
        }
        let mut place = uniform(seed, number, DrawPurpose::Trouble);
        let share = self.shares.iter().find(|share| {
            place -= share.share;
            place < 0.0
        });
        share.map(|share| share.trouble)
    }
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "close" => Ok(Self::Close),
            "stall" => Ok(Self::Stall),
            status => match status.parse() {
                Ok(code @ 400..=599) => Ok(Self::Status(code)),
                _ => Err(format!(
                    "{status:?} is not a fault: write a status from 400 to 599, close or stall"
                )),
            },
        }
    }
}

impl FromStr for FaultShare {
    type Err = String;

    /// Reads `1%:503`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (share, trouble) = text
            .split_once(':')
            .ok_or("write a share and what goes wrong: 1%:503, 0.1%:close or 0.1%:stall")?;
        let share: Percent = share.parse().map_err(|error| format!("{error}"))?;
        Ok(Self {
            share: share.as_fraction(),
            trouble: trouble.parse()?,
        })
    }
}

impl FromStr for Outage {
    type Err = String;

    /// Reads `from=10s,for=2s`, which means 503, or `from=10s,for=2s:close`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (window, trouble) = match text.split_once(':') {
            Some((window, trouble)) => (window, trouble.parse()?),
            None => (
                text,
                Trouble::Status(StatusCode::SERVICE_UNAVAILABLE.as_u16()),
            ),
        };
        let window = window.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { window, trouble })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::Close => f.write_str("close"),
            Self::Stall => f.write_str("stall"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_come_in_their_shares_and_at_their_time() {
        let troubles = Troubles {
            shares: vec!["2%:503".parse().unwrap(), "1%:close".parse().unwrap()],
            outages: vec!["from=10s,for=2s:500".parse().unwrap()],
        };
        let met = |trouble| {
            let all = (0..100_000).filter(|number| troubles.of(1, *number, Nanos::ZERO) == trouble);
            all.count()
        };
        assert!((1_820..2_180).contains(&met(Some(Trouble::Status(503)))));
        assert!((870..1_130).contains(&met(Some(Trouble::Close))));
        let at = |seconds| troubles.of(1, 0, Nanos::from_secs(seconds));
        assert_eq!(at(11), Some(Trouble::Status(500)));
        assert_ne!(at(12), Some(Trouble::Status(500)));
    }

    #[test]
    fn what_is_no_trouble_is_refused() {
        for text in ["1%", "1%:200", "1%:explode", "x:503", "101%:503"] {
            assert!(text.parse::<FaultShare>().is_err(), "{text}");
        }
        for text in ["from=1s", "from=1s,for=2s:99"] {
            assert!(text.parse::<Outage>().is_err(), "{text}");
        }
    }
}
