//! Open loads: what a slow target, a full house and a stop do to them.

use std::sync::Arc;

use leadbench::engine::Stop;
use leadbench::phase::Phase;
use leadbench::plan::{Overflow, RateLoad};
use leadbench::summary::{ReasonCode, Validity};
use leadbench::units::Nanos;

use crate::support::{assert_adds_up, assert_close, clock, drive, drive_to_slot, load};
use crate::targets::{ManyServers, OneServer};

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
    // Honest, but the target did not get the load that was asked for.
    assert_ne!(summary.measurement.verdict, Validity::Valid);
    let reasons = &summary.measurement.coded_reasons;
    let is_told = reasons
        .iter()
        .any(|reason| reason.code == ReasonCode::ArrivalsQueued);
    assert!(is_told, "{reasons:?}");
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

#[tokio::test(start_paused = true)]
async fn an_arrival_that_has_a_slot_when_the_stop_comes_is_counted() {
    let clock = clock();
    let service = Nanos::from_secs(10);
    let summary = drive_to_slot(
        load("100/s", 1, 20, Overflow::Drop),
        clock,
        ManyServers { clock, service },
        3,
    )
    .await;
    assert_eq!(summary.counts.planned, 3);
    assert_eq!(summary.counts.interrupted, 3);
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

// One arrival each 10 ms, sent every 30 ms: one of three is on time, and the others are 10 ms and 20 ms
// late.
#[tokio::test(start_paused = true)]
async fn a_tick_sends_together_what_came_due_and_counts_the_lateness() {
    let clock = clock();
    let service = Nanos::from_millis(10);
    let ticked = RateLoad {
        tick: Nanos::from_millis(30),
        ..load("100/s", 3, 1_000, Overflow::Queue)
    };
    let target = ManyServers { clock, service };
    let summary = drive(ticked, clock, target, Stop::default()).await;
    assert_eq!(summary.counts.ok, 300);
    let lag = &summary.phases[&Phase::Lag];
    assert_close(lag.p50_ns, Nanos::from_millis(10));
    assert_close(lag.max_ns, Nanos::from_millis(20));
    let latency = &summary.phases[&Phase::Latency];
    assert_close(latency.max_ns, Nanos::from_millis(30));
    assert_adds_up(&summary);
}
