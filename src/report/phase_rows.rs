//! The rows of a table of phases: those of the timeline, and under `server` what the API told of
//! its parts.

use std::collections::BTreeMap;

use super::phrases;
use crate::phase::Phase;
use crate::summary::{PhaseStats, ServerTimingResult, Summary};

/// One row.
pub(super) struct PhaseRow<'s> {
    /// The phase's name, as thresholds have it: `network`, `server.jwt`.
    pub(super) name: String,
    /// What it is, in a clause.
    pub(super) meaning: &'static str,
    pub(super) stats: &'s PhaseStats,
    pub(super) is_latency: bool,
}

/// The phases of the successes that took any time.
pub(super) fn of_successes(summary: &Summary) -> Vec<PhaseRow<'_>> {
    rows(&summary.phases, summary.server_timing.as_ref())
}

/// The phases of the failures that took any time.
pub(super) fn of_failures(summary: &Summary) -> Vec<PhaseRow<'_>> {
    rows(&summary.failed_phases, None)
}

fn rows<'s>(
    phases: &'s BTreeMap<Phase, PhaseStats>,
    told: Option<&'s ServerTimingResult>,
) -> Vec<PhaseRow<'s>> {
    let mut rows: Vec<(Phase, PhaseRow<'_>)> = phases
        .iter()
        .map(|(phase, stats)| {
            let row = PhaseRow {
                name: phase.to_string(),
                meaning: phrases::meaning(*phase),
                stats,
                is_latency: *phase == Phase::Latency,
            };
            (*phase, row)
        })
        .collect();
    let metrics = told.iter().flat_map(|told| &told.metrics);
    rows.extend(metrics.map(|(name, stats)| {
        let row = PhaseRow {
            name: format!("{}.{name}", Phase::Server),
            meaning: "a part of the server's time, by its Server-Timing",
            stats,
            is_latency: false,
        };
        (Phase::Server, row)
    }));
    // The whole stays before its parts, for the order of equals is kept.
    rows.sort_by_key(|(phase, _)| *phase);
    let rows = rows.into_iter().map(|(_, row)| row);
    rows.filter(|row| row.stats.took_time()).collect()
}
