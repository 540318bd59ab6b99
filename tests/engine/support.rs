//! Driving a load by virtual time, and summing up.

use std::sync::Arc;
use std::time::Duration;

use leadbench::client::Transport;
use leadbench::clock::Clock;
use leadbench::engine::{
    Caller, EngineError, OpenWorker, Schedule, Stop, Timer, TransactionLoad, TransactionTally,
    releases,
};
use leadbench::lead::Leads;
use leadbench::plan::{Arrivals, LeadPlan, Overflow, RateLoad, SalesforceLoad};
use leadbench::record::{IntervalLog, Recorder};
use leadbench::recording::{LoadFacts, RunFacts};
use leadbench::summarize::{Collector, LoadRecorders};
use leadbench::summary::{Model, RunState, Summary};
use leadbench::token::TokenProvider;
use leadbench::units::{Nanos, Seed};
use leadbench::validity::Health;
use tokio::time::Instant;

pub(crate) fn load(rate: &str, seconds: u64, max_in_flight: usize, overflow: Overflow) -> RateLoad {
    RateLoad {
        max_in_flight,
        overflow,
        ..constant(rate, seconds, Arrivals::Uniform)
    }
}

/// A constant rate with room for everything.
pub(crate) fn constant(rate: &str, seconds: u64, arrivals: Arrivals) -> RateLoad {
    RateLoad {
        max_in_flight: 100_000,
        ..RateLoad::constant(rate.parse().unwrap(), Nanos::from_secs(seconds), arrivals)
    }
}

pub(crate) fn clock() -> Clock {
    Clock::new(Instant::now(), Duration::ZERO)
}

/// What makes callers of a worker.
fn callers<T: Transport + Clone>(
    clock: Clock,
    transport: T,
    recorder: &Arc<Recorder>,
) -> impl FnMut() -> Caller<T> + use<T> {
    let plan = LeadPlan {
        seed: Seed(1),
        ..LeadPlan::default()
    };
    let leads = Leads::new(&plan, 1, time::OffsetDateTime::UNIX_EPOCH);
    let recorder = Arc::clone(recorder);
    move || Caller {
        transport: transport.clone(),
        provider: TokenProvider::None,
        leads: Arc::new(leads.clone()),
        recorder: Arc::clone(&recorder),
        clock,
        retry: leadbench::engine::RetryPolicy::default(),
        exchange: None,
        negatives: None,
        last_bearer: None,
        traces: None,
        observers: leadbench::engine::Observers::default(),
    }
}

/// Drives a load with one worker and sums up.
pub(crate) async fn drive<T: Transport + Clone + 'static>(
    load: RateLoad,
    clock: Clock,
    transport: T,
    stop: Stop,
) -> Summary {
    drive_shards(load, 1, clock, transport, stop).await
}

/// Drives a load with many workers and sums up.
pub(crate) async fn drive_shards<T: Transport + Clone + 'static>(
    load: RateLoad,
    shards: usize,
    clock: Clock,
    transport: T,
    stop: Stop,
) -> Summary {
    let schedule = Schedule::new(load.clone(), Seed(1));
    let mut recorders = Vec::new();
    let mut running = Vec::new();
    for shard in 0..shards {
        let recorder = Arc::new(Recorder::new(Nanos::ZERO).ending(Some(load.duration())));
        let worker = OpenWorker {
            arrivals: schedule.shard(shard, shards),
            caller: callers(clock, transport.clone(), &recorder),
            provider: TokenProvider::None,
            recorder: Arc::clone(&recorder),
            clock,
            max_in_flight: load.max_in_flight,
            overflow: load.overflow,
            tick: load.tick,
            grace: Nanos::from_secs(1),
            stop: stop.clone(),
        };
        recorders.push(recorder);
        running.push(Box::pin(worker.run(Timer::Tokio)));
    }
    let mut running = running.into_iter();
    let (first, second, third) = (running.next(), running.next(), running.next());
    let all = async |worker: Option<_>| match worker {
        Some(worker) => worker.await,
        None => Ok(()),
    };
    let (first, second, third) = tokio::join!(all(first), all(second), all(third));
    first.and(second).and(third).unwrap();
    assert!(running.next().is_none(), "three shards at most");
    sum_up(recorders, clock, load.duration(), &stop)
}

