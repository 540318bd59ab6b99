//! When the transactions of an org are released: pure arithmetic, like any schedule.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Arrival, STREAMS_OF_A_LOAD, Schedule};
use crate::plan::{RateLoad, Release, SalesforceLoad};
use crate::units::{Nanos, Seed, count, float, whole};

/// The stream of the seed that delays are drawn from.
const DELAYS_STREAM: u64 = 2;

/// The spread of the logarithm of an asynchronous job's delay: its 99th percentile is twenty
/// times its median, seconds that are at times minutes.
const DELAY_SIGMA: f64 = 1.3;

/// The transactions that are released at known instants, in due order; none where the org
/// works off a backlog, whose workers take the next as they come free.
pub fn releases(
    load: &SalesforceLoad,
    seed: Seed,
    number: u64,
    start: Nanos,
) -> Box<dyn Iterator<Item = Arrival> + Send> {
    let all = all_releases(load, seed, number, start);
    match load.shard {
        Some(shard) => Box::new(all.skip(shard.place()).step_by(shard.count())),
        None => all,
    }
}

/// The same of all processes that make the load together.
fn all_releases(
    load: &SalesforceLoad,
    seed: Seed,
    number: u64,
    start: Nanos,
) -> Box<dyn Iterator<Item = Arrival> + Send> {
    let over = load.over;
    match &load.release {
        Release::Backlog { .. } => Box::new(std::iter::empty()),
        Release::Conversions { .. } if load.is_rolled_back() => Box::new(std::iter::empty()),
        Release::Conversions { every, .. } => {
            let parts = load.per_conversion();
            let dues = conversions(*every, over);
            Box::new(dues.zip(0..).flat_map(move |(due, conversion)| {
                (0..parts).map(move |part| Arrival {
                    seq: conversion * parts + part,
                    due: start + due,
                })
            }))
        }
        Release::Stream { rate, delay } => {
            if *delay == Nanos::ZERO {
                let schedule = Schedule::new(whole_rate(rate), seed).of_load(number, start);
                return Box::new(schedule.arrivals());
            }
            let delayed = delayed_stream(rate, *delay, seed, number, start);
            let mut dues: Vec<Nanos> = delayed.filter(|due| *due < start + over).collect();
            dues.sort_unstable();
            Box::new(
                dues.into_iter()
                    .zip(0..)
                    .map(|(due, seq)| Arrival { seq, due }),
            )
        }
    }
}

/// Transactions whose delay ends after the load, so that they never run in it.
pub fn delayed_past_end(load: &SalesforceLoad, seed: Seed, number: u64) -> u64 {
    match &load.release {
        Release::Stream { rate, delay } if *delay > Nanos::ZERO => {
            let delayed = delayed_stream(rate, *delay, seed, number, Nanos::ZERO);
            count(delayed.filter(|due| *due >= load.over).count())
        }
        Release::Stream { .. } | Release::Backlog { .. } | Release::Conversions { .. } => 0,
    }
}

/// The rate of all processes that make the load together.
fn whole_rate(rate: &RateLoad) -> RateLoad {
    RateLoad {
        shard: None,
        ..rate.clone()
    }
}

/// When the jobs of a stream run, in the order of their conversions.
fn delayed_stream(
    rate: &RateLoad,
    median: Nanos,
    seed: Seed,
    number: u64,
    start: Nanos,
) -> impl Iterator<Item = Nanos> + use<> {
    let schedule = Schedule::new(whole_rate(rate), seed).of_load(number, start);
    let mut rng = seed.rng(DELAYS_STREAM + (number << STREAMS_OF_A_LOAD));
    schedule
        .arrivals()
        .map(move |arrival| arrival.due + delayed(median, &mut rng))
}

/// When leads are converted, since the start of the load.
pub fn conversions(
    every: Option<Nanos>,
    over: Nanos,
) -> impl Iterator<Item = Nanos> + Send + use<> {
    let step = every.unwrap_or(over).0.max(1);
    (0..over.0.div_ceil(step)).map(move |n| Nanos(n * step))
}

/// A log-normal delay: the median times e to a normal number (Box and Muller, 1958).
fn delayed(median: Nanos, rng: &mut ChaCha8Rng) -> Nanos {
    let mut uniform = || (float(rng.next_u64() >> 11) + 0.5) / float(1_u64 << 53);
    let radius = libm::sqrt(-2.0 * libm::log(uniform()));
    let normal = radius * libm::cos(std::f64::consts::TAU * uniform());
    Nanos(whole(float(median.0) * libm::exp(DELAY_SIGMA * normal)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Arrivals, Preset, RateLoad};

    fn load(release: Release, callouts: u64) -> SalesforceLoad {
        SalesforceLoad {
            preset: Preset::BulkConvert,
            release,
            workers: 50,
            callouts,
            re_enqueue: 0,
            shard: None,
            over: Nanos::from_secs(10),
        }
    }

    fn dues(load: &SalesforceLoad) -> Vec<(u64, u64)> {
        releases(load, Seed(1), 0, Nanos::from_secs(1))
            .map(|release| (release.seq, release.due.as_secs()))
            .collect()
    }

    #[test]
    fn conversions_come_in_trains_until_the_load_ends() {
        let every = |every| Release::Conversions { leads: 150, every };
        let trains = load(every(Some(Nanos::from_secs(4))), 100);
        let expect = [(0, 1), (1, 1), (2, 5), (3, 5), (4, 9), (5, 9)];
        assert_eq!(dues(&trains), expect);
        assert_eq!(dues(&load(every(None), 100)), [(0, 1), (1, 1)]);
    }

    #[test]
    fn a_backlog_is_released_by_its_workers() {
        let backlog = Release::Backlog {
            quiet: Nanos::ZERO,
            leads: None,
        };
        assert_eq!(dues(&load(backlog, 100)), []);
    }

    // Of 20,000 delays half are below the median, to four standard errors, and the tail is
    // as heavy as it should be.
    #[test]
    fn delays_have_their_median_and_a_long_tail() {
        let mut rng = Seed(3).rng(DELAYS_STREAM);
        let median = Nanos::from_secs(2);
        let mut delays: Vec<_> = (0..20_000).map(|_| delayed(median, &mut rng)).collect();
        delays.sort_unstable();
        let at = |place: usize| delays[place].as_secs_f64() / 2.0;
        assert!((0.95..1.05).contains(&at(10_000)), "{}", at(10_000));
        assert!((18.0..24.0).contains(&at(19_800)), "{}", at(19_800));
    }

    #[test]
    fn delayed_jobs_run_in_order_and_within_the_load() {
        let rate = "200/s".parse().unwrap();
        let stream = Release::Stream {
            rate: RateLoad::constant(rate, Nanos::from_secs(10), Arrivals::Poisson),
            delay: Nanos::from_secs(1),
        };
        let load = load(stream, 1);
        let dues: Vec<_> = releases(&load, Seed(1), 0, Nanos::ZERO).collect();
        assert!((1_500..1_900).contains(&dues.len()), "{}", dues.len());
        assert!(dues.is_sorted_by_key(|release| release.due));
        assert!(
            dues.iter()
                .zip(0..)
                .all(|(release, seq)| release.seq == seq)
        );
        assert!(dues.last().unwrap().due < Nanos::from_secs(10));
        // What is not released is counted.
        let all = Schedule::new(
            RateLoad::constant(rate, Nanos::from_secs(10), Arrivals::Poisson),
            Seed(1),
        );
        let late = delayed_past_end(&load, Seed(1), 0);
        assert_eq!(count(dues.len()) + late, count(all.arrivals().count()));
    }
}
