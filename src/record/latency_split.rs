//! Mean phases by band of latency, so that a percentile can be split into parts.
//!
//! The p99 of the network plus the p99 of signing is not the p99 of their sum, but means add up.
//! So this keeps the mean of each phase for each band of the whole latency.

use serde::{Deserialize, Serialize};

use super::slowest::Slowest;
use crate::phase::Phase;
use crate::sample::{LATENCY_AND_PARTS, Sample};
use crate::summary::SplitRow;
use crate::units::{Nanos, float, index};

/// Bands within each doubling: a band is at most 6.3 % wide.
const PER_OCTAVE_BITS: u32 = 4;

/// Sixteen bands for each of the 42 doublings up to an hour, and the small ones.
const BANDS: usize = 43 << PER_OCTAVE_BITS;

/// The tail is the slowest hundredth: one callout of this many.
const TAIL: u64 = 100;

/// Each row has at least this many iterations, if the run has that many. In the mean of fewer, one
/// unusual iteration shows too much, such as one with a handshake.
const SAMPLES_MIN: u64 = 30;

/// The sums of one band.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct BandSums {
    samples: u64,
    with_server: u64,
    sign_in_path: u64,
    /// In the order of [`LATENCY_AND_PARTS`].
    parts: [u64; LATENCY_AND_PARTS.len()],
}

/// Sums of phases for each band of latency; of fixed size.
#[derive(Clone, Debug)]
pub(crate) struct LatencySplit(Box<[BandSums]>);

impl Default for LatencySplit {
    fn default() -> Self {
        Self(vec![BandSums::default(); BANDS].into())
    }
}

impl LatencySplit {
    pub(super) fn record(&mut self, sample: &Sample) {
        let latency = sample.phases.or_zero(Phase::Latency);
        if let Some(sums) = self.0.get_mut(band(latency)) {
            sums.add(&BandSums::of(sample));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (sums, more) in self.0.iter_mut().zip(&other.0) {
            if more.samples > 0 {
                sums.add(more);
            }
        }
    }

    /// The bands that hold anything, with their sums.
    pub(super) fn bands(&self) -> impl Iterator<Item = (u16, BandSums)> {
        let bands = (0..).zip(&self.0);
        bands
            .filter(|(_, sums)| sums.samples > 0)
            .map(|(band, sums)| (band, *sums))
    }

    /// Adds sums to those of a band; returns whether there is such a band.
    pub(super) fn add_to_band(&mut self, band: u16, more: &BandSums) -> bool {
        let sums = self.0.get_mut(usize::from(band));
        sums.map(|sums| sums.add(more)).is_some()
    }

    pub(super) fn reset(&mut self) {
        self.0.fill(BandSums::default());
    }

    /// The split over all iterations.
    pub(crate) fn mean(&self) -> SplitRow {
        let all = self.all();
        all.row(all.tells())
    }

    fn all(&self) -> BandSums {
        let mut all = BandSums::default();
        for sums in &self.0 {
            all.add(sums);
        }
        all
    }

    /// The split over the iterations that took about as long as `latency`: those of its band. If these
    /// are too few, neighbouring bands add as many as are missing, each with the mean of its band.
    pub(crate) fn near(&self, latency: Nanos) -> SplitRow {
        let middle = band(latency);
        let mut near = self.0.get(middle).copied().unwrap_or_default();
        let mut is_widened = false;
        for step in 1..BANDS {
            if near.samples >= SAMPLES_MIN {
                break;
            }
            let below = middle.checked_sub(step);
            for place in [middle + step].into_iter().chain(below) {
                let missing = SAMPLES_MIN.saturating_sub(near.samples);
                let more = self
                    .0
                    .get(place)
                    .map_or(0, |more| more.samples.min(missing));
                if more > 0 {
                    near.add(&self.0[place].part(more));
                    is_widened = true;
                }
            }
        }
        SplitRow {
            widened: is_widened,
            ..near.row(self.all().tells())
        }
    }

    /// The split over the slowest hundredth of the iterations, and over at least [`SAMPLES_MIN`] of them.
    ///
    /// `known` has the slowest iterations one by one. The others are taken from their bands, the slowest
    /// band first; the last band gives only a part, with its mean. Below a hundred iterations the row is
    /// empty.
    pub(crate) fn slowest(&self, known: &Slowest) -> SplitRow {
        let all = self.all();
        if all.samples < TAIL {
            return SplitRow::default();
        }
        let hundredth = all.samples / TAIL;
        let mut missing = hundredth.max(SAMPLES_MIN);
        let mut tail = BandSums::default();
        let mut rest = self.clone();
        for sample in known.iter().take(index(missing)) {
            let one = BandSums::of(sample);
            tail.add(&one);
            missing -= 1;
            if let Some(sums) = rest.0.get_mut(band(sample.phases.or_zero(Phase::Latency))) {
                sums.remove(&one);
            }
        }
        for sums in rest.0.iter().rev() {
            if missing == 0 {
                break;
            }
            let taken = sums.samples.min(missing);
            tail.add(&sums.part(taken));
            missing -= taken;
        }
        SplitRow {
            widened: hundredth < SAMPLES_MIN,
            ..tail.row(all.tells())
        }
    }
}

impl BandSums {
    fn of(sample: &Sample) -> Self {
        let sign_in_path = if sample.signed_in_path {
            sample.phases.or_zero(Phase::Sign)
        } else {
            Nanos::ZERO
        };
        Self {
            samples: 1,
            with_server: u64::from(sample.phases.get(Phase::Server).is_some()),
            sign_in_path: sign_in_path.0,
            parts: LATENCY_AND_PARTS.map(|part| sample.phases.or_zero(part).0),
        }
    }

