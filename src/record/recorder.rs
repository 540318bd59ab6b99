//! Where one worker records.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::buffer_pool::Spares;
use super::interval::Delta;
use crate::plan::Turns;
use crate::sample::{NegativeSample, Outcome, Sample};
use crate::summary::FailureExample;
use crate::units::Nanos;

/// Distinct failures kept in words for the report. Past this the run is broken rather
/// than interesting.
const FAILURES_KEPT: usize = 32;

/// Distinct failures of one kind that are told apart: an API may write another request id into each
/// of its answers, and would leave no room for other kinds.
const FAILURES_KEPT_OF_A_KIND: usize = 4;

/// What stands for all further ones of a kind.
const FURTHER: &str = "further answers of this kind, in other words";

/// Deltas that wait to be used again, so that a second costs no allocation. A worker holds
/// three when a second ends late: the one before, the one that ends, the next.
pub(crate) const SPARES_KEPT: usize = 4;

/// The second that something belongs to, what is measured and what is not apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot {
    pub(crate) second: u64,
    pub(crate) part: Part,
}

/// Whether something is measured.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Part {
    /// It is.
    Measured,
    /// It lies at the start of a variant's turn.
    Settling,
    /// It lies in the warm-up of the load.
    Warmup,
}

/// Where one worker records what its iterations measured.
///
/// The lock is the worker's own: nobody contends it but the collector, once a second,
/// for as long as it takes to exchange two pointers.
#[derive(Debug)]
pub struct Recorder {
    warmup: Nanos,
    end: Nanos,
    turns: Option<Turns>,
    shard: Mutex<Shard>,
}

/// What a collector takes away.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) deltas: Vec<(Slot, Delta)>,
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
    spares: Vec<Delta>,
}

impl Recorder {
    /// A recorder that keeps what is due before `warmup`, since the start of the run, out of
    /// the figures.
    pub fn new(warmup: Nanos) -> Self {
        Self {
            warmup,
            end: Nanos(u64::MAX),
            turns: None,
            shard: Mutex::default(),
        }
    }

    /// The same, where the load is known to end at `end`: what is answered later is no part
    /// of the rate that it achieved.
    #[must_use]
    pub fn ending(self, end: Option<Nanos>) -> Self {
        Self {
            end: end.unwrap_or(self.end),
            ..self
        }
    }

    /// The same, where the load takes turns with others.
    #[must_use]
    pub fn in_turns(self, turns: Turns) -> Self {
        Self {
            turns: Some(turns),
            ..self
        }
    }

    /// Notes an arrival that has come due.
    pub fn planned(&self, due: Nanos) {
        self.with(due, |delta| delta.tally.planned += 1);
    }

    /// Notes an arrival that had to wait for a slot.
    pub fn queued(&self, due: Nanos) {
        self.with(due, |delta| delta.tally.queued += 1);
    }

    /// Notes an arrival that was never begun because every slot was taken.
    pub fn dropped(&self, due: Nanos) {
        self.with(due, |delta| {
            delta.tally.dropped += 1;
            delta.tally.settled += 1;
        });
    }

    /// Notes that an iteration due at `due` begins now.
    pub fn started(&self, due: Nanos, now: Nanos) {
        let slot = Slot {
            second: now.as_secs(),
            part: self.part(due),
        };
        self.lock().delta(slot).tally.started += 1;
    }

    /// Records an iteration that has ended, and what its failure said.
    pub fn record(&self, sample: &Sample, failure: Option<&str>) {
        let part = self.part(sample.due);
        let mut shard = self.lock();
        let sent = shard.delta(Slot {
            second: sample.started.as_secs(),
            part,
        });
        sent.tally.last_end = sent.tally.last_end.max(sample.finished);
        if sample.outcome.is_ok() {
            sent.tally.ok += 1;
        } else {
            sent.tally.failed += 1;
        }
        sent.tally.retried += u64::from(sample.retried);
        sent.tally.resent += u64::from(sample.resent);
        sent.tally.starved += u64::from(sample.starved);
        sent.tally.expired += u64::from(sample.expired);
        let due = Slot {
            second: sample.due.as_secs(),
            part,
        };
        shard.delta(due).record(sample);
        let end = End {
            is_answered: sample.status.is_some(),
            is_timed_out: sample.outcome == Outcome::Timeout,
            is_ok: sample.outcome.is_ok(),
        };
        self.note_end(&mut shard, end, sample.finished);
        if let Some(message) = failure.filter(|_| part == Part::Measured) {
            shard.note_failure(sample, message);
        }
    }

