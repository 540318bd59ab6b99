//! The threshold for which a run ends.

use super::certain_failure::{certain_failure, projected};
use super::recording::{LoadRecording, Recording};
use crate::recording::{LoadFacts, RunFacts};
use crate::summary::BrokenThreshold;
use crate::units::Nanos;

/// The threshold for which the run ends at `now`: one that may end it and that it is certain to break.
pub(super) fn broken_threshold(
    recording: &Recording,
    facts: &RunFacts,
    now: Nanos,
) -> Option<BrokenThreshold> {
    if facts.thresholds.iter().all(|one| one.abort_after.is_none()) {
        return None;
    }
    let at_most = |(recorded, load): (&LoadRecording, &LoadFacts)| {
        let planned = recorded.merged.total.tally.planned;
        load.measured_at_most.unwrap_or_else(|| {
            let from = load.start + load.warmup;
            let end = load.planned_end.map(|end| end - from);
            end.map_or(u64::MAX, |end| projected(planned, now - from, end))
        })
    };
    let loads = recording.loads.iter().zip(&facts.loads);
    let at_most = loads.map(at_most).fold(0, u64::saturating_add);
    let names = recording.server_metrics.all();
    let total = &recording.all().total;
    certain_failure(&facts.thresholds, (total, &names), at_most, now)
}
