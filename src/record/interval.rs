//! What was recorded for one second since it was last collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::a_second::A_SECOND_MAX;
use super::add_each::add_each;
use super::fault_tally::{self, FaultTallies};
use super::histogram::Histogram;
use super::latency_split::LatencySplit;
use super::server_metrics::{LeftOutTally, MetricSet};
use super::slowest::Slowest;
use crate::phase::Phase;
use crate::plan::Spans;
use crate::sample::{NegativeSample, Outcome, Sample};
use crate::units::Nanos;

/// One histogram for each phase that occurred.
#[derive(Clone, Debug, Default)]
pub(crate) struct PhaseSet([Option<Box<Histogram>>; Phase::COUNT]);

impl PhaseSet {
    pub(crate) fn get(&self, phase: Phase) -> Option<&Histogram> {
        self.0[phase.index()].as_deref()
    }

    /// The phases that hold anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Phase, &Histogram)> {
        Phase::ALL.into_iter().filter_map(|phase| {
            self.get(phase)
                .filter(|histogram| !histogram.is_empty())
                .map(|histogram| (phase, histogram))
        })
    }

    /// Adds the spans of a phase.
    #[cfg(test)]
    pub(crate) fn add_of(&mut self, phase: Phase, histogram: &Histogram) {
        self.of(phase).merge(histogram);
    }

    /// The distribution of a phase, which is made if there is none.
    pub(super) fn of(&mut self, phase: Phase) -> &mut Histogram {
        self.0[phase.index()].get_or_insert_default()
    }

    fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// A set with a histogram for each phase, whose memory the system gives when it is used.
    fn prepared() -> Self {
        Self(std::array::from_fn(|_| Some(Box::default())))
    }

    /// A phase's histogram is made when the phase first occurs, and kept.
    pub(crate) fn record(&mut self, phase: Phase, span: Nanos) {
        self.0[phase.index()].get_or_insert_default().record(span);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (phase, histogram) in other.iter() {
            self.0[phase.index()]
                .get_or_insert_default()
                .merge(histogram);
        }
    }

    pub(super) fn reset(&mut self) {
        for histogram in self.0.iter_mut().flatten() {
            if !histogram.is_empty() {
                histogram.reset();
            }
        }
    }
}

/// Counters of one second.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Tally {
    pub(crate) planned: u64,
    pub(crate) started: u64,
    pub(crate) ok: u64,
    /// Those answered in this part of the load, whenever they were due, and before its end.
    pub(crate) ok_in_time: u64,
    pub(crate) failed: u64,
    /// Iterations due in this second that have ended, whenever they were sent.
    pub(crate) settled: u64,
    pub(crate) dropped: u64,
    pub(crate) queued: u64,
    pub(crate) retried: u64,
    pub(crate) resent: u64,
    /// Callouts with a fault that have ended.
    pub(crate) negative: u64,
    pub(crate) starved: u64,
    pub(crate) expired: u64,
    /// Answers that came in this second, whenever they were asked for.
    pub(crate) answered: u64,
    /// Iterations that ended in this second, whenever they began.
    pub(crate) ended: u64,
    /// Of these, those that were given up for want of an answer in time.
    pub(crate) timed_out: u64,
    /// Successes due in this second of whose `Server-Timing` something was left out.
    pub(crate) left_out: LeftOutTally,
    /// When the last of those that ended did.
    pub(crate) last_end: Nanos,
}

impl Tally {
    /// Whether a second can have had so many.
    pub(super) fn is_plausible(&self) -> bool {
        [
            self.planned,
            self.started,
            self.ok,
            self.ok_in_time,
            self.failed,
            self.settled,
            self.dropped,
            self.queued,
            self.retried,
            self.resent,
            self.negative,
            self.starved,
            self.expired,
            self.answered,
            self.ended,
            self.timed_out,
        ]
        .into_iter()
        .chain(self.left_out.counts())
        .all(|count| count <= A_SECOND_MAX)
    }

    /// Adds another tally.
    pub(crate) fn add(&mut self, more: &Self) {
        add_each!(self, more, [
            planned started ok ok_in_time failed settled dropped queued retried resent negative
            starved expired answered ended timed_out
        ] left_out last_end);
        self.left_out.add(&more.left_out);
        self.last_end = self.last_end.max(more.last_end);
    }
}