    /// Records a callout with a fault that has ended: apart from the others, but part of what
    /// was planned and done.
    pub fn negative(&self, sample: &NegativeSample) {
        let part = self.part(sample.due);
        let mut shard = self.lock();
        let sent = shard.delta(Slot {
            second: sample.started.as_secs(),
            part,
        });
        sent.tally.last_end = sent.tally.last_end.max(sample.finished);
        sent.tally.negative += 1;
        let due = self.slot(sample.due);
        shard.delta(due).record_negative(sample);
        let end = End {
            is_answered: sample.status.is_some(),
            is_timed_out: false,
            is_ok: sample.is_expected,
        };
        self.note_end(&mut shard, end, sample.finished);
    }

    /// A rate is that of the span in which the answers came, whatever was due when: users can
    /// never be told to have done more than their number allows (Little's law), nor a target
    /// that falls behind to have kept up.
    fn note_end(&self, shard: &mut Shard, end: End, finished: Nanos) {
        let tally = &mut shard.delta(self.slot(finished)).tally;
        tally.ended += 1;
        tally.answered += u64::from(end.is_answered);
        tally.timed_out += u64::from(end.is_timed_out);
        tally.ok_in_time += u64::from(end.is_ok && finished < self.end);
    }

    /// Takes what was recorded since the last time, and gives used deltas back.
    pub(crate) fn take(&self, spares: &mut Spares) -> Taken {
        let mut shard = self.lock();
        let room = SPARES_KEPT.saturating_sub(shard.spares.len());
        shard.spares.extend(spares.give(room));
        std::mem::take(&mut shard.taken)
    }

    fn slot(&self, due: Nanos) -> Slot {
        Slot {
            second: due.as_secs(),
            part: self.part(due),
        }
    }

    fn part(&self, due: Nanos) -> Part {
        match &self.turns {
            _ if due < self.warmup => Part::Warmup,
            Some(turns) if !turns.measures(due) => Part::Settling,
            _ => Part::Measured,
        }
    }

    fn with(&self, due: Nanos, note: impl FnOnce(&mut Delta)) {
        note(self.lock().delta(self.slot(due)));
    }

    /// A panic elsewhere while recording leaves counters that are still counters.
    fn lock(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// The delta of a second; the newest is the likeliest.
    fn delta(&mut self, slot: Slot) -> &mut Delta {
        let deltas = &mut self.taken.deltas;
        let known = deltas.iter().rposition(|(open, _)| *open == slot);
        let place = known.unwrap_or(deltas.len());
        if known.is_none() {
            deltas.push((slot, self.spares.pop().unwrap_or_default()));
        }
        &mut deltas[place].1
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

/// Adds failures to those known, keeping the first few kinds.
pub(crate) fn merge_failures(known: &mut Vec<FailureExample>, more: Vec<FailureExample>) {
    for mut failure in more {
        let is_alike = |kept: &FailureExample| {
            (&kept.outcome, kept.status) == (&failure.outcome, failure.status)
        };
        let is_same = |kept: &FailureExample| is_alike(kept) && kept.message == failure.message;
        let is_known = known.iter().any(is_same);
        let alike = known.iter().filter(|kept| is_alike(kept)).count();
        if !is_known && alike >= FAILURES_KEPT_OF_A_KIND {
            FURTHER.clone_into(&mut failure.message);
        }
        let same = known.iter_mut().find(|kept| {
            (&kept.outcome, kept.status, &kept.message)
                == (&failure.outcome, failure.status, &failure.message)
        });
        if let Some(kept) = same {
            kept.count += failure.count;
            kept.first_at_ns = kept.first_at_ns.min(failure.first_at_ns);
        } else if known.len() < FAILURES_KEPT {
            known.push(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, message: &str) -> FailureExample {
        FailureExample {
            outcome: Outcome::from_status(status).to_string(),
            status: Some(status),
            message: message.to_owned(),
            first_at_ns: 1,
            count: 1,
        }
    }

    // An API that writes another request id into each answer leaves room for the others.
    #[test]
    fn failures_of_a_kind_are_told_apart_up_to_a_limit_and_all_are_counted() {
        let mut known = Vec::new();
        for number in 0..100 {
            merge_failures(
                &mut known,
                vec![failure(500, &format!("500 request {number}"))],
            );
        }
        merge_failures(
            &mut known,
            vec![failure(401, "401 no"), failure(403, "403 no")],
        );
        assert_eq!(known.len(), FAILURES_KEPT_OF_A_KIND + 3);
        assert_eq!(known[FAILURES_KEPT_OF_A_KIND].message, FURTHER);
        assert_eq!(known.iter().map(|kept| kept.count).sum::<u64>(), 102);
    }
}
