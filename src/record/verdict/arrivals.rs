//! Arrivals that were not sent when they were due, for want of a slot.

use super::Findings;
use crate::summary::{Summary, Validity};
use crate::units::float;

/// From this share of the arrivals on, those that waited for a slot are told: the p99 is
/// then made of their wait.
const QUEUED_DEGRADED: f64 = 0.01;

impl Findings {
    pub(super) fn of_arrivals(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let dropped = (counts.dropped > 0).then_some(Validity::Invalid);
        // Of those that dropped any, and not of another load beside them.
        let mut loads = summary.loads.iter();
        let has_queue = loads.any(|load| load.counts.dropped > 0 && load.counts.queued > 0);
        self.add(dropped, || {
            format!(
                "{} of {} arrivals were dropped because every slot was taken{}",
                counts.dropped,
                counts.planned,
                if has_queue {
                    ", and the queue of an I/O worker was full: lower the rate, or raise max_in_flight"
                } else {
                    ": raise max_in_flight, or let them queue"
                }
            )
        });
    }

    pub(super) fn of_queue(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let share = float(counts.queued) / float(counts.planned.max(1));
        let queued = (share >= QUEUED_DEGRADED).then_some(Validity::Degraded);
        self.add(queued, || {
            format!(
                "{} of {} arrivals waited for a slot: max_in_flight kept load from the target",
                counts.queued, counts.planned
            )
        });
    }
}
