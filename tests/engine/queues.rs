//! Queues whose every wait is known beforehand, arrival by arrival and in distribution.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use leadbench::client::{Attempt, Callout, Transport};
use leadbench::clock::Clock;
use leadbench::engine::{Schedule, Stop};
use leadbench::phase::Phase;
use leadbench::plan::Arrivals;
use leadbench::summary::Summary;
use leadbench::units::{Nanos, Seed, float, unit_fraction, whole};
use rand::Rng as _;

use crate::support::{clock, constant, drive, drive_shards};
use crate::targets::{ManyServers, Scripted};

/// Services as between independent events, from a seed.
fn exponential(mean: Nanos, number: usize) -> Arc<[Nanos]> {
    let mut rng = Seed(99).rng(0);
    (0..number)
        .map(|_| {
            let uniform = unit_fraction(rng.next_u64());
            Nanos(whole(-(1.0 - uniform).ln() * float(mean.0)))
        })
        .collect()
}

fn one_server(clock: Clock, services: Arc<[Nanos]>) -> Scripted {
    Scripted {
        clock,
        services,
        is_serial: true,
        next: Arc::default(),
        free_at: Arc::default(),
        answered: Arc::default(),
    }
}

/// When each arrival should be answered: Lindley's recursion over its own arrivals.
fn lindley(arrivals: &[Nanos], services: &[Nanos]) -> Vec<Nanos> {
    let mut free = Nanos::ZERO;
    let mut answers = Vec::new();
    for (arrival, service) in arrivals.iter().zip(services) {
        free = (*arrival).max(free) + *service;
        answers.push(free);
    }
    answers
}

// Of each single arrival it is known when it should be answered.
#[tokio::test(start_paused = true)]
async fn every_answer_of_one_server_comes_when_lindley_says() {
    let clock = clock();
    let load = constant("40/s", 50, Arrivals::Poisson);
    let dues: Vec<_> = Schedule::new(load.clone(), Seed(1))
        .arrivals()
        .map(|arrival| arrival.due)
        .collect();
    let services = exponential(Nanos::from_millis(20), dues.len());
    let target = one_server(clock, Arc::clone(&services));
    let answered = Arc::clone(&target.answered);
    let summary = drive(load, clock, target, Stop::default()).await;
    let expect = lindley(&dues, &services);
    let measured = answered.lock().unwrap();
    assert_eq!(measured.len(), expect.len());
    // Late arrivals add up while the server is busy, a timer's tick each at most.
    let worst = measured
        .iter()
        .zip(&expect)
        .map(|(one, other)| one.0.abs_diff(other.0));
    assert!(worst.max().unwrap() < 5_000_000);
    let mut latencies: Vec<_> = expect
        .iter()
        .zip(&dues)
        .map(|(end, due)| *end - *due)
        .collect();
    latencies.sort_unstable();
    let latency = &summary.phases[&Phase::Latency];
    for (fraction, actual) in [
        (0.5, latency.p50_ns),
        (0.9, latency.p90_ns),
        (0.99, latency.p99_ns),
    ] {
        let place = leadbench::units::index(whole(fraction * float(latency.count)));
        let expect = latencies[place.min(latencies.len() - 1)];
        let off = float(actual.abs_diff(expect.0));
        assert!(
            off <= 0.03 * float(expect.0) + 2e6,
            "p{fraction}: {actual} {expect}"
        );
    }
}

/// The quantiles at 0.5, 0.9, 0.99, and the mean, in milliseconds.
fn figures(summary: &Summary) -> [f64; 4] {
    let latency = &summary.phases[&Phase::Latency];
    let ms = |ns: u64| float(ns) / 1e6;
    [
        ms(latency.p50_ns),
        ms(latency.p90_ns),
        ms(latency.p99_ns),
        latency.mean_ns / 1e6,
    ]
}

#[track_caller]
fn assert_near(summary: &Summary, expect: [f64; 4], tolerance: [f64; 4]) {
    for ((actual, expect), tolerance) in figures(summary).into_iter().zip(expect).zip(tolerance) {
        // A tick of the timer, which is part of what is measured.
        let allowed = expect * tolerance + 1.5;
        assert!(
            (actual - expect).abs() <= allowed,
            "{actual:.1} for {expect:.1}"
        );
    }
}

// M/M/1 at half its capacity: the sojourn is exponential with the rate 1/mean - arrivals.
// Of 10,000 the p50 has a standard deviation of 2.7 % and the p99 of 5.8 %.
#[tokio::test(start_paused = true)]
async fn poisson_arrivals_at_an_exponential_server_wait_as_in_theory() {
    let clock = clock();
    let load = constant("25/s", 400, Arrivals::Poisson);
    let services = exponential(Nanos::from_millis(20), 11_000);
    let summary = drive(load, clock, one_server(clock, services), Stop::default()).await;
    let mean = 40.0;
    let expect = [0.5_f64, 0.1, 0.01].map(|above| -above.ln() * mean);
    let expect = [expect[0], expect[1], expect[2], mean];
    assert_near(&summary, expect, [0.11, 0.15, 0.23, 0.12]);
}

// M/D/1 at half its capacity, by Erlang's formula; its median is an edge of the distribution.
#[tokio::test(start_paused = true)]
async fn poisson_arrivals_at_a_constant_server_wait_as_in_theory() {
    let clock = clock();
    let load = constant("25/s", 400, Arrivals::Poisson);
    let services = vec![Nanos::from_millis(20); 11_000].into();
    let summary = drive(load, clock, one_server(clock, services), Stop::default()).await;
    let expect = [1.0, 2.516, 4.336, 1.5].map(|services| services * 20.0);
    assert_near(&summary, expect, [0.15, 0.12, 0.2, 0.08]);
}

/// Answers after 10 ms and notes each body.
#[derive(Clone)]
struct Collecting {
    inner: ManyServers,
    bodies: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Transport for Collecting {
    async fn post(&mut self, callout: &Callout) -> Attempt {
        let body = String::from_utf8(callout.body.to_bytes().to_vec()).unwrap();
        *self.bodies.lock().unwrap().entry(body).or_default() += 1;
        self.inner.post(callout).await
    }
}

#[tokio::test(start_paused = true)]
async fn one_worker_and_three_send_the_same_leads_at_the_same_instants() {
    let mut seen = Vec::new();
    for shards in [1, 3] {
        let clock = clock();
        let bodies = Arc::<Mutex<BTreeMap<String, u64>>>::default();
        let target = Collecting {
            inner: ManyServers {
                clock,
                service: Nanos::from_millis(10),
            },
            bodies: Arc::clone(&bodies),
        };
        let load = constant("100/s", 5, Arrivals::Poisson);
        let summary = drive_shards(load, shards, clock, target, Stop::default()).await;
        let planned: Vec<_> = summary.windows.iter().map(|row| row.planned).collect();
        let bodies = bodies.lock().unwrap().clone();
        assert!(bodies.values().all(|times| *times == 1), "no lead twice");
        seen.push((bodies, planned, summary.counts.ok));
    }
    assert_eq!(seen[0], seen[1]);
}
