//! Gathers what the workers recorded, once a second, on a thread of its own.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use super::rounds::Rounds;
use super::summary::{Facts, summarize};
use super::windows::Windows;
use crate::phase::Phase;
use crate::plan::Turns;
use crate::record::{
    Delta, Histogram, IntervalLog, Part, Recorder, SPARES_KEPT, Slot, Spares, Tally, merge_failures,
};
use crate::sample::{MetricNames, Outcome};
use crate::summary::{FailureExample, Summary};
use crate::units::Nanos;
use crate::validity::Health;

/// All recordings of a run, merged.
pub struct Collector<W> {
    loads: Vec<Load>,
    log: Option<IntervalLog<W>>,
    /// All loads together; where there is but one, that one is the whole.
    all: Option<Merged>,
    pub(super) failures: Vec<FailureExample>,
    pub(super) windows: Windows,
    spares: Spares,
    last: Snapshot,
    /// The latencies of the successes that ended since the last look.
    recent: Histogram,
    /// The names of the metrics of `Server-Timing`.
    server_metrics: MetricNames,
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

/// One load and what was recorded of it.
struct Load {
    recorders: LoadRecorders,
    merged: Merged,
    rounds: Option<Rounds>,
}

/// What was recorded outside the warm-up, and how much in it.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) total: Delta,
    pub(super) warmup: Tally,
}