/// Drives an org with one worker and sums up.
pub(crate) async fn drive_org<T: Transport + Clone + 'static>(
    org: SalesforceLoad,
    clock: Clock,
    transport: T,
) -> (Summary, Arc<TransactionTally>) {
    let (ended, summary, tally) = try_drive_org(org, clock, transport).await;
    ended.unwrap();
    (summary, tally)
}

/// The same to an end that may be a bad one.
pub(crate) async fn try_drive_org<T: Transport + Clone + 'static>(
    org: SalesforceLoad,
    clock: Clock,
    transport: T,
) -> (Result<(), EngineError>, Summary, Arc<TransactionTally>) {
    let recorder = Arc::new(Recorder::new(Nanos::ZERO).ending(Some(org.over)));
    let tally = Arc::<TransactionTally>::default();
    let stop = Stop::default();
    let rolled_back = org.is_rolled_back().then_some(Nanos::ZERO);
    let worker = TransactionLoad {
        releases: releases(&org, Seed(1), 0, Nanos::ZERO),
        rolled_back: Box::new(rolled_back.into_iter()),
        workers: org.workers,
        start: Nanos::ZERO,
        load: Arc::new(org.clone()),
        caller: callers(clock, transport, &recorder),
        recorder: Arc::clone(&recorder),
        tally: Arc::clone(&tally),
        clock,
        grace: Nanos::from_secs(1),
        stop: stop.clone(),
    };
    let ended = worker.run(Timer::Tokio).await;
    let summary = sum_up(vec![recorder], clock, org.over, &stop);
    (ended, summary, tally)
}

/// Drives a load with one worker to an end that may be a bad one, and sums up.
pub(crate) async fn try_drive<T: Transport + Clone + 'static>(
    load: RateLoad,
    clock: Clock,
    transport: T,
) -> (Result<(), EngineError>, Summary) {
    let recorder = Arc::new(Recorder::new(Nanos::ZERO).ending(Some(load.duration())));
    let stop = Stop::default();
    let worker = OpenWorker {
        arrivals: Schedule::new(load.clone(), Seed(1)).shard(0, 1),
        caller: callers(clock, transport, &recorder),
        provider: TokenProvider::None,
        recorder: Arc::clone(&recorder),
        clock,
        max_in_flight: load.max_in_flight,
        overflow: load.overflow,
        tick: load.tick,
        grace: Nanos::from_secs(1),
        stop: stop.clone(),
    };
    let ended = worker.run(Timer::Tokio).await;
    (ended, sum_up(vec![recorder], clock, load.duration(), &stop))
}

/// Drives a load with one worker, whose stop is raised as its slot of this number opens, and which waits
/// for nothing from then on.
pub(crate) async fn drive_to_slot<T: Transport + Clone + 'static>(
    load: RateLoad,
    clock: Clock,
    transport: T,
    last: u64,
) -> Summary {
    let recorder = Arc::new(Recorder::new(Nanos::ZERO).ending(Some(load.duration())));
    let stop = Stop::default();
    let mut callers = callers(clock, transport, &recorder);
    let mut slots = 0;
    let worker = OpenWorker {
        arrivals: Schedule::new(load.clone(), Seed(1)).shard(0, 1),
        caller: || {
            slots += 1;
            if slots == last {
                stop.raise();
            }
            callers()
        },
        provider: TokenProvider::None,
        recorder: Arc::clone(&recorder),
        clock,
        max_in_flight: load.max_in_flight,
        overflow: load.overflow,
        tick: load.tick,
        grace: Nanos::ZERO,
        stop: stop.clone(),
    };
    worker.run(Timer::Tokio).await.unwrap();
    sum_up(vec![recorder], clock, load.duration(), &stop)
}

