//! The open engine against arithmetic: a clock moved by hand and a scripted target, so
//! that seconds of load pass in milliseconds and every figure is known beforehand.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up is a failure"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use leadbench::client::{Attempt, Callout, Spent, Transport};
use leadbench::clock::Clock;
use leadbench::engine::{Alarm, Caller, OpenWorker, Schedule, Stop};
use leadbench::lead::Leads;
use leadbench::phase::Phase;
use leadbench::plan::{Arrivals, LeadPlan, LeadShape, Overflow, RateLoad};
use leadbench::record::{
    Collector, Facts, Health, IntervalLog, LoadFacts, LoadRecorders, Recorder,
};
use leadbench::sample::Outcome;
use leadbench::summary::{Model, RunState, Summary, Validity};
use leadbench::token::Feed;
use leadbench::units::{Nanos, Seed};
use tokio::time::Instant;

/// A target with one server that takes `service` for each callout, first come first
/// served: Lindley's recursion is its answer.
#[derive(Clone, Debug)]
struct OneServer {
    clock: Clock,
    service: Nanos,
    free_at: Arc<AtomicU64>,
}

/// A target that answers each callout after `service`, however many there are.
#[derive(Clone, Debug)]
struct ManyServers {
    clock: Clock,
    service: Nanos,
}

impl Transport for OneServer {
    async fn post(&mut self, _: Callout) -> Attempt {
        let began = self.clock.now();
        let starts = began.0.max(self.free_at.load(Relaxed));
        let ends = Nanos(starts) + self.service;
        self.free_at.store(ends.0, Relaxed);
        tokio::time::sleep_until(self.clock.instant(ends)).await;
        answered(began, self.clock.now())
    }
}

impl Transport for ManyServers {
    async fn post(&mut self, _: Callout) -> Attempt {
        let began = self.clock.now();
        tokio::time::sleep(self.service.as_duration()).await;
        answered(began, self.clock.now())
    }
}

fn answered(began: Nanos, ended: Nanos) -> Attempt {
    Attempt {
        began,
        ended,
        spent: Spent::default(),
        first_write: Some(began),
        last_write: Some(began),
        first_read: Some(ended),
        last_read: Some(ended),
        server: None,
        status: Some(201),
        response_bytes: 0,
        outcome: Outcome::Ok,
        failed: None,
    }
}

fn load(rate: &str, seconds: u64, max_in_flight: usize, overflow: Overflow) -> RateLoad {
    let rate = rate.parse().unwrap();
    RateLoad {
        max_in_flight,
        overflow,
        ..RateLoad::constant(rate, Nanos::from_secs(seconds), Arrivals::Uniform)
    }
}

fn clock() -> Clock {
    Clock::new(Instant::now(), Duration::ZERO)
}

/// Drives a load with one worker and sums up.
async fn drive<T: Transport + Clone + 'static>(
    load: RateLoad,
    clock: Clock,
    transport: T,
    stop: Stop,
) -> Summary {
    let recorder = Arc::new(Recorder::new(Nanos::ZERO));
    let plan = LeadPlan {
        shape: LeadShape::Sobject,
        seed: Seed(1),
    };
    let leads = Leads::new(plan, 1, time::OffsetDateTime::UNIX_EPOCH);
    let worker = OpenWorker {
        arrivals: Schedule::new(load.clone(), Seed(1)).arrivals(),
        caller: {
            let recorder = Arc::clone(&recorder);
            move || Caller {
                transport: transport.clone(),
                feed: Feed::None,
                leads: leads.writer(),
                recorder: Arc::clone(&recorder),
                clock,
                retry_on_401: false,
            }
        },
        feed: Feed::None,
        recorder: Arc::clone(&recorder),
        clock,
        max_in_flight: load.max_in_flight,
        overflow: load.overflow,
        grace: Nanos::from_secs(1),
        stop: stop.clone(),
    };
    worker.run(Alarm::Tokio).await.unwrap();
    let log = IntervalLog::begin(std::io::sink(), "test", Duration::ZERO).unwrap();
    let only = LoadRecorders {
        name: "only".to_owned(),
        recorders: vec![recorder],
    };
    let mut collector = Collector::new(vec![only], log);
    collector
        .collect(clock.now(), &Health::default())
        .1
        .unwrap();
    let mut facts = facts();
    facts.elapsed = load.duration();
    facts.run.state = if stop.is_raised() {
        RunState::Interrupted
    } else {
        RunState::Finished
    };
    collector.summarize(&facts)
}

