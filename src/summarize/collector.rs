//! Gathers what the workers recorded, once a second, on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;

use super::certain_failure::{certain_failure, projected};
use super::facts::{LoadFacts, RunFacts};
use super::ramp::RampWatch;
use super::recording::{LoadRecording, Recording};
use super::summary::summarize;
use crate::phase::Phase;
use crate::plan::{Threshold, Turns};
use crate::record::{
    BUFFERS_KEPT, BufferPool, Histogram, Interval, IntervalKey, IntervalLog, Recorder,
    merge_failures,
};
use crate::sample::MetricNames;
use crate::summary::{BrokenThreshold, Summary};
use crate::units::Nanos;
use crate::validity::Health;

/// Gathers the recordings of a run once a second, and logs them.
#[derive(Debug)]
pub struct Collector<W> {
    loads: Vec<LoadRecorders>,
    recording: Recording,
    log: Option<IntervalLog<W>>,
    pool: BufferPool,
    last: Snapshot,
    /// The latencies of the successes that ended since the last look.
    recent: Histogram,
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

#[derive(Clone, Copy, Debug, Default)]
struct Snapshot {
    at: Nanos,
    ended: u64,
    own_cpu: Nanos,
}

impl<W: Write> Collector<W> {
    /// A collector of these loads, one at least, that appends to `log`.
    pub fn new(loads: Vec<LoadRecorders>, log: IntervalLog<W>) -> Self {
        let recorders = loads.iter().map(|load| load.recorders.len());
        Self {
            pool: BufferPool::new(recorders.sum::<usize>() * BUFFERS_KEPT),
            recording: Recording::of(loads.iter().map(|load| load.turns.clone())),
            loads,
            log: Some(log),
            last: Snapshot::default(),
            recent: Histogram::default(),
        }
    }

    /// The same with the names of the metrics of `Server-Timing`, as they become known.
    #[must_use]
    pub fn naming(mut self, server_metrics: &MetricNames) -> Self {
        self.recording.server_metrics = server_metrics.clone();
        self
    }

    /// The same for a load whose rate changes: it finds where these thresholds no longer held.
    #[must_use]
    pub fn watching_ramp(mut self, thresholds: &[Threshold]) -> Self {
        self.recording.ramp = Some(RampWatch::of(thresholds));
        self
    }

    /// Says in the log what is run.
    pub fn begin(&mut self, summary: &Summary) -> io::Result<()> {
        self.log.as_mut().map_or(Ok(()), |log| log.head(summary))
    }

    /// Takes what was recorded since the last call, appends it to the log and tells how
    /// the run stands.
    ///
    /// A log that cannot be written is given up, once and with its error; the run's own
    /// figures are kept.
    pub fn collect(&mut self, now: Nanos, health: &Health) -> (Progress, io::Result<()>) {
        let mut merged = Vec::new();
        for load in &self.loads {
            let mut intervals = Vec::new();
            for recorder in &load.recorders {
                let taken = recorder.take(&mut self.pool);
                intervals.extend(taken.intervals);
                merge_failures(&mut self.recording.failures, taken.failures);
            }
            merged.push(merge_by_key(intervals, &mut self.pool));
        }
        let written = self.append(&merged, now);
        if written.is_err() {
            self.log = None;
        }
        self.recent.reset();
        for (load, intervals) in merged.into_iter().enumerate() {
            for (key, mut interval) in intervals {
                if let Some(latency) = interval.success(Phase::Latency) {
                    self.recent.merge(latency);
                }
                interval.slowest.are_of(load);
                self.recording.add(load, key, &interval);
                self.pool.put(interval);
            }
        }
        self.pool.settle();
        self.recording.close_rounds_before(now);
        (self.end_second(now, health), written)
    }

    /// Says in the log how long the load lasted, where that is longer than it has been looked at:
    /// its last answer may have come before its end.
    pub fn end(&mut self, elapsed: Nanos) -> io::Result<()> {
        match &mut self.log {
            Some(log) if elapsed > self.last.at => log.end(elapsed),
            _ => Ok(()),
        }
    }

    /// Everything a report needs.
    pub fn summarize(&self, facts: &RunFacts) -> Summary {
        summarize(&self.recording, facts)
    }

    /// The threshold for which the run ends at `now`: one that may end it and that it is certain to break.
    pub fn certain_failure(&self, facts: &RunFacts, now: Nanos) -> Option<BrokenThreshold> {
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
        let loads = self.recording.loads.iter().zip(&facts.loads);
        let at_most = loads.map(at_most).fold(0, u64::saturating_add);
        let names = self.recording.server_metrics.all();
        let total = &self.recording.all().total;
        certain_failure(&facts.thresholds, (total, &names), at_most, now)
    }

    /// Appends each second of each load; where there are several, their names tell them
    /// apart and they add up to the whole.
    fn append(&mut self, merged: &[Vec<(IntervalKey, Interval)>], now: Nanos) -> io::Result<()> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let names = self.recording.server_metrics.all();
        let is_one = self.loads.len() == 1;
        for (load, intervals) in self.loads.iter().zip(merged) {
            let load = (!is_one).then_some(load.name.as_str());
            log.append(load, intervals, &names)?;
        }
        log.end_second(now)
    }

    fn end_second(&mut self, now: Nanos, health: &Health) -> Progress {
        let merged = self.recording.all();
        let mut all = merged.total.tally;
        all.add(&merged.warmup);
        let ended = all.ok + all.failed + all.negative;
        let in_flight = all.started.saturating_sub(ended);
        let span = now - self.last.at;
        let own_cpu = health.cpu_share(health.own_cpu - self.last.own_cpu, span);
        let windows = &mut self.recording.windows;
        windows.end_second((self.last.at, now), in_flight, own_cpu);
        let progress = Progress {
            elapsed: now,
            ok: all.ok,
            failed: all.failed,
            dropped: all.dropped,
            ended,
            in_flight,
            per_s: ended - self.last.ended,
            latency_p50: self.recent.at(0.5),
            latency_p99: self.recent.at(0.99),
        };
        self.last = Snapshot {
            at: now,
            ended,
            own_cpu: health.own_cpu,
        };
        progress
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