    /// The sums of `taken` of these samples, if each has their mean.
    fn part(&self, taken: u64) -> Self {
        let part = |sum: u64| {
            let exact = u128::from(sum) * u128::from(taken) / u128::from(self.samples.max(1));
            u64::try_from(exact).unwrap_or(u64::MAX)
        };
        Self {
            samples: taken,
            with_server: part(self.with_server),
            sign_in_path: part(self.sign_in_path),
            parts: self.parts.map(part),
        }
    }

    fn add(&mut self, more: &Self) {
        self.samples = self.samples.saturating_add(more.samples);
        self.with_server = self.with_server.saturating_add(more.with_server);
        self.sign_in_path = self.sign_in_path.saturating_add(more.sign_in_path);
        for (sum, part) in self.parts.iter_mut().zip(more.parts) {
            *sum = sum.saturating_add(part);
        }
    }

    /// Subtracts sums that were added before.
    fn remove(&mut self, one: &Self) {
        self.samples = self.samples.saturating_sub(one.samples);
        self.with_server = self.with_server.saturating_sub(one.with_server);
        self.sign_in_path = self.sign_in_path.saturating_sub(one.sign_in_path);
        for (sum, part) in self.parts.iter_mut().zip(one.parts) {
            *sum = sum.saturating_sub(part);
        }
    }

    /// Whether any answer told the server's time.
    const fn tells(&self) -> bool {
        self.with_server > 0
    }

    /// The mean of these samples. `tells` says whether any answer of the run reported the server's time.
    /// For an answer that did not, the whole network time then counts as outside the server's account.
    fn row(&self, tells: bool) -> SplitRow {
        if self.samples == 0 {
            return SplitRow::default();
        }
        let samples = float(self.samples);
        let [
            latency,
            server,
            lag,
            queue,
            retry,
            sign_wait,
            exchange,
            dns,
            connect,
            tls,
            network,
            pickup,
        ] = self.parts.map(|sum| float(sum) / samples);
        let sign = float(self.sign_in_path) / samples;
        let connection = dns + connect + tls;
        let before = lag + queue + retry + sign_wait + sign + exchange + connection;
        let known = before + network + pickup;
        SplitRow {
            samples: self.samples,
            widened: false,
            server_samples: Some(self.with_server),
            latency_ns: latency,
            lag_ns: lag,
            pickup_ns: pickup,
            queue_ns: queue,
            retry_ns: retry,
            sign_wait_ns: sign_wait,
            sign_ns: sign,
            exchange_ns: exchange,
            connection_ns: connection,
            network_ns: if tells {
                (network - server).max(0.0)
            } else {
                network
            },
            server_ns: tells.then(|| server.min(network)),
            wire_floor_ns: None,
            outside_ns: None,
            other_ns: (latency - known).max(0.0),
        }
        .with_wire_floor(None)
    }
}

/// The band of a latency: its highest bit and the four below.
fn band(latency: Nanos) -> usize {
    let small = 1 << PER_OCTAVE_BITS;
    if latency.0 < small {
        return index(latency.0);
    }
    let octave = latency.0.ilog2() - PER_OCTAVE_BITS;
    let within = (latency.0 >> octave) - small;
    let band = (u64::from(octave + 1) << PER_OCTAVE_BITS) + within;
    index(band).min(BANDS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{Outcome, Phases};

    fn sample(latency: Nanos, lag: Nanos) -> Sample {
        let mut phases = Phases::default();
        phases.set(Phase::Latency, latency);
        phases.set(Phase::Lag, lag);
        phases.set(Phase::Network, latency - lag);
        Sample {
            finished: latency,
            outcome: Outcome::Ok,
            status: Some(201),
            ..Sample::begun(0, Nanos::ZERO, Nanos::ZERO, phases)
        }
    }

    /// What a recorder keeps of these.
    fn recorded(samples: impl IntoIterator<Item = Sample>) -> (LatencySplit, Slowest) {
        let mut kept = (LatencySplit::default(), Slowest::default());
        for sample in samples {
            kept.0.record(&sample);
            kept.1.offer(&sample);
        }
        kept
    }

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1.0,
            "{actual} is not {expected}"
        );
    }

