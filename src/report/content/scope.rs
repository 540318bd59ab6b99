//! The figures of a whole run or of one of its loads, so that both are worded alike.

use std::collections::BTreeMap;

use crate::phase::Phase;
use crate::summary::{
    Counts, LoadResult, PhaseStats, RunState, ServerTimingResult, Split, Summary,
};

/// A run, or one load of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'s> {
    pub(crate) counts: &'s Counts,
    pub(crate) phases: &'s BTreeMap<Phase, PhaseStats>,
    pub(crate) failed_phases: &'s BTreeMap<Phase, PhaseStats>,
    pub(crate) split: &'s Split,
    pub(crate) outcomes: &'s BTreeMap<String, u64>,
    pub(crate) server_timing: Option<&'s ServerTimingResult>,
    pub(crate) state: RunState,
}

impl<'s> Scope<'s> {
    pub(crate) const fn of_run(summary: &'s Summary) -> Self {
        Self {
            counts: &summary.counts,
            phases: &summary.phases,
            failed_phases: &summary.failed_phases,
            split: &summary.split,
            outcomes: &summary.outcomes,
            server_timing: summary.server_timing.as_ref(),
            state: summary.run.state,
        }
    }

    /// `Server-Timing` is recorded for the run alone.
    pub(crate) const fn of_load(summary: &'s Summary, load: &'s LoadResult) -> Self {
        Self {
            counts: &load.counts,
            phases: &load.phases,
            failed_phases: &load.failed_phases,
            split: &load.split,
            outcomes: &load.outcomes,
            server_timing: None,
            state: summary.run.state,
        }
    }

    /// The latency of the successes, if there were any.
    pub(crate) fn latency(&self) -> Option<&'s PhaseStats> {
        let stats = self.phases.get(&Phase::Latency);
        stats.filter(|stats| stats.count > 0)
    }
}
