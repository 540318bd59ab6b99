//! Runs over commits, as data.

use super::{LoadUnit, RunState, SearchVerdict, Validity};

/// All runs under a folder, in series that can be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Runs of one scenario that did the same work, at one target, from one kind of machine.
    pub series: Vec<Series>,
    /// Capacity searches of one scenario at one target, with the same goals.
    pub capacities: Vec<CapacitySeries>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

/// Searches that differ in nothing but their commit and their day.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacitySeries {
    /// The scenario's name.
    pub scenario: String,
    /// The target's address.
    pub target: String,
    /// What had to hold, in words.
    pub goals: String,
    /// The name of the load that changed.
    pub load: String,
    /// What a load is a number of.
    pub unit: LoadUnit,
    /// Its searches, in the order of their start.
    pub searches: Vec<PastSearch>,
}

/// One search of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct PastSearch {
    /// When it began: UTC, RFC 3339.
    pub started_at: String,
    /// Its commit, where one is known.
    pub commit: Option<String>,
    /// Its page, relative to the folder that the history is of; none where it has none.
    pub page: Option<String>,
    /// The load that holds; none if none is known.
    pub holds: Option<f64>,
    /// The lowest load that fails; none if none is known.
    pub fails: Option<f64>,
    /// The relative change of the load that holds since the search before; none of the first.
    pub change: Option<f64>,
    /// Whether the brackets of both searches have nothing in common, so that the change is no matter of
    /// their width.
    pub is_apart: bool,
    /// The verdict.
    pub verdict: SearchVerdict,
}

/// Runs that differ in nothing but their commit and their day.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of its file.
    pub scenario_sha256: String,
    /// What they were asked to do: the load, how tokens are signed, and what the command line put
    /// in place of the scenario's.
    pub work: String,
    /// The target's address.
    pub target: String,
    /// The machine in words.
    pub machine: String,
    /// Its runs, in the order of their start.
    pub runs: Vec<PastRun>,
    /// What of them changed its level, and where.
    pub changes: Vec<Change>,
    /// By how much figures differ from run to run where nothing changes.
    pub noise: Vec<Noise>,
    /// Runs that are still needed before anything is said of changes.
    pub runs_lacking: u64,
}

/// One run of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    /// The run.
    pub id: String,
    /// When it began: UTC, RFC 3339.
    pub started_at: String,
    /// Its commit, where one is known.
    pub commit: Option<String>,
    /// Its page, relative to the folder that the history is of; none where it has none.
    pub page: Option<String>,
    /// Whether it came to its end.
    pub state: RunState,
    /// Whether its figures can be trusted.
    pub measurement: Validity,
    /// Whether all thresholds hold; none where none were set.
    pub thresholds_hold: Option<bool>,
    /// Callouts that ended.
    pub completed: u64,
    /// The share of those with good tokens that failed.
    pub failed: Option<f64>,
    /// Callouts that succeeded, a second.
    pub achieved_per_s: f64,
    /// Percentiles of the latency and others, in nanoseconds, by name: `latency.p99`.
    pub figures: Vec<(&'static str, Option<u64>)>,
}

/// A new level of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The figure: `latency.p99`.
    pub figure: &'static str,
    /// The place of the first run of the new level in the series.
    pub first: usize,
    /// The run before it.
    pub before: String,
    /// The first run of the new level.
    pub after: String,
    /// The relative change from the median of the old level to that of the new.
    pub change: f64,
}

/// By how much a figure differs from one run to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// The figure: `latency.p99`.
    pub figure: &'static str,
    /// The relative change that no more than chance is below: three interquartile ranges above the
    /// upper quartile of past changes.
    pub floor: f64,
}

impl PastRun {
    /// Whether it is evidence of anything.
    pub fn counts(&self) -> bool {
        self.state == RunState::Finished && self.measurement != Validity::Invalid
    }

    /// One of its figures.
    pub fn figure(&self, name: &str) -> Option<u64> {
        let found = self.figures.iter().find(|(figure, _)| *figure == name);
        found.and_then(|(_, value)| *value)
    }
}
