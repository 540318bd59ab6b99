//! One second of a recording.

use serde::{Deserialize, Serialize};

use super::wire::SerialWire;
use super::{LatestFacts, WireTally};
use crate::record::{IntervalKey, NotRecorded, SerialInterval};
use crate::sample::MetricNames;
use crate::units::Nanos;

/// What was recorded in one second of a run, of all its loads.
#[derive(Clone, Debug)]
pub struct Second {
    /// The instant up to which it goes, since the start of the run.
    pub until: Nanos,
    /// What was known then.
    pub latest: LatestFacts,
    pub(super) recorded: Recorded,
}

/// What is recorded in numbers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Recorded {
    pub(super) until: Nanos,
    /// By load, and by the second that it belongs to.
    pub(super) loads: Vec<Vec<(IntervalKey, SerialInterval)>>,
    /// The names of the metrics of `Server-Timing`.
    pub(super) metrics: Vec<String>,
    pub(super) wire: SerialWire,
    /// The facts, as JSON: they may grow.
    pub(super) latest: String,
}

impl Second {
    /// What was recorded, with the load and the second that it belongs to.
    pub(crate) fn intervals(&self) -> impl Iterator<Item = (usize, IntervalKey, &SerialInterval)> {
        let loads = self.recorded.loads.iter().enumerate();
        loads.flat_map(|(load, intervals)| {
            let of_load = intervals.iter();
            of_load.map(move |(key, interval)| (load, *key, interval))
        })
    }

    /// The places that its metrics of `Server-Timing` have among these names.
    pub(crate) fn metric_places(&self, names: &MetricNames) -> Vec<Option<usize>> {
        let own = self.recorded.metrics.iter();
        own.map(|name| names.place(name)).collect()
    }

    /// Brings what is known of the connections up to this second.
    ///
    /// # Errors
    ///
    /// No recorder records such data.
    pub(crate) fn update(&self, wire: &mut WireTally) -> Result<(), NotRecorded> {
        wire.update(&self.recorded.wire)
    }
}