    // 4,000 fast ones, 20 of 50 ms and 20 of 100 ms: the slowest hundredth is those forty.
    #[test]
    fn the_tail_is_the_slowest_hundredth_and_its_parts_add_up() {
        let ms = Nanos::from_millis;
        let fast = std::iter::repeat_n(sample(ms(5), ms(1)), 4_000);
        let slow = std::iter::repeat_n(sample(ms(50), ms(10)), 20);
        let slowest = std::iter::repeat_n(sample(ms(100), ms(30)), 20);
        let (bands, kept) = recorded(fast.chain(slow).chain(slowest));
        for known in [kept, Slowest::default()] {
            let tail = bands.slowest(&known);
            assert_eq!((tail.samples, tail.widened), (40, false));
            assert_close(tail.latency_ns, 75e6);
            assert_close(tail.lag_ns, 20e6);
            assert_close(tail.network_ns, 55e6);
            assert_close(tail.other_ns, 0.0);
        }
    }

    // A hundredth of 400 is four, so the row has the slowest thirty. One of them was late; all others
    // have the mean of their band.
    #[test]
    fn the_tail_of_a_small_run_is_of_thirty_and_says_so() {
        let us = |us: u64| Nanos(us * 1_000);
        let alike = std::iter::repeat_n(sample(us(100_000), us(0)), 399);
        let late = sample(us(101_000), us(90_000));
        let (bands, kept) = recorded(alike.chain([late]));
        let tail = bands.slowest(&kept);
        assert_eq!((tail.samples, tail.widened), (30, true));
        assert_close(tail.latency_ns, (101_000e3 + 29.0 * 100_000e3) / 30.0);
        assert_close(tail.lag_ns, 90_000e3 / 30.0);
    }

    // A row of three callouts would show what happened to one of them.
    #[test]
    fn a_row_of_too_few_takes_in_its_neighbours() {
        let ms = Nanos::from_millis;
        let fast = std::iter::repeat_n(sample(ms(5), ms(1)), 500);
        let near = (0..40).map(|n| sample(Nanos(50_000_000 + n * 500_000), ms(1)));
        let one = sample(ms(90), ms(60));
        let (bands, _) = recorded(fast.chain(near).chain([one]));
        let row = bands.near(ms(90));
        assert_eq!((row.samples, row.widened), (30, true));
        let row = bands.near(ms(5));
        assert_eq!((row.samples, row.widened), (500, false));
        let (few, _) = recorded([sample(ms(5), ms(1)), sample(ms(90), ms(1))]);
        assert_eq!(few.near(ms(90)).samples, 2);
    }

    // One answer without the server's time does not remove the times of the others, and gets none.
    #[test]
    fn an_answer_that_tells_nothing_leaves_the_others_their_split() {
        let ms = Nanos::from_millis;
        let mut told = sample(ms(10), ms(1));
        told.phases.set(Phase::Server, ms(8));
        let silent = sample(ms(10), ms(1));
        let (bands, _) = recorded(std::iter::repeat_n(told, 99).chain([silent]));
        let row = bands.mean();
        assert_eq!((row.samples, row.server_samples), (100, Some(99)));
        assert_close(row.server_ns.unwrap(), 8e6 * 0.99);
        assert_close(row.outside_ns.unwrap(), 9e6 - 8e6 * 0.99);
        let (bands, _) = recorded([silent]);
        assert_eq!(bands.mean().server_ns, None);
    }

    // The tail is larger than the list of single iterations: the rest has the mean of its band.
    #[test]
    fn the_tail_of_a_large_run_takes_the_rest_for_their_band() {
        let ms = Nanos::from_millis;
        let fast = std::iter::repeat_n(sample(ms(5), ms(1)), 9_900);
        let slow = std::iter::repeat_n(sample(ms(50), ms(10)), 60);
        let slowest = std::iter::repeat_n(sample(ms(100), ms(30)), 30);
        let (bands, kept) = recorded(fast.chain(slow).chain(slowest));
        let tail = bands.slowest(&kept);
        assert_eq!(tail.samples, 99);
        assert_close(
            tail.latency_ns,
            (30.0 * 100e6 + 60.0 * 50e6 + 9.0 * 5e6) / 99.0,
        );
        assert_close(tail.lag_ns, (30.0 * 30e6 + 60.0 * 10e6 + 9.0 * 1e6) / 99.0);
    }

    #[test]
    fn fewer_than_a_hundred_have_no_tail() {
        assert_eq!(
            LatencySplit::default().slowest(&Slowest::default()).samples,
            0
        );
    }

    proptest! {
        #[test]
        fn longer_is_never_a_lower_band(a in 1_u64..4_000_000_000_000, b in 1_u64..4_000_000_000_000) {
            let (short, long) = (a.min(b), a.max(b));
            prop_assert!(band(Nanos(short)) <= band(Nanos(long)));
        }

        #[test]
        fn one_band_holds_what_differs_by_a_sixteenth_at_most(ns in 1_000_u64..1_000_000_000_000) {
            prop_assert!(band(Nanos(ns)) < band(Nanos(ns + ns / 15)));
        }
    }
}
