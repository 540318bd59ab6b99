//! Mean phases by band of latency, so that a percentile can be split into parts.
//!
//! The p99 of the network plus the p99 of signing is not the p99 of their sum. What adds
//! up are means; so the means are kept apart by how long the iteration took as a whole.

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
    pub(super) fn record(&mut self, sample: &Sample, sign_in_path: Nanos) {
        let latency = sample.phases.or_zero(Phase::Latency);
        let Some(sums) = self.0.get_mut(band(latency)) else {
            return;
        };
        sums.samples += 1;
        sums.with_server += u64::from(sample.phases.get(Phase::Server).is_some());
        sums.sign_in_path += sign_in_path.0;
        for (sum, part) in sums.parts.iter_mut().zip(PARTS) {
            *sum += sample.phases.or_zero(part).0;
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

    /// The split over the slowest hundredth of the iterations; of the band in which that
    /// hundredth begins, only as much as belongs to it. No row with fewer than a hundred.
    pub(super) fn slowest(&self) -> SplitRow {
        let all: u64 = self.0.iter().map(|sums| sums.samples).sum();
        let mut missing = all / TAIL;
        let mut tail = Sums::default();
        for sums in self.0.iter().rev() {
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

    // 200 fast ones, one of 50 ms and one of 100 ms: the slowest hundredth is those two.
    #[test]
    fn the_tail_is_the_slowest_hundredth_and_its_parts_add_up() {
        let sample = |latency_ms, lag_ms| {
            let span = Nanos::from_millis;
            let mut phases = Phases::default();
            phases.set(Phase::Latency, span(latency_ms));
            phases.set(Phase::Lag, span(lag_ms));
            phases.set(Phase::Network, span(latency_ms - lag_ms));
            Sample {
                seq: 0,
                due: Nanos::ZERO,
                started: Nanos::ZERO,
                finished: span(latency_ms),
                phases,
                outcome: Outcome::Ok,
                status: Some(201),
                signed_in_path: false,
                retried: false,
                resent: false,
                starved: false,
                body_bytes: 0,
                response_bytes: 0,
            }
        };
        let mut bands = Bands::default();
        for _ in 0..200 {
            bands.record(&sample(5, 1), Nanos::ZERO);
        }
        bands.record(&sample(50, 10), Nanos::ZERO);
        bands.record(&sample(100, 30), Nanos::ZERO);
        let tail = bands.slowest();
        assert_eq!(tail.samples, 2);
        let close = |left: f64, right: f64| (left - right).abs() < 1.0;
        assert!(close(tail.latency_ns, 75e6), "{tail:?}");
        assert!(close(tail.lag_ns, 20e6), "{tail:?}");
        assert!(close(tail.network_ns, 55e6), "{tail:?}");
        assert!(close(tail.other_ns, 0.0), "{tail:?}");
        // Part of a band is as long as its mean.
        for _ in 0..200 {
            bands.record(&sample(5, 1), Nanos::ZERO);
        }
        let tail = bands.slowest();
        assert_eq!(tail.samples, 4);
        assert!(close(tail.latency_ns, 40e6), "{tail:?}");
    }

    #[test]
    fn fewer_than_a_hundred_have_no_tail() {
        assert_eq!(Bands::default().slowest().samples, 0);
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