/// The second that something belongs to, what is measured and what is not apart.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct IntervalKey {
    pub(crate) second: u64,
    pub(crate) period: Period,
}

impl IntervalKey {
    /// The second of a moment.
    pub(super) const fn at(moment: Nanos, period: Period) -> Self {
        Self {
            second: moment.as_secs(),
            period,
        }
    }
}

/// Whether something is measured.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) enum Period {
    /// It is.
    Measured,
    /// It lies at the start of a variant's turn.
    Settling,
    /// It lies in the warm-up of the load.
    Warmup,
}

/// What was recorded for one second of one worker, or merged for many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interval {
    pub(crate) tally: Tally,
    pub(crate) sets: [Option<Box<PhaseSet>>; Outcome::COUNT],
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) faults: FaultTallies,
    pub(crate) server_metrics: MetricSet,
    pub(crate) split: LatencySplit,
    pub(crate) slowest: Slowest,
}

impl Interval {
    /// An interval that can record successes without an allocation.
    pub(super) fn prepared() -> Self {
        let mut interval = Self::default();
        interval.sets[Outcome::Ok.index()] = Some(Box::new(PhaseSet::prepared()));
        interval
    }

    /// The outcomes that occurred, with their phases.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (Outcome, &PhaseSet)> {
        Outcome::ALL.iter().copied().filter_map(|outcome| {
            self.sets[outcome.index()]
                .as_deref()
                .filter(|set| !set.is_empty())
                .map(|set| (outcome, set))
        })
    }

    /// The phases of the successes.
    pub(crate) fn successes(&self) -> Option<&PhaseSet> {
        let successes = self.sets[Outcome::Ok.index()].as_deref();
        successes.filter(|set| !set.is_empty())
    }

    /// The distribution of one phase of the successes.
    pub(crate) fn success(&self, phase: Phase) -> Option<&Histogram> {
        self.successes()?.get(phase)
    }

    /// The distribution of the successes' spans, the metrics of `Server-Timing` by their names.
    pub(crate) fn spans(&self, spans: &Spans, names: &[Arc<str>]) -> Option<&Histogram> {
        match spans {
            Spans::Phase(phase) => self.success(*phase),
            Spans::ServerMetric(name) => {
                let place = names.iter().position(|known| known == name)?;
                self.server_metrics.get(place)
            }
        }
    }

    /// Records the latency and phases of an iteration that was due in this second.
    pub(super) fn record(&mut self, sample: &Sample) {
        self.tally.settled += 1;
        let set = self.sets[sample.outcome.index()].get_or_insert_default();
        for (phase, span) in sample.phases.iter() {
            set.record(phase, span);
        }
        if let Some(status) = sample.status {
            *self.statuses.entry(status).or_default() += 1;
        }
        if sample.outcome.is_ok() {
            self.split.record(sample);
            self.slowest.offer(sample);
            self.server_metrics.record(&sample.server_timing);
            self.tally.left_out.note(sample.server_timing.left_out);
        }
    }

    /// Counts a callout with a fault that was due in this second.
    pub(super) fn record_negative(&mut self, sample: &NegativeSample) {
        self.tally.settled += 1;
        let tally = self.faults.entry(sample.fault).or_default();
        tally.record(sample);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        fault_tally::merge(&mut self.faults, &other.faults);
        for (outcome, set) in other.outcomes() {
            self.sets[outcome.index()]
                .get_or_insert_default()
                .merge(set);
        }
        for (status, more) in &other.statuses {
            *self.statuses.entry(*status).or_default() += more;
        }
        self.server_metrics.merge(&other.server_metrics);
        self.split.merge(&other.split);
        self.slowest.merge(&other.slowest);
    }

    /// Forgets everything but keeps the memory, except that of failures which this second had
    /// none of: a trouble that has passed gives its megabytes back.
    pub(crate) fn reset(&mut self) {
        self.tally = Tally::default();
        for &outcome in Outcome::ALL {
            let set = &mut self.sets[outcome.index()];
            if !outcome.is_ok() && set.as_deref().is_some_and(PhaseSet::is_empty) {
                *set = None;
            }
            if let Some(set) = set {
                set.reset();
            }
        }
        self.statuses.clear();
        self.faults.clear();
        self.server_metrics.reset();
        self.split.reset();
        self.slowest.reset();
    }
}
