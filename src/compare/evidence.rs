//! Which runs are evidence: those that came to a valid end and do not contradict themselves.

use crate::summary::{PhaseStats, RunState, Summary, Validity};

/// Why a run does not count as evidence; `None` if it does.
pub(super) fn fault(summary: &Summary) -> Option<&'static str> {
    match (summary.run.state, summary.measurement.verdict) {
        (RunState::Interrupted, _) => Some("was interrupted"),
        (RunState::Stopped, _) => Some("was stopped early"),
        (RunState::Running, _) => Some("did not finish"),
        (_, Validity::Invalid) => Some("is an invalid measurement"),
        _ if summary.counts.completed == 0 => Some("has no completed callout"),
        _ if !adds_up(summary) => Some("contradicts itself: its counts or percentiles are damaged"),
        _ => None,
    }
}

/// Whether figures agree that this program writes in agreement. Not every damage shows.
fn adds_up(summary: &Summary) -> bool {
    let counts = &summary.counts;
    let ended = counts
        .ok
        .checked_add(counts.failed)
        .and_then(|ended| ended.checked_add(counts.negative));
    let rate = summary.rates.achieved_per_s;
    ended == Some(counts.completed)
        && counts.dropped <= counts.planned
        && rate.is_finite()
        && rate >= 0.0
        && summary.phases.values().all(is_in_order)
}

fn is_in_order(stats: &PhaseStats) -> bool {
    [stats.p50_ns, stats.p90_ns, stats.p99_ns, stats.p99_9_ns].is_sorted()
}
