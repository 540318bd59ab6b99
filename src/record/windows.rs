//! One row a second, closed as soon as everything that was due in it has ended.

use std::collections::BTreeMap;

use super::Histogram;
use super::delta::{Delta, Tally};
use super::heat::Heat;
use super::recorder::{Part, Slot};
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{Heatmap, Window};
use crate::units::{Nanos, count, index};

/// Seconds that may stay open for stragglers: more than the longest callout may take.
/// The percentiles of a row miss what ends later; the run's own figures do not.
const OPEN_MAX: usize = 130;

/// Rows made beforehand: the second that runs, its neighbours, and one more that waits
/// for a straggler.
const SPARES: usize = 4;

/// Every second of the run.
#[derive(Debug)]
pub(super) struct Windows {
    open: BTreeMap<u64, Open>,
    closed: Vec<Window>,
    heat: Heat,
    spares: Vec<Open>,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            closed: Vec::new(),
            heat: Heat::default(),
            spares: std::iter::repeat_with(Open::default).take(SPARES).collect(),
        }
    }
}

/// A second for which something may still come.
#[derive(Debug, Default)]
struct Open {
    row: Window,
    tally: Tally,
    latency: Histogram,
    network: Histogram,
    sign: Histogram,
    lag: Histogram,
}

impl Windows {
    /// All rows so far, also those that may still change, and one for each further second
    /// of the load in which nothing happened.
    pub(super) fn rows(&self, elapsed: Nanos) -> Vec<Window> {
        let open = self.open.values().map(Open::row);
        let mut rows: Vec<_> = self.closed.iter().cloned().chain(open).collect();
        let seconds = elapsed.0.div_ceil(Nanos::SECOND.0);
        rows.extend((count(rows.len())..seconds).map(|start_s| Window {
            start_s,
            ..Window::default()
        }));
        rows
    }

    /// How the latencies were spread so far.
    pub(super) fn heat(&self) -> Option<Heatmap> {
        self.heat.result()
    }

    /// Adds what was recorded for one second.
    pub(super) fn add(&mut self, slot: Slot, delta: &Delta) {
        let latency = delta.sets[Outcome::Ok.index()]
            .as_deref()
            .and_then(|set| set.get(Phase::Latency));
        if let Some(latency) = latency.filter(|latency| !latency.is_empty()) {
            self.heat.add(slot.second, latency);
        }
        if let Some(closed) = self.closed.get_mut(index(slot.second)) {
            tally_into(closed, &delta.tally);
            return;
        }
        let open = self.open(slot.second);
        open.row.warmup |= slot.part == Part::Warmup && delta.tally.planned > 0;
        open.tally.add(&delta.tally);
        if let Some(ok) = delta.sets[Outcome::Ok.index()].as_deref() {
            for (phase, histogram) in [
                (Phase::Latency, &mut open.latency),
                (Phase::Network, &mut open.network),
                (Phase::Sign, &mut open.sign),
                (Phase::Lag, &mut open.lag),
            ] {
                if let Some(more) = ok.get(phase) {
                    histogram.merge(more);
                }
            }
        }
    }

    /// Notes the gauges of the seconds from `since` to `now`, and closes what is settled.
    pub(super) fn end_second(
        &mut self,
        (since, now): (Nanos, Nanos),
        in_flight: u64,
        own_cpu: Option<f64>,
    ) {
        let Some(second) = now.as_secs().checked_sub(1) else {
            return;
        };
        // What is left of a second whose reading is taken says nothing; one that lacks but a
        // tenth, as the last of a run may, is as good as whole.
        let until = (now + Nanos(Nanos::SECOND.0 / 10)).as_secs();
        for second in since.as_secs()..until {
            if count(self.closed.len()) <= second {
                let row = &mut self.open(second).row;
                row.in_flight = in_flight;
                row.own_cpu = row.own_cpu.or(own_cpu);
            }
        }
        while let Some(first) = self.open.first_entry() {
            let is_over = *first.key() < second && first.get().is_settled();
            if !is_over && self.open.len() <= OPEN_MAX {
                return;
            }
            if let Some((_, mut open)) = self.open.pop_first() {
                self.closed.push(open.row());
                open.reset();
                self.spares.push(open);
            }
        }
    }

    /// The open row of a second; every second before it gets one too, so that a second
    /// in which nothing happened is seen.
    fn open(&mut self, second: u64) -> &mut Open {
        let next = self
            .open
            .last_key_value()
            .map_or(count(self.closed.len()), |(last, _)| last + 1);
        for missing in next..second {
            let open = fresh(&mut self.spares, missing);
            self.open.insert(missing, open);
        }
        self.open
            .entry(second)
            .or_insert_with(|| fresh(&mut self.spares, second))
    }
}

fn fresh(spares: &mut Vec<Open>, second: u64) -> Open {
    let mut open = spares.pop().unwrap_or_default();
    open.row.start_s = second;
    open
}

impl Open {
    fn is_settled(&self) -> bool {
        self.tally.settled >= self.tally.planned
            && self.tally.ok + self.tally.failed + self.tally.negative >= self.tally.started
    }

    fn row(&self) -> Window {
        let mut row = self.row.clone();
        let at = |histogram: &Histogram, fraction| histogram.at(fraction).map(|span| span.0);
        tally_into(&mut row, &self.tally);
        row.latency_p50_ns = at(&self.latency, 0.5);
        row.latency_p90_ns = at(&self.latency, 0.9);
        row.latency_p99_ns = at(&self.latency, 0.99);
        row.latency_max_ns = at(&self.latency, 1.0);
        row.network_p50_ns = at(&self.network, 0.5);
        row.network_p99_ns = at(&self.network, 0.99);
        row.sign_p99_ns = at(&self.sign, 0.99);
        row.lag_p99_ns = at(&self.lag, 0.99);
        row
    }

    fn reset(&mut self) {
        self.row = Window::default();
        self.tally = Tally::default();
        for histogram in [
            &mut self.latency,
            &mut self.network,
            &mut self.sign,
            &mut self.lag,
        ] {
            histogram.reset();
        }
    }
}

fn tally_into(row: &mut Window, tally: &Tally) {
    row.planned += tally.planned;
    row.started += tally.started;
    row.ok += tally.ok;
    row.failed += tally.failed;
    row.dropped += tally.dropped;
}
