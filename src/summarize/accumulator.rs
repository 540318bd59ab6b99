//! Adds up what was recorded, second by second.

use super::ramp::RampWatch;
use super::recording::Recording;
use crate::phase::Phase;
use crate::plan::{Threshold, Turns};
use crate::record::{Histogram, Interval, IntervalKey, merge_failures};
use crate::summary::FailureExample;
use crate::units::Nanos;

/// What was recorded of a run so far.
#[derive(Debug)]
pub(super) struct Accumulator {
    pub(super) recording: Recording,
    /// The end of the last second.
    until: Nanos,
    /// How many had ended by then.
    ended: u64,
    /// The latencies of the successes of this second.
    recent: Histogram,
}

/// How a run stands, for whoever watches it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Time since the start of the run.
    pub elapsed: Nanos,
    /// Iterations that succeeded, warm-up included.
    pub ok: u64,
    /// Iterations that failed, warm-up included.
    pub failed: u64,
    /// Arrivals dropped, warm-up included.
    pub dropped: u64,
    /// Iterations that ended in whichever way, warm-up and bad tokens included.
    pub ended: u64,
    /// Callouts open now.
    pub in_flight: u64,
    /// Iterations ended in the last second.
    pub per_s: u64,
    /// Median latency of the successes that ended since the last look.
    pub latency_p50: Option<Nanos>,
    /// 99th percentile of their latency.
    pub latency_p99: Option<Nanos>,
}

impl Accumulator {
    /// Nothing yet, of loads of which each may have its turns.
    pub(super) fn of(turns: impl IntoIterator<Item = Option<Turns>>) -> Self {
        Self {
            recording: Recording::of(turns),
            until: Nanos::ZERO,
            ended: 0,
            recent: Histogram::default(),
        }
    }

    /// Finds where these thresholds no longer hold.
    pub(super) fn watch_ramp(&mut self, thresholds: &[Threshold]) {
        self.recording.ramp = Some(RampWatch::of(thresholds));
    }

    /// The end of the last second.
    pub(super) const fn until(&self) -> Nanos {
        self.until
    }

    /// Begins a second.
    pub(super) fn begin_second(&mut self) {
        self.recent.reset();
    }

    /// Adds what failed, in words.
    pub(super) fn add_failures(&mut self, failures: Vec<FailureExample>) {
        merge_failures(&mut self.recording.failures, failures);
    }

    /// Adds what one load recorded for one second.
    pub(super) fn add(&mut self, load: usize, key: IntervalKey, interval: &mut Interval) {
        if let Some(latency) = interval.success(Phase::Latency) {
            self.recent.merge(latency);
        }
        interval.slowest.are_of(load);
        self.recording.add(load, key, interval);
    }

    /// Ends a second, in which the generator used this share of its CPU time.
    pub(super) fn end_second(&mut self, now: Nanos, own_cpu: Option<f64>) -> Progress {
        self.recording.close_rounds_before(now);
        let merged = self.recording.all();
        let mut all = merged.total.tally;
        all.add(&merged.warmup);
        let ended = all
            .ok
            .saturating_add(all.failed)
            .saturating_add(all.negative);
        let in_flight = all.started.saturating_sub(ended);
        let windows = &mut self.recording.windows;
        windows.end_second((self.until, now), in_flight, own_cpu);
        let progress = Progress {
            elapsed: now,
            ok: all.ok,
            failed: all.failed,
            dropped: all.dropped,
            ended,
            in_flight,
            per_s: ended.saturating_sub(self.ended),
            latency_p50: self.recent.at(0.5),
            latency_p99: self.recent.at(0.99),
        };
        self.until = now;
        self.ended = ended;
        progress
    }
}
