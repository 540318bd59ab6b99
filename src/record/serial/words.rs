//! What the numbers in recorded data stand for.

use serde::{Deserialize, Serialize};

use super::NotRecorded;
use crate::phase::Phase;
use crate::plan::Fault;
use crate::sample::{LATENCY_AND_PARTS, Outcome};

/// The words of the version that recorded: data names them by their places, so that a later version
/// may have others.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct RecordedWords {
    phases: Vec<String>,
    outcomes: Vec<String>,
    faults: Vec<String>,
    /// The parts of a latency whose sums are recorded.
    parts: Vec<String>,
}

/// The same words as this version knows them.
#[derive(Clone, Debug)]
pub(crate) struct Meanings {
    pub(super) phases: Vec<Phase>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) faults: Vec<Fault>,
}

impl RecordedWords {
    /// Those of this version.
    pub(crate) fn of_this_version() -> Self {
        let names = |phases: &[Phase]| phases.iter().map(ToString::to_string).collect();
        Self {
            phases: names(&Phase::ALL),
            outcomes: Outcome::ALL.iter().map(ToString::to_string).collect(),
            faults: Fault::ALL.iter().map(ToString::to_string).collect(),
            parts: names(&LATENCY_AND_PARTS),
        }
    }

    /// What they mean.
    ///
    /// # Errors
    ///
    /// This version does not know one of them.
    pub(crate) fn meanings(&self) -> Result<Meanings, NotRecorded> {
        if self.parts != Self::of_this_version().parts {
            return Err(UNKNOWN);
        }
        let phases = self.phases.iter().map(|name| Phase::parse(name));
        let outcomes = self.outcomes.iter().map(|name| Outcome::parse(name));
        let faults = self.faults.iter().map(|name| name.parse().ok());
        Ok(Meanings {
            phases: phases.collect::<Option<_>>().ok_or(UNKNOWN)?,
            outcomes: outcomes.collect::<Option<_>>().ok_or(UNKNOWN)?,
            faults: faults.collect::<Option<_>>().ok_or(UNKNOWN)?,
        })
    }
}

const UNKNOWN: NotRecorded =
    NotRecorded("it has a phase, an outcome or a fault that this version does not know");

/// What a place stands for.
pub(super) fn at<T: Copy>(meanings: &[T], place: u8) -> Result<T, NotRecorded> {
    let known = meanings.get(usize::from(place)).copied();
    known.ok_or(NotRecorded(
        "it has a phase, an outcome or a fault without a name",
    ))
}

/// The place of a word.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 256 words of a kind"
)]
pub(super) const fn place(index: usize) -> u8 {
    index as u8
}