/// Drives a load with one worker, collects each second as a run does, and tells of each.
pub(crate) async fn drive_for<T: Transport + Clone + 'static>(
    load: RateLoad,
    clock: Clock,
    transport: T,
    mut at_second: impl FnMut(u64),
) -> Summary {
    let recorder = Arc::new(Recorder::new(Nanos::ZERO).ending(Some(load.duration())));
    let worker = OpenWorker {
        arrivals: Schedule::new(load.clone(), Seed(1)).shard(0, 1),
        caller: callers(clock, transport, &recorder),
        provider: TokenProvider::None,
        recorder: Arc::clone(&recorder),
        clock,
        max_in_flight: load.max_in_flight,
        overflow: load.overflow,
        tick: load.tick,
        grace: Nanos::from_secs(1),
        stop: Stop::default(),
    };
    let mut collector = collector(vec![recorder]);
    let collecting = async {
        for second in 1..=load.duration().as_secs() {
            tokio::time::sleep_until(clock.instant(Nanos::from_secs(second))).await;
            let (_, written) = collector.collect(clock.now(), &facts(load.duration()));
            written.log.unwrap();
            at_second(second);
        }
    };
    let (ran, ()) = tokio::join!(worker.run(Timer::Tokio), collecting);
    ran.unwrap();
    let (_, written) = collector.collect(clock.now(), &facts(load.duration()));
    written.log.unwrap();
    collector.summarize(&facts(load.duration()))
}

fn collector(recorders: Vec<Arc<Recorder>>) -> Collector<std::io::Sink> {
    let log = IntervalLog::begin(std::io::sink(), "test", Duration::ZERO).unwrap();
    let only = LoadRecorders {
        name: "only".to_owned(),
        recorders,
        turns: None,
    };
    Collector::new(vec![only], log)
}

fn sum_up(recorders: Vec<Arc<Recorder>>, clock: Clock, over: Nanos, stop: &Stop) -> Summary {
    let mut collector = collector(recorders);
    let mut facts = facts(over);
    let (_, written) = collector.collect(clock.now(), &facts);
    written.log.unwrap();
    facts.run.state = if stop.is_raised() {
        RunState::Interrupted
    } else {
        RunState::Finished
    };
    collector.summarize(&facts)
}

/// The facts of a fixture; what the recording does not know matters little here.
fn facts(over: Nanos) -> RunFacts {
    let fixture = include_str!("../fixtures/summaries/typical.json");
    let summary: Summary = serde_json::from_str(fixture).unwrap();
    let mut run = summary.run;
    run.load.warmup_ns = 0;
    RunFacts {
        run,
        loads: vec![LoadFacts {
            name: "only".to_owned(),
            description: String::new(),
            model: Model::Open,
            start: Nanos::ZERO,
            warmup: Nanos::ZERO,
            planned_end: Some(over),
            end: Some(over),
            measured_at_most: None,
            asked_per_s: None,
            schedule_sha256: None,
            turns: None,
            late: 0,
            salesforce: None,
        }],
        signing: leadbench::summary::Signing::default(),
        token_endpoint: None,
        thresholds: Vec::new(),
        elapsed: over,
        health: Health::default(),
        warnings: Vec::new(),
        wire: None,
        traces: None,
        server_total: Vec::new(),
        preflight: None,
        matrix: None,
        negative: None,
        has_ramp: false,
    }
}

/// A tenth of a percent for the histogram, two ticks for tokio's timer.
#[track_caller]
pub(crate) fn assert_close(actual_ns: u64, expected: Nanos) {
    let tolerance = expected.0 / 1_000 + 2_000_000;
    assert!(
        actual_ns.abs_diff(expected.0) <= tolerance,
        "{} is not about {expected}",
        Nanos(actual_ns)
    );
}

#[track_caller]
pub(crate) fn assert_adds_up(summary: &Summary) {
    let counts = &summary.counts;
    assert_eq!(
        counts.planned,
        counts.completed + counts.dropped + counts.interrupted
    );
    assert_eq!(counts.completed, counts.ok + counts.failed);
    assert_eq!(summary.outcomes.values().sum::<u64>(), counts.completed);
}
