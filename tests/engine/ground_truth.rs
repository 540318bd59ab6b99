//! A target that stands still, against the arithmetic of what its callers then feel.
//!
//! A standstill of S in each period T, met at a rate R by callouts that take D: with k = 1
//! where the target serves all at once, and k = 1 - R D where it has one server, the
//! quantile of the latency is max(D, S + D - (1 - p) k T) and its mean D + S^2 / (2 k T).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use leadbench::engine::Stop;
use leadbench::phase::Phase;
use leadbench::plan::{Arrivals, Overflow};
use leadbench::summary::{SpectrumPoint, Summary};
use leadbench::units::Nanos;

use crate::support::{clock, constant, drive, load};
use crate::targets::{Freezing, ManyServers};

/// One experiment; times in milliseconds.
struct Freeze {
    still: u64,
    period: u64,
    service_us: u64,
    rate: u64,
    /// The load on the only server, where there is but one.
    one_server: Option<f64>,
    periods: u64,
}

impl Freeze {
    async fn run(&self) -> Summary {
        let clock = clock();
        let seconds = self.period * self.periods / 1_000;
        let target = Freezing {
            clock,
            service: Nanos(self.service_us * 1_000),
            still: Nanos::from_millis(self.still),
            period: Nanos::from_millis(self.period),
            one: self.one_server.map(|_| Arc::new(AtomicU64::new(0))),
        };
        let load = constant(&format!("{}/s", self.rate), seconds, Arrivals::Uniform);
        drive(load, clock, target, Stop::default()).await
    }

    fn slack(&self) -> f64 {
        1.0 - self.one_server.unwrap_or_default()
    }

    /// The quantile in milliseconds.
    fn quantile(&self, fraction: f64) -> f64 {
        let (still, period) = (
            leadbench::units::float(self.still),
            leadbench::units::float(self.period),
        );
        let service = leadbench::units::float(self.service_us) / 1e3;
        service.max(still + service - (1.0 - fraction) * self.slack() * period)
    }

    fn mean(&self) -> f64 {
        let (still, period) = (
            leadbench::units::float(self.still),
            leadbench::units::float(self.period),
        );
        leadbench::units::float(self.service_us) / 1e3
            + still * still / (2.0 * self.slack() * period)
    }

    /// Asserts the formula, within an arrival and the timer's granularity.
    #[track_caller]
    fn holds(&self, summary: &Summary) {
        let latency = &summary.phases[&Phase::Latency];
        assert_eq!(
            latency.count,
            self.rate * self.period * self.periods / 1_000
        );
        let tolerance = 1_000.0 / leadbench::units::float(self.rate) + 5.0;
        for (fraction, actual) in [
            (0.5, latency.p50_ns),
            (0.95, latency.p95_ns),
            (0.99, latency.p99_ns),
            (0.999, latency.p99_9_ns),
        ] {
            let (actual, expect) = (
                leadbench::units::float(actual) / 1e6,
                self.quantile(fraction),
            );
            assert!(
                (actual - expect).abs() <= tolerance,
                "p{}: {actual:.1} ms, and {expect:.1} ms by arithmetic",
                fraction * 100.0
            );
        }
        let (mean, expect) = (latency.mean_ns / 1e6, self.mean());
        // The timer is up to a millisecond late, which is part of what is measured.
        assert!(
            (mean - expect).abs() <= 0.02 * expect + 1.5,
            "mean: {mean:.1} ms, and {expect:.1} ms by arithmetic"
        );
    }
}

// What a corrected recording only reconstructs is here really sent: 10,000 answers of 1 ms,
// and then a hundred seconds in which every arrival waits for the end of the standstill.
#[tokio::test(start_paused = true)]
async fn a_standstill_of_a_hundred_seconds_is_felt_by_every_arrival() {
    let clock = clock();
    let target = Freezing {
        clock,
        service: Nanos::from_millis(1),
        still: Nanos::from_secs(100),
        period: Nanos::from_secs(200),
        one: None,
    };
    let load = constant("100/s", 200, Arrivals::Uniform);
    let summary = drive(load, clock, target, Stop::default()).await;
    let latency = &summary.phases[&Phase::Latency];
    assert_eq!(latency.count, 20_000);
    let seconds = |ns: u64| leadbench::units::float(ns) / 1e9;
    assert!(seconds(latency.p50_ns) < 0.01);
    let p75 = summary.spectrum[&Phase::Latency]
        .iter()
        .find(|point: &&SpectrumPoint| point.quantile >= 0.75)
        .unwrap();
    assert!((seconds(p75.value_ns) - 50.0).abs() < 0.2, "{p75:?}");
    assert!((seconds(latency.p90_ns) - 80.0).abs() < 0.1);
    assert!((seconds(latency.p99_ns) - 98.0).abs() < 0.1);
    assert!((latency.mean_ns / 1e9 - 25.0).abs() < 0.05);
}

#[tokio::test(start_paused = true)]
async fn a_standstill_of_a_parallel_target_has_its_quantiles() {
    let experiment = Freeze {
        still: 1_000,
        period: 10_000,
        service_us: 1_000,
        rate: 1_000,
        one_server: None,
        periods: 2,
    };
    experiment.holds(&experiment.run().await);
}

#[tokio::test(start_paused = true)]
async fn a_short_standstill_of_a_parallel_target_has_its_quantiles() {
    let experiment = Freeze {
        still: 200,
        period: 5_000,
        service_us: 2_000,
        rate: 1_000,
        one_server: None,
        periods: 4,
    };
    experiment.holds(&experiment.run().await);
}

#[tokio::test(start_paused = true)]
async fn a_standstill_of_one_server_has_its_quantiles() {
    for (service_us, load) in [(2_500, 0.5), (4_000, 0.8)] {
        let experiment = Freeze {
            still: 1_000,
            period: 10_000,
            service_us,
            rate: 200,
            one_server: Some(load),
            periods: 10,
        };
        experiment.holds(&experiment.run().await);
    }
}

// Per standstill 80 of 100 arrivals find no room: they keep their instants, or are counted.
#[tokio::test(start_paused = true)]
async fn arrivals_beyond_the_cap_are_queued_or_counted() {
    for (overflow, queued, dropped) in [(Overflow::Queue, 80, 0), (Overflow::Drop, 0, 80)] {
        let clock = clock();
        let target = Freezing {
            clock,
            service: Nanos::from_millis(1),
            still: Nanos::from_secs(1),
            period: Nanos::from_secs(4),
            one: None,
        };
        let summary = drive(
            load("100/s", 4, 20, overflow),
            clock,
            target,
            Stop::default(),
        )
        .await;
        let counts = &summary.counts;
        let close = |count: u64, expect: u64| count.abs_diff(expect) <= 2;
        assert!(close(counts.queued, queued), "{counts:?}");
        assert!(close(counts.dropped, dropped), "{counts:?}");
        assert_eq!(counts.planned, 400);
    }
}

// A target that serves all at once cannot be overloaded: what is felt is what it takes.
#[tokio::test(start_paused = true)]
async fn the_rate_does_not_change_what_a_parallel_target_takes() {
    for rate in ["10/s", "100/s", "1000/s"] {
        let clock = clock();
        let service = Nanos::from_millis(40);
        let load = constant(rate, 10, Arrivals::Poisson);
        let summary = drive(load, clock, ManyServers { clock, service }, Stop::default()).await;
        let latency = &summary.phases[&Phase::Latency];
        assert!((40_000_000..43_000_000).contains(&latency.p50_ns));
        assert!((40_000_000..43_000_000).contains(&latency.max_ns));
    }
}