/// The facts of a fixture; what the recording does not know matters little here.
fn facts() -> Facts {
    let fixture = include_str!("fixtures/summaries/typical.json");
    let summary: Summary = serde_json::from_str(fixture).unwrap();
    let mut run = summary.run;
    run.load.warmup_ns = 0;
    Facts {
        run,
        loads: vec![LoadFacts {
            name: "only".to_owned(),
            description: String::new(),
            model: Model::Open,
            start: Nanos::ZERO,
            warmup: Nanos::ZERO,
            end: None,
            asked_per_s: None,
            schedule_sha256: None,
            late: 0,
        }],
        signing: leadbench::summary::Signing::default(),
        thresholds: Vec::new(),
        elapsed: Nanos::ZERO,
        health: Health::default(),
    }
}

/// A tenth of a percent for the histogram, two ticks for tokio's timer.
#[track_caller]
fn assert_close(actual_ns: u64, expected: Nanos) {
    let tolerance = expected.0 / 1_000 + 2_000_000;
    assert!(
        actual_ns.abs_diff(expected.0) <= tolerance,
        "{} is not about {expected}",
        Nanos(actual_ns)
    );
}

#[track_caller]
fn assert_adds_up(summary: &Summary) {
    let counts = &summary.counts;
    assert_eq!(
        counts.planned,
        counts.completed + counts.dropped + counts.interrupted
    );
    assert_eq!(counts.completed, counts.ok + counts.failed);
    assert_eq!(summary.outcomes.values().sum::<u64>(), counts.completed);
}

// A target that takes a second must not delay the arrivals of that second.
#[tokio::test(start_paused = true)]
async fn a_slow_target_does_not_delay_the_next_arrival() {
    let clock = clock();
    let service = Nanos::from_secs(1);
    let target = ManyServers { clock, service };
    let summary = drive(
        load("100/s", 3, 1_000, Overflow::Queue),
        clock,
        target,
        Stop::default(),
    )
    .await;
    assert_eq!(summary.counts.ok, 300);
    assert_eq!(summary.counts.queued, 0);
    assert_close(summary.phases[&Phase::Lag].max_ns, Nanos::ZERO);
    assert_close(summary.phases[&Phase::Latency].min_ns, service);
    assert_close(summary.phases[&Phase::Latency].max_ns, service);
    assert_adds_up(&summary);
}

// Overload, 150/s at a server of 100/s for 20 s: the backlog grows in a line, so the
// latency of the last arrival is half of the time, 10 s, and the median half of that.
#[tokio::test(start_paused = true)]
async fn overload_shows_the_whole_backlog() {
    let clock = clock();
    let target = OneServer {
        clock,
        service: Nanos::from_millis(10),
        free_at: Arc::default(),
    };
    let summary = drive(
        load("150/s", 20, 10_000, Overflow::Queue),
        clock,
        target,
        Stop::default(),
    )
    .await;
    let latency = &summary.phases[&Phase::Latency];
    assert_eq!(latency.count, 3_000);
    assert_close(latency.p50_ns, Nanos::from_millis(5_005));
    assert_close(latency.p99_ns, Nanos::from_millis(9_905));
    assert_close(latency.max_ns, Nanos::from_millis(10_006));
}

