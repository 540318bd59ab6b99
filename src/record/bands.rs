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

/// The parts that are summed, `sign` only where it was waited for.
const PARTS: [Phase; 10] = [
    Phase::Latency,
    Phase::Lag,
    Phase::Queue,
    Phase::Retry,
    Phase::SignWait,
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
}

impl Sums {
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
            dns,
            connect,
            tls,
            network,
            server,
        ] = self.parts.map(|sum| float(sum) / samples);
        let sign = float(self.sign_in_path) / samples;
        let connection = dns + connect + tls;
        let known = lag + queue + retry + sign_wait + sign + connection + network;
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
