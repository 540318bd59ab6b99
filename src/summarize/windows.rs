//! One row a second, closed as soon as everything that was due in it has ended.

use std::collections::BTreeMap;
use std::ops::Range;

use super::STRAGGLERS_MAX;
use super::heat::Heat;
use crate::phase::Phase;
use crate::record::{Histogram, Interval, IntervalKey, Period, PhaseSet, Tally};
use crate::sample::Outcome;
use crate::summary::{Heatmap, Summary, Window};
use crate::units::{Nanos, count, index};

/// Sets of histograms that are made before the run: for the current second, for its neighbours, and
/// for one more that waits for a late callout.
const FREE_HISTOGRAMS: usize = 4;

/// Every second of the run.
#[derive(Debug)]
pub(super) struct Windows {
    open: BTreeMap<u64, OpenSecond>,
    closed: Vec<Window>,
    heat: Heat,
    #[expect(
        clippy::vec_box,
        reason = "they go to and fro between here and open rows"
    )]
    free_histograms: Vec<Box<PhaseHistograms>>,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            closed: Vec::new(),
            heat: Heat::default(),
            free_histograms: std::iter::repeat_with(Box::default)
                .take(FREE_HISTOGRAMS)
                .collect(),
        }
    }
}

/// A second for which something may still come.
#[derive(Debug, Default)]
struct OpenSecond {
    row: Window,
    tally: Tally,
    /// Over half a mebibyte, which a second in which nothing succeeded does without.
    spread: Option<Box<PhaseHistograms>>,
}

/// How the spans of one second are spread.
#[derive(Debug, Default)]
struct PhaseHistograms([Histogram; PHASES.len()]);

/// The phases of whose spans a row has percentiles.
const PHASES: [Phase; 5] = [
    Phase::Latency,
    Phase::Network,
    Phase::Sign,
    Phase::Lag,
    Phase::Pickup,
];

impl Windows {
    /// All rows so far, also those that may still change, and one for each further second
    /// of the load in which nothing happened. A second in which any load warms up is marked.
    pub(super) fn rows(&self, elapsed: Nanos, warmups: &[Range<Nanos>]) -> Vec<Window> {
        let open = self.open.values().map(OpenSecond::row);
        let mut rows: Vec<_> = self.closed.iter().cloned().chain(open).collect();
        // What has only just begun is no second in which nothing happened.
        let seconds = (elapsed - Nanos(Nanos::SECOND.0 / 10))
            .0
            .div_ceil(Nanos::SECOND.0);
        rows.extend((count(rows.len())..seconds).map(|start_s| Window {
            start_s,
            answered: Some(0),
            ended: Some(0),
            timed_out: Some(0),
            ..Window::default()
        }));
        for row in &mut rows {
            let second = Nanos::from_secs(row.start_s)..Nanos::from_secs(row.start_s + 1);
            let within =
                |warmup: &Range<Nanos>| warmup.start.max(second.start) < warmup.end.min(second.end);
            row.warmup = warmups.iter().any(within);
        }
        rows
    }

    /// How the latencies were spread so far.
    pub(super) fn heat(&self) -> Option<Heatmap> {
        self.heat.result()
    }

    /// Adds what was recorded for one second.
    pub(super) fn add(&mut self, key: IntervalKey, interval: &Interval) {
        let latency = interval.sets[Outcome::Ok.index()]
            .as_deref()
            .and_then(|set| set.get(Phase::Latency));
        let is_measured = key.period == Period::Measured;
        if let Some(latency) = latency.filter(|latency| is_measured && !latency.is_empty()) {
            self.heat.add(key.second, latency);
        }
        if let Some(closed) = self.closed.get_mut(index(key.second)) {
            tally_into(closed, &interval.tally);
            return;
        }
        let mut unused = self.free_histograms.pop();
        let open = self.open(key.second);
        open.tally.add(&interval.tally);
        if let Some(ok) = interval.successes() {
            let spread = open
                .spread
                .get_or_insert_with(|| unused.take().unwrap_or_default());
            spread.merge(ok);
        }
        self.free_histograms.extend(unused);
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
            // The percentiles of a row miss what ends later; the run's own figures do not.
            if !is_over && count(self.open.len()) <= STRAGGLERS_MAX.as_secs() {
                return;
            }
            if let Some((_, open)) = self.open.pop_first() {
                self.closed.push(open.row());
                if let Some(mut spread) = open.spread {
                    spread.reset();
                    self.free_histograms.push(spread);
                }
            }
        }
    }

    /// The open row of a second; every second before it gets one too, so that a second
    /// in which nothing happened is seen.
    fn open(&mut self, second: u64) -> &mut OpenSecond {
        let next = self
            .open
            .last_key_value()
            .map_or(count(self.closed.len()), |(last, _)| last + 1);
        for missing in next..second {
            self.open.insert(missing, OpenSecond::at(missing));
        }
        self.open
            .entry(second)
            .or_insert_with(|| OpenSecond::at(second))
    }
}

