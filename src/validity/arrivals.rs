//! Arrivals that were not sent when they were due, for want of a slot.

use super::reasons::ReasonList;
use crate::plan::ThresholdMetric;
use crate::summary::{ReasonCode, Summary, Validity};
use crate::units::float;

/// If at least this share of the arrivals waited for a slot, the report says so: their wait then
/// decides the p99.
const QUEUED_DEGRADED: f64 = 0.01;

/// A dropped arrival has no latency, and would have been among the slowest. If more than this share of
/// the arrivals is dropped, the p99 is too low, unless a threshold permits more.
const DROPPED_INVALID: f64 = 0.01;

impl ReasonList {
    pub(super) fn of_arrivals(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let share = float(counts.dropped) / float(counts.planned.max(1));
        let dropped = (counts.dropped > 0).then(|| {
            if share > may_be_dropped(summary) {
                Validity::Invalid
            } else {
                Validity::Degraded
            }
        });
        // Only loads that dropped arrivals count; another load may have a queue.
        let mut loads = summary.loads.iter();
        let has_queue = loads.any(|load| load.counts.dropped > 0 && load.counts.queued > 0);
        self.add(dropped, ReasonCode::ArrivalsDropped, || {
            format!(
                "{} of {} arrivals were dropped because all slots were in use{}",
                counts.dropped,
                counts.planned,
                if has_queue {
                    ", and the queue of an I/O worker was full: max_in_flight limited the load; raise it, or lower the rate"
                } else {
                    ": max_in_flight limited the load; raise it, or let them queue"
                }
            )
        });
    }

    pub(super) fn of_queue(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let share = float(counts.queued) / float(counts.planned.max(1));
        let queued = (share >= QUEUED_DEGRADED).then_some(Validity::Degraded);
        self.add(queued, ReasonCode::ArrivalsQueued, || {
            format!(
                "{} of {} arrivals waited for a free slot: {}",
                counts.queued,
                counts.planned,
                if summary.saturation.is_some() {
                    "callouts that the target had not answered took up max_in_flight"
                } else {
                    "max_in_flight held load back from the target"
                }
            )
        });
    }
}

/// The share of the arrivals that may be dropped before the measurement is invalid.
fn may_be_dropped(summary: &Summary) -> f64 {
    let thresholds = summary.thresholds.iter();
    thresholds
        .filter(|threshold| threshold.metric == ThresholdMetric::DroppedShare.to_string())
        .filter(|threshold| threshold.comparison.starts_with('<'))
        .map(|threshold| threshold.limit)
        .fold(DROPPED_INVALID, f64::max)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_judged, health, sound};
    use super::*;
    use crate::summary::ThresholdResult;

    #[test]
    fn a_few_dropped_arrivals_degrade_and_more_are_too_many() {
        let mut summary = sound();
        summary.counts.planned = 1_000;
        for (dropped, verdict) in [(1, Validity::Degraded), (11, Validity::Invalid)] {
            summary.counts.dropped = dropped;
            let told = format!("{dropped} of 1000");
            let code = ReasonCode::ArrivalsDropped;
            assert_judged(&summary, &health(), verdict, code, &told);
        }
    }

    // A threshold on `dropped` replaces the default limit.
    #[test]
    fn a_threshold_says_how_many_may_be_dropped() {
        let mut summary = sound();
        summary.counts.planned = 1_000;
        summary.counts.dropped = 40;
        summary.thresholds.push(ThresholdResult {
            metric: "dropped".to_owned(),
            comparison: "<".to_owned(),
            limit: 0.05,
            limit_text: "5 %".to_owned(),
            actual: Some(0.04),
            actual_text: "4 %".to_owned(),
            passed: true,
            implied: false,
        });
        let code = ReasonCode::ArrivalsDropped;
        assert_judged(&summary, &health(), Validity::Degraded, code, "40 of 1000");
        summary.counts.dropped = 60;
        assert_judged(&summary, &health(), Validity::Invalid, code, "60 of 1000");
    }
}
