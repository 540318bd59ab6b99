//! Gathers what the workers recorded, once a second, on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;

use super::delta::{Delta, Tally};
use super::recorder::{Recorder, SPARES_KEPT, Slot, merge_failures};
use super::summarize::{Facts, summarize};
use super::verdict::Health;
use super::windows::Windows;
use super::{Histogram, IntervalLog};
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{FailureExample, Summary};
use crate::units::Nanos;

/// All recordings of a run, merged.
pub struct Collector<W> {
    recorders: Vec<Arc<Recorder>>,
    log: Option<IntervalLog<W>>,
    pub(super) total: Delta,
    pub(super) warmup: Tally,
    pub(super) failures: Vec<FailureExample>,
    pub(super) windows: Windows,
    spares: Vec<Delta>,
    is_stocked: bool,
    last: Snapshot,
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
    /// Callouts open now.
    pub in_flight: u64,
    /// Iterations ended in the last second.
    pub per_s: u64,
    /// Median latency so far, warm-up excluded.
    pub latency_p50: Option<Nanos>,
    /// 99th percentile of the latency so far, warm-up excluded.
    pub latency_p99: Option<Nanos>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Snapshot {
    at: Nanos,
    ended: u64,
    own_cpu: Nanos,
}

impl<W: Write> Collector<W> {
    /// A collector of these recorders that appends to `log`.
    pub fn new(recorders: Vec<Arc<Recorder>>, log: IntervalLog<W>) -> Self {
        Self {
            recorders,
            log: Some(log),
            total: Delta::default(),
            warmup: Tally::default(),
            failures: Vec::new(),
            windows: Windows::default(),
            spares: Vec::new(),
            is_stocked: false,
            last: Snapshot::default(),
        }
    }

    /// Takes what was recorded since the last call, appends it to the log and tells how
    /// the run stands.
    ///
    /// A log that cannot be written is given up, once and with its error; the run's own
    /// figures are kept.
    pub fn collect(&mut self, now: Nanos, health: &Health) -> (Progress, io::Result<()>) {
        let mut taken = Vec::new();
        for recorder in &self.recorders {
            let recorded = recorder.take(&mut self.spares);
            taken.extend(recorded.deltas);
            merge_failures(&mut self.failures, recorded.failures);
        }
        let merged = merge_by_slot(taken, &mut self.spares);
        let written = self.append(&merged);
        if written.is_err() {
            self.log = None;
        }
        for (slot, mut delta) in merged {
            self.windows.add(slot, &delta);
            if slot.warmup {
                self.warmup.add(&delta.tally);
            } else {
                self.total.merge(&delta);
            }
            delta.reset();
            self.stock_up(&delta);
            self.spares.push(delta);
        }
        (self.end_second(now, health), written)
    }

    /// Makes the deltas that the workers will need, when the first second has shown which
    /// phases occur. Made one by one, as seconds happen to overlap, they would let the
    /// memory of a long run creep up.
    fn stock_up(&mut self, like: &Delta) {
        if std::mem::replace(&mut self.is_stocked, true) {
            return;
        }
        let wanted = self.recorders.len() * SPARES_KEPT;
        self.spares.resize(wanted, like.clone());
    }

    /// Everything a report needs.
    pub fn summarize(&self, facts: &Facts) -> Summary {
        summarize(self, facts)
    }

    fn append(&mut self, merged: &[(Slot, Delta)]) -> io::Result<()> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let mut second_seen = false;
        for (slot, delta) in merged {
            let prefix = if slot.warmup { "warmup." } else { "" };
            for (outcome, set) in delta.outcomes() {
                for (phase, histogram) in set.iter() {
                    second_seen = true;
                    let tag = format!("{prefix}{outcome}.{phase}");
                    log.append(&tag, slot.second, histogram)?;
                }
            }
        }
        if !second_seen {
            // An empty row: a gap in the run must not look like a gap in the log.
            let tag = format!("{}.{}", Outcome::Ok, Phase::Latency);
            let second = merged.last().map_or(0, |(slot, _)| slot.second);
            log.append(&tag, second, &Histogram::default())?;
        }
        log.flush()
    }

    fn end_second(&mut self, now: Nanos, health: &Health) -> Progress {
        let mut all = self.total.tally;
        all.add(&self.warmup);
        let ended = all.ok + all.failed;
        let in_flight = all.started.saturating_sub(ended);
        let span = now - self.last.at;
        let own_cpu = health.cpu_share(health.own_cpu - self.last.own_cpu, span);
        self.windows.end_second(now, in_flight, own_cpu);
        let progress = Progress {
            elapsed: now,
            ok: all.ok,
            failed: all.failed,
            dropped: all.dropped,
            in_flight,
            per_s: ended - self.last.ended,
            latency_p50: self.latency_at(0.5),
            latency_p99: self.latency_at(0.99),
        };
        self.last = Snapshot {
            at: now,
            ended,
            own_cpu: health.own_cpu,
        };
        progress
    }

    fn latency_at(&self, fraction: f64) -> Option<Nanos> {
        self.total.sets[Outcome::Ok.index()]
            .as_deref()
            .and_then(|set| set.get(Phase::Latency))
            .and_then(|latency| latency.at(fraction))
    }
}

impl<W> std::fmt::Debug for Collector<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

/// Brings the workers' deltas of the same second together, in order of the seconds.
fn merge_by_slot(taken: Vec<(Slot, Delta)>, spares: &mut Vec<Delta>) -> Vec<(Slot, Delta)> {
    let mut merged: Vec<(Slot, Delta)> = Vec::new();
    for (slot, mut delta) in taken {
        match merged.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => {
                known.merge(&delta);
                delta.reset();
                spares.push(delta);
            }
            None => merged.push((slot, delta)),
        }
    }
    merged.sort_by_key(|(slot, _)| *slot);
    merged
}
