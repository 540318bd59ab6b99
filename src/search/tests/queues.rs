//! Queues whose limit is known by arithmetic.
//!
//! M/M/1: the response time is exponential with the rate `mu - lambda`, so the share of callouts
//! slower than `t` is `exp(-(mu - lambda) t)`. It is 1 % at `lambda = mu - ln(100) / t`: 153.9/s with
//! 5 ms of service and 100 ms.
//!
//! M/D/1: the wait is longer than `x` with a probability that tends to
//! `(1 - rho) / (rho e^(eta D) - 1) * e^(-eta x)`, where `D` is the time of service, `rho = lambda D`,
//! and `eta` solves `lambda (e^(eta D) - 1) = eta` (Cramér and Lundberg; Asmussen, Applied
//! Probability and Queues).
//!
//! Slow callouts come in a few bursts, so a trial of 20 s is noisy: that is why a lower end may lie
//! more than a width from the limit.

use crate::search::simulation::{Queue, Searched, rates, search};
use crate::units::{Seed, float};

const SERVICE_RATE: f64 = 200.0;
const LIMIT_S: f64 = 0.1;

/// Each search computes about 100,000 callouts.
const SEARCHES: u64 = 100;

fn searched(is_exponential: bool, seed: u64) -> Searched {
    let mut target = Queue {
        service_rate: SERVICE_RATE,
        is_exponential,
        p99_limit_s: LIMIT_S,
        rng: Seed(seed).rng(0),
    };
    search(rates(50.0, 640.0), &mut target)
}

/// Checks how often the lower end lies near the truth.
#[track_caller]
fn check(is_exponential: bool, truth: f64, tolerance: f64) {
    let all: Vec<Searched> = (0..SEARCHES)
        .map(|seed| searched(is_exponential, seed))
        .collect();
    let held = all
        .iter()
        .filter(|found| found.lower() <= truth && truth < found.upper())
        .count();
    let mut lowers: Vec<f64> = all.iter().map(Searched::lower).collect();
    lowers.sort_by(f64::total_cmp);
    let is_near = |lower: &&f64| (*lower / truth).ln().abs() <= tolerance;
    let near = float(lowers.iter().filter(is_near).count());
    println!(
        "truth {truth:.1}/s: {near} of {SEARCHES} within {tolerance}, {held} brackets hold it; \
         from {:.1} to {:.1}, median {:.1}",
        lowers[0],
        lowers[lowers.len() - 1],
        lowers[lowers.len() / 2]
    );
    assert!(near >= 0.95 * float(SEARCHES), "{lowers:?}");
}

#[test]
fn the_limit_of_an_mm1_queue_is_found() {
    let truth = SERVICE_RATE - 100.0_f64.ln() / LIMIT_S;
    assert!((truth - 153.9).abs() < 0.1);
    check(true, truth, 0.1);
}

#[test]
fn the_limit_of_an_md1_queue_is_found() {
    check(false, md1_limit(), 0.075);
}

/// The rate at which 1 % of the callouts to an M/D/1 queue are slower than the limit.
fn md1_limit() -> f64 {
    let service_s = 1.0 / SERVICE_RATE;
    bisect(0.1 * SERVICE_RATE, 0.9999 * SERVICE_RATE, |rate| {
        let eta = bisect(1e-6, 20.0 * SERVICE_RATE, |eta| {
            rate * (eta * service_s).exp_m1() - eta
        });
        let utilization = rate * service_s;
        let factor = (1.0 - utilization) / (utilization * (eta * service_s).exp() - 1.0);
        factor * (-eta * (LIMIT_S - service_s)).exp() - 0.01
    })
}

/// Where a function that is negative and then positive changes its sign.
fn bisect(mut lower: f64, mut upper: f64, function: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..100 {
        let middle = f64::midpoint(lower, upper);
        if function(middle) < 0.0 {
            lower = middle;
        } else {
            upper = middle;
        }
    }
    lower
}
