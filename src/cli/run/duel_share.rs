//! The share of the arrivals that one side of a duel sends.

use std::fmt;
use std::str::FromStr;

use anyhow::anyhow;

use crate::cli::exit::{Code, Failure};
use crate::plan::{DuelShare, Load, LoadModel, Plan, ShareSide, SplitMethod, TimeSlots};
use crate::units::Nanos;

/// The pause at the end of a slot, so that callouts in flight end before the other side begins.
const PAUSE: Nanos = Nanos::from_millis(500);

/// A share as the command line names it: `per-arrival:first`, `slots=4s:second`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cli) struct Parted {
    pub(in crate::cli) side: ShareSide,
    /// The length of a slot, if the sides share time instead of arrivals.
    pub(in crate::cli) slot: Option<Nanos>,
}

impl Parted {
    /// Reduces every load of a plan to this share.
    ///
    /// # Errors
    ///
    /// The arrivals of a load cannot be shared, or it is too short for two slots.
    pub(super) fn apply(self, plan: &mut Plan) -> Result<(), Failure> {
        plan.loads.iter_mut().try_for_each(|load| self.part(load))
    }

    fn part(self, load: &mut Load) -> Result<(), Failure> {
        let refused = |why: String, hint: &str| {
            let error = anyhow!("two sides cannot share the load \"{}\": {why}", load.name);
            Err(Failure::new(Code::ScenarioInvalid, error).hint(hint))
        };
        let over = match (&load.model, &load.turns) {
            (LoadModel::Rate(rate), None) => rate.duration(),
            (LoadModel::Rate(_), Some(_)) => {
                return refused(
                    "it is a variant of a matrix".to_owned(),
                    "take the matrix out of the scenario, or use --mode in-turn",
                );
            }
            (LoadModel::Users(_) | LoadModel::Salesforce(_), _) => {
                return refused(
                    "its callouts depend on the answers before them".to_owned(),
                    "use --mode in-turn or side-by-side, or a load of the kind \"rate\" or \"trace\"",
                );
            }
        };
        let slots = self.slot.map(|slot| TimeSlots {
            from: load.warmup,
            slot,
            pause: PAUSE,
        });
        if let Some(slots) = slots
            && slots.pairs(over) == 0
        {
            return refused(
                format!(
                    "{} after the warm-up are too short for two slots of {}",
                    over - load.warmup,
                    slots.slot
                ),
                "shorten the slots with --slot, or lengthen the load with --duration",
            );
        }
        if let LoadModel::Rate(rate) = &mut load.model {
            rate.share = Some(DuelShare {
                side: self.side,
                split: slots.map_or(SplitMethod::PerArrival, SplitMethod::TimeSlots),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Parted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slot {
            Some(slot) => write!(f, "slots={}ns:", slot.0)?,
            None => f.write_str("per-arrival:")?,
        }
        f.write_str(match self.side {
            ShareSide::First => "first",
            ShareSide::Second => "second",
        })
    }
}

impl FromStr for Parted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "write per-arrival:first or slots=4s:second".to_owned();
        let (split, side) = text.split_once(':').ok_or_else(expected)?;
        let side = match side {
            "first" => ShareSide::First,
            "second" => ShareSide::Second,
            _ => return Err(expected()),
        };
        let slot = match (split, split.strip_prefix("slots=")) {
            ("per-arrival", _) => None,
            (_, Some(span)) => Some(slot(span)?),
            _ => return Err(expected()),
        };
        Ok(Self { side, slot })
    }
}

/// Reads the length of a slot.
pub(in crate::cli) fn slot(text: &str) -> Result<Nanos, String> {
    let slot: Nanos = text.parse().map_err(|error| format!("{error}"))?;
    if slot < Nanos::SECOND {
        return Err(format!(
            "{slot} is too short, because a slot ends with a pause of {PAUSE}; write 1s or more"
        ));
    }
    Ok(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_as_it_is_written() {
        for slot in [None, Some(Nanos::from_millis(2_500))] {
            for side in [ShareSide::First, ShareSide::Second] {
                let parted = Parted { side, slot };
                assert_eq!(parted.to_string().parse(), Ok(parted));
            }
        }
        for wrong in [
            "first",
            "per-arrival",
            "per-arrival:third",
            "slots=1ms:first",
        ] {
            assert!(wrong.parse::<Parted>().is_err(), "{wrong}");
        }
    }
}
