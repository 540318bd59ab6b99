//! A run's figures as OpenMetrics has them, for whoever scrapes it while it goes on.
//!
//! For watching, not for judging: percentiles come from the run's own histograms and are those
//! of the whole run so far, so they are gauges and must not be averaged.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::hostile::tame;
use crate::phase::Phase;
use crate::summary::{PhaseStats, Summary, Validity};
use crate::units::float;

/// The media type of [`openmetrics`] (OpenMetrics 1.0).
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Percentile = (&'static str, fn(&PhaseStats) -> u64);

const PERCENTILES: [Percentile; 4] = [
    ("0.5", |stats| stats.p50_ns),
    ("0.9", |stats| stats.p90_ns),
    ("0.99", |stats| stats.p99_ns),
    ("1", |stats| stats.max_ns),
];

/// Writes the metrics of a run, which may still go on.
///
/// # Errors
///
/// None that a run could cause.
pub fn openmetrics(summary: &Summary) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("leadbench");
    registry.register_collector(Box::new(Snapshot::of(summary)));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// What is told of a run.
#[derive(Debug)]
struct Snapshot {
    scenario: String,
    /// Name, meaning and value.
    counters: [(&'static str, &'static str, u64); 7],
    gauges: [(&'static str, &'static str, f64); 2],
    /// Round trips by statistic, in nanoseconds.
    round_trips: Vec<(&'static str, u64)>,
    server_metrics: BTreeMap<String, PhaseStats>,
    outcomes: BTreeMap<String, u64>,
    phases: BTreeMap<Phase, PhaseStats>,
    verdict: Validity,
}

impl Snapshot {
    fn of(summary: &Summary) -> Self {
        let counts = &summary.counts;
        let last = summary.windows.last();
        let wire = summary.wire.as_ref();
        let answered = summary.windows.iter().filter_map(|window| window.answered);
        Self {
            scenario: tame(&summary.run.scenario),
            counters: [
                ("planned", "Arrivals that came due", counts.planned),
                ("started", "Iterations begun", counts.started),
                ("dropped", "Arrivals never begun", counts.dropped),
                (
                    "retried",
                    "Iterations sent again with a fresh token",
                    counts.retried,
                ),
                (
                    "answered",
                    "Answers that came, of whatever status, the warm-up's included",
                    answered.sum(),
                ),
                (
                    "tcp_retransmits",
                    "Segments sent again, of all connections, by TCP_INFO",
                    wire.map_or(0, |wire| wire.retransmits),
                ),
                (
                    "tokens_minted",
                    "Tokens signed",
                    summary.signing.tokens_minted,
                ),
            ],
            gauges: [
                (
                    "in_flight",
                    "Callouts open at the end of the last second",
                    last.map_or(0.0, |window| float(window.in_flight)),
                ),
                (
                    "own_cpu_ratio",
                    "The generator's own CPU time as a share of all cores",
                    last.and_then(|window| window.own_cpu).unwrap_or(0.0),
                ),
            ],
            round_trips: [
                ("min", wire.and_then(|wire| wire.min_rtt_ns)),
                (
                    "smoothed_p50",
                    wire.and_then(|wire| wire.smoothed_rtt_p50_ns),
                ),
                (
                    "smoothed_max",
                    wire.and_then(|wire| wire.smoothed_rtt_max_ns),
                ),
            ]
            .into_iter()
            .filter_map(|(statistic, ns)| Some((statistic, ns?)))
            .collect(),
            server_metrics: summary
                .server_timing
                .iter()
                .flat_map(|told| &told.metrics)
                .map(|(name, stats)| (tame(name), *stats))
                .collect(),
            outcomes: summary
                .outcomes
                .iter()
                .map(|(name, n)| (tame(name), *n))
                .collect(),
            phases: summary.phases.clone(),
            verdict: summary.measurement.verdict,
        }
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let scenario = ("scenario", self.scenario.as_str());
        for (name, help, value) in self.counters {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(metric.encode_family(&[scenario])?)?;
        }
        for (name, help, value) in self.gauges {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(metric.encode_family(&[scenario])?)?;
        }
        let help = "Iterations that ended, by how";
        let mut ended = encoder.encode_descriptor("iterations", help, None, MetricType::Counter)?;
        for (outcome, count) in &self.outcomes {
            let labels = [scenario, ("outcome", outcome)];
            ConstCounter::new(*count).encode(ended.encode_family(&labels)?)?;
        }
        let help = "Percentiles of each phase over the successes of the run so far";
        let name = "phase_seconds";
        let mut spans = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (phase, stats) in &self.phases {
            for (quantile, value) in PERCENTILES {
                let phase = phase.to_string();
                let labels = [scenario, ("phase", &phase), ("quantile", quantile)];
                let seconds = float(value(stats)) / 1e9;
                ConstGauge::new(seconds).encode(spans.encode_family(&labels)?)?;
            }
        }
        for (metric, stats) in &self.server_metrics {
            for (quantile, value) in PERCENTILES {
                let phase = format!("{}.{metric}", Phase::Server);
                let labels = [scenario, ("phase", &phase), ("quantile", quantile)];
                let seconds = float(value(stats)) / 1e9;
                ConstGauge::new(seconds).encode(spans.encode_family(&labels)?)?;
            }
        }
        let help = "Round trips of the connections by TCP_INFO: the shortest, and smoothed";
        let name = "tcp_round_trip_seconds";
        let mut trips = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (statistic, ns) in &self.round_trips {
            let labels = [scenario, ("statistic", *statistic)];
            ConstGauge::new(float(*ns) / 1e9).encode(trips.encode_family(&labels)?)?;
        }
        let help = "1 for the verdict on the measurement that holds so far";
        let mut verdict =
            encoder.encode_descriptor("measurement", help, None, MetricType::Gauge)?;
        for one in [Validity::Valid, Validity::Degraded, Validity::Invalid] {
            let word = one.to_string();
            let labels = [scenario, ("verdict", &word)];
            let holds = i64::from(one == self.verdict);
            ConstGauge::new(holds).encode(verdict.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