// One slot, 100 ms each, 20 arrivals a second: each waits for those before it, and its
// wait is in `queue` and in its latency, not in `lag`.
#[tokio::test(start_paused = true)]
async fn an_arrival_that_waits_for_a_slot_keeps_its_planned_instant() {
    let clock = clock();
    let service = Nanos::from_millis(100);
    let summary = drive(
        load("20/s", 1, 1, Overflow::Queue),
        clock,
        ManyServers { clock, service },
        Stop::default(),
    )
    .await;
    assert_eq!(summary.counts.ok, 20);
    assert_eq!(summary.counts.queued, 19);
    // The last is due at 950 ms and ends when 20 services have passed, plus a tick each.
    assert!(summary.phases[&Phase::Latency].max_ns >= Nanos::from_millis(1_050).0);
    assert!(summary.phases[&Phase::Queue].max_ns >= Nanos::from_millis(950).0);
    assert_close(summary.phases[&Phase::Lag].max_ns, Nanos::ZERO);
    assert_close(summary.phases[&Phase::Service].p50_ns, service);
}

#[tokio::test(start_paused = true)]
async fn an_arrival_that_finds_no_slot_is_dropped_and_makes_the_run_invalid() {
    let clock = clock();
    let summary = drive(
        load("100/s", 1, 20, Overflow::Drop),
        clock,
        ManyServers {
            clock,
            service: Nanos::from_secs(10),
        },
        Stop::default(),
    )
    .await;
    assert_eq!(summary.counts.planned, 100);
    assert_eq!(summary.counts.dropped, 80);
    assert_eq!(summary.counts.ok, 20);
    assert_eq!(summary.measurement.verdict, Validity::Invalid);
    assert_adds_up(&summary);
}

// The stop comes at 500 ms, the callouts take 10 s, the grace is 1 s.
#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_arrivals_and_cuts_off_what_is_too_slow() {
    let clock = clock();
    let stop = Stop::default();
    let raise = {
        let stop = stop.clone();
        async move {
            tokio::time::sleep_until(clock.instant(Nanos::from_millis(505))).await;
            stop.raise();
        }
    };
    let service = Nanos::from_secs(10);
    let driven = drive(
        load("100/s", 60, 1_000, Overflow::Queue),
        clock,
        ManyServers { clock, service },
        stop,
    );
    let (summary, ()) = tokio::join!(driven, raise);
    assert_eq!(summary.counts.planned, 51);
    assert_eq!(summary.counts.interrupted, 51);
    assert_eq!(summary.counts.completed, 0);
    assert_close(clock.now().0, Nanos::from_millis(1_505));
}

// Every part of each latency is in a phase.
#[tokio::test(start_paused = true)]
async fn phases_add_up_to_the_latency() {
    let clock = clock();
    let summary = drive(
        load("50/s", 2, 4, Overflow::Queue),
        clock,
        OneServer {
            clock,
            service: Nanos::from_millis(25),
            free_at: Arc::default(),
        },
        Stop::default(),
    )
    .await;
    assert!(!summary.slowest.is_empty());
    for slow in &summary.slowest {
        let span = |phase| slow.phases_ns.get(&phase).copied().unwrap_or_default();
        let parts = [Phase::Lag, Phase::Queue, Phase::Network, Phase::Residual];
        let sum: u64 = parts.into_iter().map(span).sum();
        assert_eq!(sum, span(Phase::Latency), "{slow:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_second_has_its_row() {
    let clock = clock();
    let summary = drive(
        load("10/s", 3, 100, Overflow::Queue),
        clock,
        ManyServers {
            clock,
            service: Nanos::from_millis(1),
        },
        Stop::default(),
    )
    .await;
    let planned: Vec<_> = summary
        .windows
        .iter()
        .map(|window| (window.start_s, window.planned, window.ok))
        .collect();
    assert_eq!(planned, [(0, 10, 10), (1, 10, 10), (2, 10, 10)]);
}