impl Merged {
    fn add(&mut self, slot: Slot, delta: &Delta) {
        if slot.part != Part::Measured {
            self.warmup.add(&delta.tally);
        } else {
            self.total.merge(delta);
        }
    }
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
        Self::with(loads, Some(log))
    }

    /// The same with the names of the metrics of `Server-Timing`, as they become known.
    #[must_use]
    pub fn naming(self, server_metrics: &MetricNames) -> Self {
        Self {
            server_metrics: server_metrics.clone(),
            ..self
        }
    }

    /// The names of the metrics of `Server-Timing`.
    pub(super) const fn server_metrics(&self) -> &MetricNames {
        &self.server_metrics
    }

    /// A collector of what was logged, which logs nothing itself.
    pub(super) fn replaying(loads: Vec<LoadRecorders>) -> Self {
        Self::with(loads, None)
    }

    fn with(loads: Vec<LoadRecorders>, log: Option<IntervalLog<W>>) -> Self {
        let loads: Vec<_> = loads
            .into_iter()
            .map(|recorders| Load {
                rounds: recorders.turns.clone().map(Rounds::new),
                recorders,
                merged: Merged::default(),
            })
            .collect();
        let recorders = loads.iter().map(|load| load.recorders.recorders.len());
        let spares = Spares::new(recorders.sum::<usize>() * SPARES_KEPT);
        Self {
            all: (loads.len() != 1).then(Merged::default),
            loads,
            log,
            failures: Vec::new(),
            windows: Windows::default(),
            spares,
            last: Snapshot::default(),
            recent: Histogram::default(),
            server_metrics: MetricNames::default(),
        }
    }

    /// Says in the log what is run.
    pub fn begin(&mut self, summary: &Summary) -> io::Result<()> {
        self.log.as_mut().map_or(Ok(()), |log| log.head(summary))
    }

    /// Adds what the log has of one second of one load; seconds before `settled` grow no more.
    pub(super) fn replay(&mut self, load: usize, slot: Slot, delta: &Delta, settled: Nanos) {
        let since = self.last.at;
        self.last.at = since.max(settled);
        self.windows.end_second((since, self.last.at), 0, None);
        self.add(load, slot, delta);
    }

    /// Takes what was recorded since the last call, appends it to the log and tells how
    /// the run stands.
    ///
    /// A log that cannot be written is given up, once and with its error; the run's own
    /// figures are kept.
    pub fn collect(&mut self, now: Nanos, health: &Health) -> (Progress, io::Result<()>) {
        let mut merged = Vec::new();
        for load in &self.loads {
            let mut taken = Vec::new();
            for recorder in &load.recorders.recorders {
                let recorded = recorder.take(&mut self.spares);
                taken.extend(recorded.deltas);
                merge_failures(&mut self.failures, recorded.failures);
            }
            merged.push(merge_by_slot(taken, &mut self.spares));
        }
        let written = self.append(&merged, now);
        if written.is_err() {
            self.log = None;
        }
        self.recent.reset();
        for (number, deltas) in merged.into_iter().enumerate() {
            for (slot, delta) in deltas {
                let ok = delta.sets[Outcome::Ok.index()].as_deref();
                if let Some(latency) = ok.and_then(|ok| ok.get(Phase::Latency)) {
                    self.recent.merge(latency);
                }
                self.keep(number, slot, delta);
            }
        }
        self.spares.settle();
        for rounds in self
            .loads
            .iter_mut()
            .filter_map(|load| load.rounds.as_mut())
        {
            rounds.close_before(now);
        }
        (self.end_second(now, health), written)
    }

    /// Adds what one load recorded for one second to everything it belongs to, and keeps the
    /// room that it took.
    fn keep(&mut self, load: usize, slot: Slot, mut delta: Delta) {
        delta.slowest.are_of(load);
        self.add(load, slot, &delta);
        self.spares.put(delta);
    }

    fn add(&mut self, load: usize, slot: Slot, delta: &Delta) {
        self.windows.add(slot, delta);
        let load = self.loads.get_mut(load);
        let merged = load.map(|load| {
            if let Some(rounds) = &mut load.rounds {
                rounds.add(slot, delta);
            }
            &mut load.merged
        });
        for merged in merged.into_iter().chain(&mut self.all) {
            merged.add(slot, delta);
        }
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
    pub fn summarize(&self, facts: &Facts) -> Summary {
        summarize(self, facts)
    }

    /// All loads together.
    pub(super) fn all(&self) -> &Merged {
        self.all.as_ref().unwrap_or_else(|| &self.loads[0].merged)
    }

    /// Each load on its own.
    pub(super) fn loads(&self) -> impl Iterator<Item = &Merged> {
        self.loads.iter().map(|load| &load.merged)
    }

    /// What came of each load's turns, where loads take turns.
    pub(super) fn rounds(&self) -> impl Iterator<Item = Option<&Rounds>> {
        self.loads.iter().map(|load| load.rounds.as_ref())
    }

    /// Appends each second of each load; where there are several, their names tell them
    /// apart and they add up to the whole.
    fn append(&mut self, merged: &[Vec<(Slot, Delta)>], now: Nanos) -> io::Result<()> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let mut is_empty = true;
        let names = self.server_metrics.all();
        for (load, deltas) in self.loads.iter().zip(merged) {
            let load = match merged.len() {
                1 => String::new(),
                _ => format!("{}/", load.recorders.name),
            };
            for (slot, delta) in as_logged(deltas) {
                let warmup = match slot.part {
                    Part::Measured => "",
                    Part::Settling | Part::Warmup => "warmup.",
                };
                for (outcome, set) in delta.outcomes() {
                    for (phase, histogram) in set.iter() {
                        is_empty = false;
                        let tag = format!("{load}{warmup}{outcome}.{phase}");
                        log.append(&tag, slot.second, histogram)?;
                    }
                }
                for (place, histogram) in delta.server_metrics.iter() {
                    let (ok, server) = (Outcome::Ok, Phase::Server);
                    let Some(name) = names.get(place) else {
                        continue;
                    };
                    let tag = format!("{load}{warmup}{ok}.{server}.{name}");
                    log.append(&tag, slot.second, histogram)?;
                }
            }
        }
        if is_empty {
            // An empty row: a gap in the run must not look like a gap in the log.
            let tag = format!("{}.{}", Outcome::Ok, Phase::Latency);
            let second = now.as_secs().saturating_sub(1);
            log.append(&tag, second, &Histogram::default())?;
        }
        log.end(now)
    }

    fn end_second(&mut self, now: Nanos, health: &Health) -> Progress {
        let mut all = self.all().total.tally;
        all.add(&self.all().warmup);
        let ended = all.ok + all.failed + all.negative;
        let in_flight = all.started.saturating_sub(ended);
        let span = now - self.last.at;
        let own_cpu = health.cpu_share(health.own_cpu - self.last.own_cpu, span);
        self.windows
            .end_second((self.last.at, now), in_flight, own_cpu);
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

impl<W> std::fmt::Debug for Collector<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

/// What is logged of each second: what settles and what warms up have the same tags, and no tag
/// is to stand twice for one second.
fn as_logged(deltas: &[(Slot, Delta)]) -> Vec<(Slot, Cow<'_, Delta>)> {
    let mut logged: Vec<(Slot, Cow<'_, Delta>)> = Vec::new();
    for (slot, delta) in deltas {
        let is_unmeasured = slot.part != Part::Measured;
        let known = logged.last_mut().filter(|(known, _)| {
            is_unmeasured && known.second == slot.second && known.part != Part::Measured
        });
        match known {
            Some((_, known)) => known.to_mut().merge(delta),
            None => logged.push((*slot, Cow::Borrowed(delta))),
        }
    }
    logged
}

/// Brings the workers' deltas of the same second together, in order of the seconds.
fn merge_by_slot(taken: Vec<(Slot, Delta)>, spares: &mut Spares) -> Vec<(Slot, Delta)> {
    let mut merged: Vec<(Slot, Delta)> = Vec::new();
    for (slot, delta) in taken {
        match merged.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => {
                known.merge(&delta);
                spares.put(delta);
            }
            None => merged.push((slot, delta)),
        }
    }
    merged.sort_by_key(|(slot, _)| *slot);
    merged
}
