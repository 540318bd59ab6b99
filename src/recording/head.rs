//! What a recording begins and ends with.

use serde::{Deserialize, Serialize};

use super::{LatestFacts, RunFacts};
use crate::plan::LOADS_MAX;
use crate::record::RecordedWords;
use crate::summary::{Measurement, Stopped, Warning};
use crate::units::Nanos;

/// What is run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RecordingHead {
    /// What the numbers in its seconds stand for.
    pub(crate) words: RecordedWords,
    /// What is known before the load.
    pub facts: RunFacts,
}

/// How a run ended, by its own account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RecordingEnd {
    /// What is known at the end.
    pub latest: LatestFacts,
    /// Whether its figures can be trusted.
    pub measurement: Measurement,
    /// Its warnings.
    pub warnings: Vec<Warning>,
    /// Why leadbench ended it early, if it did.
    pub stopped: Option<Stopped>,
}

impl RecordingHead {
    /// The head of a run's recording.
    pub fn of(facts: RunFacts) -> Self {
        Self {
            words: RecordedWords::of_this_version(),
            facts,
        }
    }

    /// What is wrong with it, if anything is.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let loads = &self.facts.loads;
        let turns = loads.iter().filter_map(|load| load.turns.as_ref());
        if loads.is_empty() || loads.len() > LOADS_MAX {
            Some("it must have from 1 to 64 loads")
        } else if turns.into_iter().any(|turns| !turns.are_sound()) {
            Some("its loads take turns that end before they begin")
        } else if self
            .facts
            .matrix
            .is_some_and(|matrix| matrix.block == Nanos::ZERO)
        {
            Some("its blocks are 0 s long")
        } else {
            None
        }
    }
}
