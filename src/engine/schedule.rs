//! When iterations are due.
//!
//! A schedule is arithmetic on counts and nanoseconds. It owns no timer and never learns
//! how the target behaves, so a slow target cannot stretch it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::plan::{Arrivals, RateLoad};
use crate::units::{Nanos, Seed, float, whole};

/// The stream of the seed that gaps are drawn from.
const GAPS_STREAM: u64 = 1;

/// All arrivals of an open load; the same seed gives the same ones for ever.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    load: RateLoad,
    seed: Seed,
}

/// One arrival.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// Its number within the load, from 0.
    pub seq: u64,
    /// When it is due.
    pub due: Nanos,
}

impl Schedule {
    /// The schedule of a load.
    pub const fn new(load: RateLoad, seed: Seed) -> Self {
        Self { load, seed }
    }

    /// The arrivals in due order; none is due at or after the end of the load.
    pub fn arrivals(&self) -> impl Iterator<Item = Arrival> + Send + use<> {
        let load = self.load;
        let mut gaps = Gaps::new(load, self.seed);
        (0..)
            .map(move |seq| Arrival {
                seq,
                due: gaps.due(seq),
            })
            .take_while(move |arrival| arrival.due < load.duration)
    }

    /// The arrivals of one shard of many: every `shards`-th, so that all shards together
    /// are the whole, each exactly as it was.
    pub fn shard(
        &self,
        shard: usize,
        shards: usize,
    ) -> impl Iterator<Item = Arrival> + Send + use<> {
        self.arrivals().skip(shard).step_by(shards.max(1))
    }
}

/// Where the last arrival was, as far as the next one depends on it.
enum Gaps {
    Uniform(RateLoad),
    Poisson {
        // Boxed, for its state is half a kilobyte.
        rng: Box<ChaCha8Rng>,
        mean_ns: f64,
        at: Nanos,
    },
}

impl Gaps {
    fn new(load: RateLoad, seed: Seed) -> Self {
        match load.arrivals {
            Arrivals::Uniform => Self::Uniform(load),
            Arrivals::Poisson => Self::Poisson {
                rng: Box::new(seed.rng(GAPS_STREAM)),
                mean_ns: 1e9 / load.rate.as_per_second(),
                at: Nanos::ZERO,
            },
        }
    }

    fn due(&mut self, seq: u64) -> Nanos {
        match self {
            Self::Uniform(load) => load.rate.due(seq),
            Self::Poisson { rng, mean_ns, at } => {
                // Gaps of a Poisson process are exponential: -ln(1 - U) / rate, with U of
                // 53 random bits. Rounding to nanoseconds is unbiased, so sums do not drift.
                let uniform = float(rng.next_u64() >> 11) / float(1 << 53);
                *at += Nanos(whole(-libm::log1p(-uniform) * *mean_ns));
                *at
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Overflow;

    fn schedule(rate: &str, arrivals: Arrivals, seconds: u64, seed: u64) -> Schedule {
        Schedule::new(
            RateLoad {
                rate: rate.parse().unwrap(),
                arrivals,
                duration: Nanos::from_secs(seconds),
                max_in_flight: 1,
                overflow: Overflow::Queue,
            },
            Seed(seed),
        )
    }

    #[test]
    fn uniform_arrivals_are_exact_and_end_with_the_load() {
        let dues: Vec<_> = schedule("1000/min", Arrivals::Uniform, 60, 1)
            .arrivals()
            .collect();
        assert_eq!(dues.len(), 1_000);
        assert_eq!(dues[500].due, Nanos::from_secs(30));
        assert!(dues.last().unwrap().due < Nanos::from_secs(60));
    }

    // The first gaps of seed 1: a change here changes every run of every user.
    #[test]
    fn a_seed_means_one_schedule_for_ever() {
        let dues: Vec<u64> = schedule("1000/s", Arrivals::Poisson, 1, 1)
            .arrivals()
            .take(4)
            .map(|arrival| arrival.due.0)
            .collect();
        assert_eq!(dues, [1_909_950, 1_962_205, 2_780_354, 2_886_310]);
    }

    // Index of dispersion: in a Poisson process the counts of equal spans have a variance
    // equal to their mean. 2,000 spans give it a standard error of about 0.03.
    #[test]
    fn poisson_counts_vary_as_much_as_their_mean() {
        let mut counts = vec![0_u32; 2_000];
        for arrival in schedule("100/s", Arrivals::Poisson, 2_000, 7).arrivals() {
            counts[crate::units::index(arrival.due.as_secs())] += 1;
        }
        let spans = 2_000.0;
        let mean = counts.iter().map(|&n| f64::from(n)).sum::<f64>() / spans;
        let variance = counts
            .iter()
            .map(|&n| (f64::from(n) - mean).powi(2))
            .sum::<f64>()
            / (spans - 1.0);
        assert!((99.0..101.0).contains(&mean), "{mean}");
        assert!(
            (0.85..1.15).contains(&(variance / mean)),
            "{}",
            variance / mean
        );
    }

    proptest! {
        #[test]
        fn dues_never_go_back(seed: u64, poisson: bool) {
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Uniform };
            let dues: Vec<_> = schedule("500/s", arrivals, 2, seed).arrivals().collect();
            prop_assert!(dues.windows(2).all(|pair| pair[0].due <= pair[1].due));
            prop_assert!(dues.iter().zip(0..).all(|(arrival, seq)| arrival.seq == seq));
        }

        #[test]
        fn shards_together_are_the_whole(seed: u64, shards in 1_usize..9) {
            let schedule = schedule("300/s", Arrivals::Poisson, 1, seed);
            let mut parts: Vec<_> = (0..shards)
                .flat_map(|shard| schedule.shard(shard, shards))
                .collect();
            parts.sort_by_key(|arrival| arrival.seq);
            prop_assert_eq!(parts, schedule.arrivals().collect::<Vec<_>>());
        }
    }
}
