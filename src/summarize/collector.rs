//! Gathers what the workers recorded, once a second, on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;

use super::accumulator::{Accumulator, Progress};
use super::broken_threshold::broken_threshold;
use super::summary::summarize;
use crate::plan::{Threshold, Turns};
use crate::record::{
    BUFFERS_KEPT, BufferPool, Interval, IntervalKey, IntervalLog, Recorder, merge_failures,
};
use crate::recording::{RecordingHead, RecordingWriter, RunFacts};
use crate::sample::MetricNames;
use crate::summary::{BrokenThreshold, FailureExample, Summary};
use crate::units::Nanos;

/// Gathers the recordings of a run once a second, logs them and writes them into its recording.
pub struct Collector<W> {
    loads: Vec<LoadRecorders>,
    accumulator: Accumulator,
    log: Option<IntervalLog<W>>,
    recording: Option<RecordingWriter<Box<dyn Write + Send>>>,
    pool: BufferPool,
    /// The CPU time of this process at the last look.
    own_cpu: Nanos,
}

/// The recorders of one load.
#[derive(Clone, Debug)]
pub struct LoadRecorders {
    /// The load's name; where there are several it goes into the log's tags.
    pub name: String,
    /// One for each worker.
    pub recorders: Vec<Arc<Recorder>>,
    /// When it has its turn, if it takes turns with others.
    pub turns: Option<Turns>,
}

/// What became of the files of a second.
#[derive(Debug)]
pub struct Written {
    /// The interval log.
    pub log: io::Result<()>,
    /// The recording.
    pub recording: io::Result<()>,
}

/// What was taken from the recorders, by load.
type Taken = Vec<Vec<(IntervalKey, Interval)>>;

impl<W: Write> Collector<W> {
    /// A collector of these loads, one at least, that appends to `log`.
    pub fn new(loads: Vec<LoadRecorders>, log: IntervalLog<W>) -> Self {
        let recorders = loads.iter().map(|load| load.recorders.len());
        Self {
            pool: BufferPool::new(recorders.sum::<usize>() * BUFFERS_KEPT),
            accumulator: Accumulator::of(loads.iter().map(|load| load.turns.clone())),
            loads,
            log: Some(log),
            recording: None,
            own_cpu: Nanos::ZERO,
        }
    }

    /// The same with the names of the metrics of `Server-Timing`, as they become known.
    #[must_use]
    pub fn naming(mut self, server_metrics: &MetricNames) -> Self {
        self.accumulator.recording.server_metrics = server_metrics.clone();
        self
    }

    /// The same for a load whose rate changes: it finds where these thresholds no longer held.
    #[must_use]
    pub fn watching_ramp(mut self, thresholds: &[Threshold]) -> Self {
        self.accumulator.watch_ramp(thresholds);
        self
    }

    /// Begins the run's recording, which says what is run.
    ///
    /// # Errors
    ///
    /// It cannot be written; the run goes on without it.
    pub fn begin_recording(
        &mut self,
        out: Box<dyn Write + Send>,
        facts: &RunFacts,
    ) -> io::Result<()> {
        let begun = RecordingWriter::begin(out, &RecordingHead::of(facts.clone()))?;
        self.recording = Some(begun);
        Ok(())
    }

    /// The recording, to mark its end.
    pub fn take_recording(&mut self) -> Option<RecordingWriter<Box<dyn Write + Send>>> {
        self.recording.take()
    }

    /// Takes what was recorded since the last call, appends it to the log and to the recording, and tells
    /// how the run stands. `facts` are those of now.
    ///
    /// A file that cannot be written is given up, once and with its error; the run's own
    /// figures are kept.
    pub fn collect(&mut self, now: Nanos, facts: &RunFacts) -> (Progress, Written) {
        let mut failures = Vec::new();
        let mut taken = Vec::new();
        for load in &self.loads {
            let mut intervals = Vec::new();
            for recorder in &load.recorders {
                let one = recorder.take(&mut self.pool);
                intervals.extend(one.intervals);
                merge_failures(&mut failures, one.failures);
            }
            taken.push(merge_by_key(intervals, &mut self.pool));
        }
        let written = self.write(&taken, now, facts, &failures);
        self.accumulator.begin_second();
        self.accumulator.add_failures(failures);
        for (load, intervals) in taken.into_iter().enumerate() {
            for (key, mut interval) in intervals {
                self.accumulator.add(load, key, &mut interval);
                self.pool.put(interval);
            }
        }
        self.pool.settle();
        let span = now - self.accumulator.until();
        let spent = facts.health.own_cpu - self.own_cpu;
        self.own_cpu = facts.health.own_cpu;
        let own_cpu = facts.health.cpu_share(spent, span);
        (self.accumulator.end_second(now, own_cpu), written)
    }

    /// Everything a report needs.
    pub fn summarize(&self, facts: &RunFacts) -> Summary {
        summarize(&self.accumulator.recording, facts)
    }

    /// The threshold for which the run ends at `now`: one that may end it and that it is certain to break.
    pub fn certain_failure(&self, facts: &RunFacts, now: Nanos) -> Option<BrokenThreshold> {
        // One shard does not know what the others measured.
        let is_shard = facts.run.shard.is_some();
        (!is_shard)
            .then(|| broken_threshold(&self.accumulator.recording, facts, now))
            .flatten()
    }

    fn write(
        &mut self,
        taken: &Taken,
        now: Nanos,
        facts: &RunFacts,
        failures: &[FailureExample],
    ) -> Written {
        let log = self.append(taken, now);
        if log.is_err() {
            self.log = None;
        }
        let metrics = self.accumulator.recording.server_metrics.all();
        let recording = self.recording.as_mut().map_or(Ok(()), |recording| {
            let latest = facts.latest(failures.to_vec());
            recording.second(now, taken, &metrics, facts.wire.as_deref(), &latest)
        });
        if recording.is_err() {
            self.recording = None;
        }
        Written { log, recording }
    }

    /// Appends each second of each load; where there are several, their names tell them
    /// apart and they add up to the whole.
    fn append(&mut self, taken: &Taken, now: Nanos) -> io::Result<()> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let names = self.accumulator.recording.server_metrics.all();
        let is_one = self.loads.len() == 1;
        for (load, intervals) in self.loads.iter().zip(taken) {
            let load = (!is_one).then_some(load.name.as_str());
            log.append(load, intervals, &names)?;
        }
        log.end_second(now)
    }
}

/// Brings what the workers recorded for the same second together, in order of the seconds.
fn merge_by_key(
    taken: Vec<(IntervalKey, Interval)>,
    pool: &mut BufferPool,
) -> Vec<(IntervalKey, Interval)> {
    let mut merged: Vec<(IntervalKey, Interval)> = Vec::new();
    for (key, interval) in taken {
        match merged.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => {
                known.merge(&interval);
                pool.put(interval);
            }
            None => merged.push((key, interval)),
        }
    }
    merged.sort_by_key(|(key, _)| *key);
    merged
}

impl<W> std::fmt::Debug for Collector<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}