impl OpenSecond {
    fn at(start_s: u64) -> Self {
        let row = Window {
            start_s,
            ..Window::default()
        };
        Self {
            row,
            ..Self::default()
        }
    }

    fn is_settled(&self) -> bool {
        self.tally.settled >= self.tally.planned
            && self.tally.ok + self.tally.failed + self.tally.negative >= self.tally.started
    }

    fn row(&self) -> Window {
        let mut row = self.row.clone();
        tally_into(&mut row, &self.tally);
        if let Some(spread) = &self.spread {
            let PhaseHistograms([latency, network, sign, lag, pickup]) = &**spread;
            let at = |histogram: &Histogram, fraction| histogram.at(fraction).map(|span| span.0);
            row.latency_p50_ns = at(latency, 0.5);
            row.latency_p90_ns = at(latency, 0.9);
            row.latency_p99_ns = at(latency, 0.99);
            row.latency_max_ns = at(latency, 1.0);
            row.network_p50_ns = at(network, 0.5);
            row.network_p99_ns = at(network, 0.99);
            row.sign_p99_ns = at(sign, 0.99);
            row.lag_p99_ns = at(lag, 0.99);
            row.pickup_p99_ns = at(pickup, 0.99);
        }
        row
    }
}

impl PhaseHistograms {
    fn merge(&mut self, ok: &PhaseSet) {
        for (phase, histogram) in PHASES.into_iter().zip(&mut self.0) {
            if let Some(more) = ok.get(phase) {
                histogram.merge(more);
            }
        }
    }

    fn reset(&mut self) {
        self.0.iter_mut().for_each(Histogram::reset);
    }
}

fn tally_into(row: &mut Window, tally: &Tally) {
    row.planned += tally.planned;
    row.started += tally.started;
    row.ok += tally.ok;
    row.failed += tally.failed;
    row.dropped += tally.dropped;
    *row.answered.get_or_insert_default() += tally.answered;
    *row.ended.get_or_insert_default() += tally.ended;
    *row.timed_out.get_or_insert_default() += tally.timed_out;
}

/// The complete seconds of the run. Callouts that end after the load are in none of them.
pub(super) fn whole_seconds(summary: &Summary) -> &[Window] {
    let seconds = index(summary.run.duration_ns / 1_000_000_000);
    &summary.windows[..seconds.min(summary.windows.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second in which one callout succeeded.
    fn one_success() -> Interval {
        let mut interval = Interval::default();
        let mut latency = Histogram::default();
        latency.record(Nanos::from_millis(5));
        let set = interval.sets[Outcome::Ok.index()].get_or_insert_default();
        set.add_of(Phase::Latency, &latency);
        interval
    }

    fn spreads(windows: &Windows) -> usize {
        let held = windows.open.values().filter(|open| open.spread.is_some());
        held.count() + windows.free_histograms.len()
    }

    #[test]
    fn a_silent_hour_has_rows_and_no_histograms() {
        let mut windows = Windows::default();
        for second in [0, 3_600] {
            let period = Period::Measured;
            windows.add(IntervalKey { second, period }, &one_success());
            let now = Nanos::from_secs(second + 1);
            windows.end_second((Nanos::from_secs(second), now), 0, None);
            assert_eq!(spreads(&windows), FREE_HISTOGRAMS, "at second {second}");
        }
        let rows = windows.rows(Nanos::from_secs(3_601), &[]);
        assert_eq!(rows.len(), 3_601);
        let told = |row: &&Window| row.latency_p50_ns.is_some();
        assert_eq!(rows.iter().filter(told).count(), 2);
        let starts = rows.iter().map(|row| row.start_s);
        assert!(starts.eq(0..3_601));
    }

    #[test]
    fn the_heat_map_holds_what_is_measured_and_no_warm_up() {
        let mut windows = Windows::default();
        windows.add(
            IntervalKey {
                second: 0,
                period: Period::Warmup,
            },
            &one_success(),
        );
        assert!(windows.heat().is_none());
        windows.add(
            IntervalKey {
                second: 1,
                period: Period::Measured,
            },
            &one_success(),
        );
        let heat = windows.heat().unwrap();
        assert_eq!(heat.counts.iter().flatten().sum::<u64>(), 1);
    }

    // One load warms up from the start, one from the tenth second on.
    #[test]
    fn a_second_in_which_any_load_warms_up_is_marked() {
        let ms = Nanos::from_millis;
        let warmups = [
            ms(0)..ms(1_500),
            ms(3_000)..ms(3_000),
            ms(10_000)..ms(12_000),
        ];
        let rows = Windows::default().rows(Nanos::from_secs(15), &warmups);
        let marked = rows.iter().filter(|row| row.warmup);
        let seconds: Vec<_> = marked.map(|row| row.start_s).collect();
        assert_eq!(seconds, [0, 1, 10, 11]);
    }

    // A checkpoint is written a moment after a second has ended.
    #[test]
    fn a_second_that_has_only_just_begun_has_no_row() {
        let rows = Windows::default().rows(Nanos(2_000_193_390), &[]);
        assert_eq!(rows.len(), 2);
    }
}
