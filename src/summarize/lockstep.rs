//! Seconds of several shards as they come in, brought together second by second.

use std::collections::VecDeque;

use super::accumulator::Progress;
use super::merger::Merger;
use crate::record::NotRecorded;
use crate::recording::{RecordingEnd, RecordingError, RecordingHead, Second};
use crate::summary::{BrokenThreshold, Summary};
use crate::units::Nanos;

/// How far a look may be off the whole second that it belongs to.
const OFF_MAX: Nanos = Nanos::from_millis(500);

/// Adds up a run while its shards still record it: a second when all that still record have it.
#[derive(Debug)]
pub struct Lockstep {
    merger: Merger,
    waiting: Vec<VecDeque<Second>>,
    /// Whether nothing more will come.
    is_over: Vec<bool>,
}

impl Lockstep {
    /// Nothing yet, of shards that began like this; at least one, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// This version does not know what they record.
    pub fn of(heads: Vec<RecordingHead>) -> Result<Self, RecordingError> {
        let shards = heads.len();
        Ok(Self {
            merger: Merger::of(heads, true).map_err(damaged)?,
            waiting: vec![VecDeque::new(); shards],
            is_over: vec![false; shards],
        })
    }

    /// Takes the next second of a shard.
    pub fn add(&mut self, shard: usize, second: Second) {
        if let Some(waiting) = self.waiting.get_mut(shard) {
            waiting.push_back(second);
        }
    }

    /// Nothing more will come of a shard; `end` is how it ended, if it did.
    pub fn end(&mut self, shard: usize, end: Option<&RecordingEnd>) {
        if let Some(is_over) = self.is_over.get_mut(shard) {
            *is_over = true;
        }
        if let Some(end) = end {
            self.merger.end(shard, end);
        }
    }

    /// Adds up the next second of the run, if all shards that still record have it.
    ///
    /// # Errors
    ///
    /// A shard sent what no recorder records.
    pub fn next_second(&mut self) -> Result<Option<Progress>, RecordingError> {
        let shards = self.waiting.iter().zip(&self.is_over);
        if shards
            .clone()
            .any(|(waiting, is_over)| waiting.is_empty() && !is_over)
        {
            return Ok(None);
        }
        let fronts = self.waiting.iter().filter_map(|waiting| waiting.front());
        let Some(first) = fronts.map(|second| second.until).min() else {
            return Ok(None);
        };
        let round = end_of_round(first);
        let mut until = first;
        for (shard, waiting) in self.waiting.iter_mut().enumerate() {
            while waiting.front().is_some_and(|second| second.until <= round) {
                if let Some(second) = waiting.pop_front() {
                    until = until.max(second.until);
                    self.merger.add(shard, &second).map_err(damaged)?;
                }
            }
        }
        Ok(Some(self.merger.end_second(until)))
    }

    /// The threshold for which the run ends, if it does.
    pub fn certain_failure(&self) -> Option<BrokenThreshold> {
        self.merger.certain_failure()
    }

    /// The summary of what was added up so far.
    pub fn summary(&self) -> Summary {
        self.merger.summary()
    }
}

/// The end of the second of the run that a look belongs to which was made at this instant.
pub(super) fn end_of_round(looked: Nanos) -> Nanos {
    Nanos::from_secs((looked + OFF_MAX).as_secs()) + OFF_MAX - Nanos(1)
}

fn damaged(NotRecorded(what): NotRecorded) -> RecordingError {
    RecordingError::Damaged {
        at: 0,
        what: what.to_owned(),
    }
}
