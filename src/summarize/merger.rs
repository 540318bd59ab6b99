//! Adds up what several shards of a run recorded, second by second; or what one run did, to make its summary
//! again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::accumulator::{Accumulator, Progress};
use super::broken_threshold::broken_threshold;
use super::merged_facts::merged_facts;
use super::shards::{ShardTally, measurement};
use super::summary::summarize;
use crate::record::{Interval, IntervalKey, Meanings, NotRecorded};
use crate::recording::{RecordingEnd, RecordingHead, RunFacts, Second, WireTally};
use crate::summary::{BrokenThreshold, Summary, Warning};
use crate::units::Nanos;

/// The whole of a run, from the recordings of its shards.
///
/// Seconds are added in the order of the shards, so the result does not depend on the order in which
/// they came.
#[derive(Debug)]
pub struct Merger {
    shards: Vec<ShardState>,
    accumulator: Accumulator,
    /// What the shards recorded in this second.
    second: BTreeMap<(usize, IntervalKey), Interval>,
    /// Intervals whose memory is used again.
    free: Vec<Interval>,
    /// Whether the shards are the whole of a run, and not a part of it to be looked at.
    is_whole: bool,
}

/// How far one shard is.
#[derive(Debug)]
struct ShardState {
    meanings: Meanings,
    facts: RunFacts,
    wire: WireTally,
    tally: ShardTally,
    /// The end of its last second, and its CPU time until then.
    until: Nanos,
    own_cpu: Nanos,
    /// The share of its CPU time that it used in this second.
    share: Option<f64>,
    end: Option<RecordingEnd>,
}

impl Merger {
    /// Nothing yet, of shards that began like this; at least one. They are the whole of a run, or one of them is
    /// looked at alone.
    ///
    /// # Errors
    ///
    /// A head has words that this version does not know.
    pub(crate) fn of(heads: Vec<RecordingHead>, is_whole: bool) -> Result<Self, NotRecorded> {
        let turns = heads
            .first()
            .map(|head| head.facts.loads.clone())
            .unwrap_or_default();
        let mut accumulator = Accumulator::of(turns.into_iter().map(|load| load.turns));
        if let Some(head) = heads.first()
            && head.facts.has_ramp
        {
            accumulator.watch_ramp(&head.facts.thresholds);
        }
        let shards = heads.into_iter().map(|head| {
            Ok(ShardState {
                meanings: head.words.meanings()?,
                facts: head.facts,
                wire: WireTally::default(),
                tally: ShardTally::default(),
                until: Nanos::ZERO,
                own_cpu: Nanos::ZERO,
                share: None,
                end: None,
            })
        });
        Ok(Self {
            shards: shards.collect::<Result<_, _>>()?,
            accumulator,
            second: BTreeMap::new(),
            free: Vec::new(),
            is_whole,
        })
    }

    /// Adds a second of a shard.
    ///
    /// # Errors
    ///
    /// No recorder records such data.
    pub(crate) fn add(&mut self, shard: usize, second: &Second) -> Result<(), NotRecorded> {
        let Some(state) = self.shards.get_mut(shard) else {
            return Err(NotRecorded("it is of no shard of this run"));
        };
        let names = &self.accumulator.recording.server_metrics;
        let places = second.metric_places(names);
        for (load, key, serial) in second.intervals() {
            let free = &mut self.free;
            let sum = self.second.entry((load, key));
            let sum = sum.or_insert_with(|| free.pop().unwrap_or_default());
            serial.add_to(sum, &state.meanings, &places)?;
            state.tally.add(key.period, serial, &state.meanings)?;
        }
        second.update(&mut state.wire)?;
        let mut latest = second.latest.clone();
        self.accumulator
            .add_failures(std::mem::take(&mut latest.failures));
        let health = latest.health;
        state.share = health.cpu_share(health.own_cpu - state.own_cpu, second.until - state.until);
        state.until = second.until;
        state.own_cpu = health.own_cpu;
        // What is known at the end may be heard before the last seconds are added.
        if state.end.is_none() {
            state.facts.update(latest);
        }
        Ok(())
    }

    /// Ends a second of the run.
    pub(crate) fn end_second(&mut self, now: Nanos) -> Progress {
        self.accumulator.begin_second();
        for ((load, key), mut interval) in std::mem::take(&mut self.second) {
            self.accumulator.add(load, key, &mut interval);
            interval.reset();
            self.free.push(interval);
        }
        let shares = self
            .shards
            .iter_mut()
            .filter_map(|shard| shard.share.take());
        let busiest = shares.reduce(f64::max);
        self.accumulator.end_second(now, busiest)
    }

    /// Notes how a shard ended.
    pub(crate) fn end(&mut self, shard: usize, end: &RecordingEnd) {
        if let Some(state) = self.shards.get_mut(shard) {
            state.facts.update(end.latest.clone());
            state.end = Some(end.clone());
        }
    }

    /// The threshold for which the run ends: one that may end it and that all shards together are certain to
    /// break.
    pub fn certain_failure(&self) -> Option<BrokenThreshold> {
        let facts: Vec<_> = self.shards.iter().map(ShardState::facts).collect();
        let all: Vec<_> = facts.iter().collect();
        let merged = merged_facts(&all);
        broken_threshold(
            &self.accumulator.recording,
            &merged,
            self.accumulator.until(),
        )
    }

    /// The summary so far. A shard whose end is not known still runs, or was cut off.
    pub fn summary(&self) -> Summary {
        let facts: Vec<_> = self.shards.iter().map(ShardState::facts).collect();
        if let ([facts], [shard], false) = (facts.as_slice(), self.shards.as_slice(), self.is_whole)
        {
            return shard.of_one(summarize(&self.accumulator.recording, facts));
        }
        let all: Vec<_> = facts.iter().collect();
        let mut summary = summarize(&self.accumulator.recording, &merged_facts(&all));
        let results = self.shards.iter().map(|shard| {
            let measurement = shard.end.as_ref().map(|end| &end.measurement);
            shard.tally.result(&shard.facts, shard.until, measurement)
        });
        let results: Vec<_> = results.collect();
        summary.measurement = measurement(&summary.measurement, &results);
        summary.shards = Some(results);
        let ends = || self.shards.iter().filter_map(|shard| shard.end.as_ref());
        summary.stopped = ends().find_map(|end| end.stopped.clone());
        for warning in ends().flat_map(|end| &end.warnings) {
            warn_once(&mut summary, warning);
        }
        summary
    }
}

impl ShardState {
    /// What it knows by now.
    fn facts(&self) -> RunFacts {
        RunFacts {
            wire: Some(Arc::new(self.wire.clone())),
            ..self.facts.clone()
        }
    }

    /// The summary of a run that is its only shard.
    fn of_one(&self, mut summary: Summary) -> Summary {
        if let Some(end) = &self.end {
            summary.stopped.clone_from(&end.stopped);
            for warning in &end.warnings {
                warn_once(&mut summary, warning);
            }
        }
        summary
    }
}

fn warn_once(summary: &mut Summary, warning: &Warning) {
    if !summary.coded_warnings.contains(warning) {
        summary.warn([warning.clone()]);
    }
}
