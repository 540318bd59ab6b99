//! Mean phases by band of latency, so that a percentile can be split into parts.
//!
//! The p99 of the network plus the p99 of signing is not the p99 of their sum. What adds
//! up are means; so the means are kept apart by how long the iteration took as a whole.

use super::slowest::Slowest;
use crate::phase::Phase;
use crate::sample::Sample;
use crate::summary::SplitRow;
use crate::units::{Nanos, float, index};

/// Bands within each doubling: a band is at most 6.3 % wide.
const PER_OCTAVE_BITS: u32 = 4;

/// Sixteen bands for each of the 42 doublings up to an hour, and the small ones.
const BANDS: usize = 43 << PER_OCTAVE_BITS;

/// The tail is the slowest hundredth: one in so many.
const TAIL: u64 = 100;

/// The parts that are summed, `sign` only where it was waited for.
const PARTS: [Phase; 11] = [
    Phase::Latency,
    Phase::Lag,
    Phase::Queue,
    Phase::Retry,
    Phase::SignWait,
    Phase::Exchange,
    Phase::Dns,
    Phase::Connect,
    Phase::Tls,
    Phase::Network,
    Phase::Server,
];

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    samples: u64,
    with_server: u64,
    sign_in_path: u64,
    parts: [u64; PARTS.len()],
}

/// Sums of phases for each band of latency; of fixed size.
#[derive(Clone, Debug)]
pub(super) struct Bands(Box<[Sums]>);

impl Default for Bands {
    fn default() -> Self {
        Self(vec![Sums::default(); BANDS].into())
    }
}

impl Bands {
    pub(super) fn record(&mut self, sample: &Sample) {
        let latency = sample.phases.or_zero(Phase::Latency);
        if let Some(sums) = self.0.get_mut(band(latency)) {
            sums.add(&Sums::of(sample));
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sums, more) in self.0.iter_mut().zip(&other.0) {
            if more.samples > 0 {
                sums.add(more);
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.fill(Sums::default());
    }

    /// The split over all iterations.
    pub(super) fn mean(&self) -> SplitRow {
        let mut all = Sums::default();
        for sums in &self.0 {
            all.add(sums);
        }
        all.row()
    }

    /// The split over the iterations that took about as long as `latency`.
    pub(super) fn near(&self, latency: Nanos) -> SplitRow {
        self.0
            .get(band(latency))
            .map_or_else(SplitRow::default, Sums::row)
    }

    /// The split over the slowest hundredth of the iterations, of which the slowest of all are
    /// known each for itself; of the band in which that hundredth begins, only as much as
    /// belongs to it. No row with fewer than a hundred.
    pub(super) fn slowest(&self, known: &Slowest) -> SplitRow {
        let all: u64 = self.0.iter().map(|sums| sums.samples).sum();
        let mut missing = all / TAIL;
        let mut tail = Sums::default();
        let mut rest = self.clone();
        for sample in known.iter().take(index(missing)) {
            let one = Sums::of(sample);
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
        tail.row()
    }
}

impl Sums {
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
            parts: PARTS.map(|part| sample.phases.or_zero(part).0),
        }
    }

    /// What `taken` of these samples come to, each taken for their mean.
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
        self.samples += more.samples;
        self.with_server += more.with_server;
        self.sign_in_path += more.sign_in_path;
        for (sum, part) in self.parts.iter_mut().zip(more.parts) {
            *sum += part;
        }
    }

    /// Takes away one that had been added.
    fn remove(&mut self, one: &Self) {
        self.samples = self.samples.saturating_sub(one.samples);
        self.with_server = self.with_server.saturating_sub(one.with_server);
        self.sign_in_path = self.sign_in_path.saturating_sub(one.sign_in_path);
        for (sum, part) in self.parts.iter_mut().zip(one.parts) {
            *sum = sum.saturating_sub(part);
        }
    }

    fn row(&self) -> SplitRow {
        if self.samples == 0 {
            return SplitRow::default();
        }
        let samples = float(self.samples);
        let [
            latency,
            lag,
            queue,
            retry,
            sign_wait,
            exchange,
            dns,
            connect,
            tls,
            network,
            server,
        ] = self.parts.map(|sum| float(sum) / samples);
        let sign = float(self.sign_in_path) / samples;
        let connection = dns + connect + tls;
        let known = lag + queue + retry + sign_wait + sign + exchange + connection + network;
        // A mix of answers with and without the header cannot be split honestly.
        let tells = self.with_server == self.samples;
        SplitRow {
            samples: self.samples,
            latency_ns: latency,
            lag_ns: lag,
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
            other_ns: (latency - known).max(0.0),
        }
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
    fn recorded(samples: impl IntoIterator<Item = Sample>) -> (Bands, Slowest) {
        let mut kept = (Bands::default(), Slowest::default());
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

    // 200 fast ones, one of 50 ms and one of 100 ms: the slowest hundredth is those two.
    #[test]
    fn the_tail_is_the_slowest_hundredth_and_its_parts_add_up() {
        let ms = Nanos::from_millis;
        let fast = std::iter::repeat_n(sample(ms(5), ms(1)), 200);
        let slow = [sample(ms(50), ms(10)), sample(ms(100), ms(30))];
        let (bands, kept) = recorded(fast.chain(slow));
        for known in [kept, Slowest::default()] {
            let tail = bands.slowest(&known);
            assert_eq!(tail.samples, 2);
            assert_close(tail.latency_ns, 75e6);
            assert_close(tail.lag_ns, 20e6);
            assert_close(tail.network_ns, 55e6);
            assert_close(tail.other_ns, 0.0);
        }
    }

    // Of 400, the four slowest share a band with forty more; one of them was late itself.
    #[test]
    fn the_tail_of_a_small_run_is_exact() {
        let us = |us: u64| Nanos(us * 1_000);
        let alike = (0..399).map(|n| sample(us(100_000 + n), us(0)));
        let late = sample(us(101_000), us(90_000));
        let (bands, kept) = recorded(alike.chain([late]));
        let tail = bands.slowest(&kept);
        assert_eq!(tail.samples, 4);
        assert_close(
            tail.latency_ns,
            (101_000e3 + 100_398e3 + 100_397e3 + 100_396e3) / 4.0,
        );
        assert_close(tail.lag_ns, 90_000e3 / 4.0);
    }

    // More than are known each for itself: part of a band is as long as its mean.
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
        assert_eq!(Bands::default().slowest(&Slowest::default()).samples, 0);
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
