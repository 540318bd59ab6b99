//! Where one worker records.

use parking_lot::Mutex;

use super::buffer_pool::BufferPool;
use super::failures::merge_failures;
use super::interval::{Interval, IntervalKey, Period, Tally};
use crate::plan::Turns;
use crate::sample::{NegativeSample, Outcome, Sample};
use crate::summary::FailureExample;
use crate::units::Nanos;

/// The empty intervals that a worker keeps, so that a new second allocates nothing. If the collector is
/// late, the worker uses three: for the second before, for the current second and for the next.
pub(crate) const BUFFERS_KEPT: usize = 4;

/// Where one worker records what its iterations measured.
///
/// Each worker has a lock of its own. Only the collector competes for it, once a second, to exchange two
/// pointers.
#[derive(Debug)]
pub struct Recorder {
    warmup: Nanos,
    end: Nanos,
    turns: Option<Turns>,
    /// A lock without poisoning: after a panic the counters can still be read.
    shard: Mutex<Shard>,
}

/// What the collector takes from a recorder.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) intervals: Vec<(IntervalKey, Interval)>,
    pub(crate) failures: Vec<FailureExample>,
}

/// How an iteration ended.
#[derive(Clone, Copy)]
struct End {
    is_answered: bool,
    is_timed_out: bool,
    is_ok: bool,
}

#[derive(Debug, Default)]
struct Shard {
    taken: Taken,
    pool: Vec<Interval>,
}

impl Recorder {
    /// A recorder whose figures leave out iterations that are due before `warmup`, counted from the start
    /// of the run.
    pub fn new(warmup: Nanos) -> Self {
        Self {
            warmup,
            end: Nanos(u64::MAX),
            turns: None,
            shard: Mutex::new(Shard {
                taken: Taken::default(),
                // Made here, so that the first seconds of the load make none.
                pool: vec![Interval::prepared(); BUFFERS_KEPT],
            }),
        }
    }

    /// Sets the end of the load, if it is known. Later answers do not count for the achieved rate.
    #[must_use]
    pub fn ending(self, end: Option<Nanos>) -> Self {
        Self {
            end: end.unwrap_or(self.end),
            ..self
        }
    }

    /// Sets the turns of the load, if it takes turns with others.
    #[must_use]
    pub fn in_turns(self, turns: Turns) -> Self {
        Self {
            turns: Some(turns),
            ..self
        }
    }

    /// Notes an iteration that begins at `started`, at once when it was due: it is planned and started.
    pub fn begun(&self, due: Nanos, started: Nanos) {
        let period = self.period(due);
        let mut shard = self.shard.lock();
        shard.interval(IntervalKey::at(due, period)).tally.planned += 1;
        shard
            .interval(IntervalKey::at(started, period))
            .tally
            .started += 1;
    }

    /// Notes an arrival that has to wait for a slot.
    pub fn queued(&self, due: Nanos) {
        self.with(due, |tally| {
            tally.planned += 1;
            tally.queued += 1;
        });
    }

    /// Notes that an iteration that had to wait for a slot begins at `started`.
    pub fn begun_from_queue(&self, due: Nanos, started: Nanos) {
        let key = IntervalKey::at(started, self.period(due));
        self.shard.lock().interval(key).tally.started += 1;
    }

    /// Notes an arrival that is never begun because every slot is taken.
    pub fn dropped(&self, due: Nanos) {
        self.with(due, |tally| {
            tally.planned += 1;
            tally.dropped += 1;
            tally.settled += 1;
        });
    }

    /// Records an iteration that has ended, and what its failure said.
    pub fn record(&self, sample: &Sample, failure: Option<&str>) {
        let period = self.period(sample.due);
        let is_ok = sample.outcome.is_ok();
        let mut shard = self.shard.lock();
        let sent = shard.interval(IntervalKey::at(sample.started, period));
        sent.tally.last_end = sent.tally.last_end.max(sample.finished);
        sent.tally.ok += u64::from(is_ok);
        sent.tally.failed += u64::from(!is_ok);
        sent.tally.retried += u64::from(sample.retried);
        sent.tally.resent += u64::from(sample.resent);
        sent.tally.starved += u64::from(sample.starved);
        sent.tally.expired += u64::from(sample.expired);
        let due = shard.interval(IntervalKey::at(sample.due, period));
        due.record(sample);
        let end = End {
            is_answered: sample.status.is_some(),
            is_timed_out: sample.outcome == Outcome::Timeout,
            is_ok,
        };
        self.note_end(&mut shard, end, sample.finished);
        if let Some(message) = failure.filter(|_| period == Period::Measured) {
            shard.note_failure(sample, message);
        }
    }

    /// Records the end of a callout with a deliberate fault. It has histograms of its own, and counts as
    /// planned and completed like any other.
    pub fn negative(&self, sample: &NegativeSample) {
        let period = self.period(sample.due);
        let mut shard = self.shard.lock();
        let sent = shard.interval(IntervalKey::at(sample.started, period));
        sent.tally.last_end = sent.tally.last_end.max(sample.finished);
        sent.tally.negative += 1;
        let due = shard.interval(IntervalKey::at(sample.due, period));
        due.record_negative(sample);
        let end = End {
            is_answered: sample.status.is_some(),
            is_timed_out: false,
            is_ok: sample.is_expected,
        };
        self.note_end(&mut shard, end, sample.finished);
    }

    /// Counts the end of a callout in the second in which it ended, and not in the second in which it
    /// was due. So a rate never exceeds what the number of users allows (Little's law), and a target
    /// that falls behind does not seem to keep up.
    fn note_end(&self, shard: &mut Shard, end: End, finished: Nanos) {
        let tally = &mut shard.interval(self.key(finished)).tally;
        tally.ended += 1;
        tally.answered += u64::from(end.is_answered);
        tally.timed_out += u64::from(end.is_timed_out);
        tally.ok_in_time += u64::from(end.is_ok && finished < self.end);
    }

    /// Takes the intervals since the last time, and gives the worker empty ones from the pool.
    pub(crate) fn take(&self, pool: &mut BufferPool) -> Taken {
        let mut shard = self.shard.lock();
        let room = BUFFERS_KEPT.saturating_sub(shard.pool.len());
        shard.pool.extend(pool.give(room));
        std::mem::take(&mut shard.taken)
    }

    fn key(&self, due: Nanos) -> IntervalKey {
        IntervalKey::at(due, self.period(due))
    }

    fn period(&self, due: Nanos) -> Period {
        match &self.turns {
            _ if due < self.warmup => Period::Warmup,
            Some(turns) if !turns.measures(due) => Period::Settling,
            _ => Period::Measured,
        }
    }

    fn with(&self, due: Nanos, note: impl FnOnce(&mut Tally)) {
        note(&mut self.shard.lock().interval(self.key(due)).tally);
    }
}

impl Shard {
    /// The interval of a second. The newest is searched first, because most samples belong to it.
    fn interval(&mut self, key: IntervalKey) -> &mut Interval {
        let intervals = &mut self.taken.intervals;
        let known = intervals.iter().rposition(|(open, _)| *open == key);
        let place = known.unwrap_or(intervals.len());
        if known.is_none() {
            intervals.push((key, self.pool.pop().unwrap_or_default()));
        }
        &mut intervals[place].1
    }

    fn note_failure(&mut self, sample: &Sample, message: &str) {
        let failure = FailureExample {
            outcome: sample.outcome.to_string(),
            status: sample.status,
            message: message.to_owned(),
            first_at_ns: sample.finished.0,
            count: 1,
        };
        merge_failures(&mut self.taken.failures, vec![failure]);
    }
}
