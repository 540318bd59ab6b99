//! A run's figures as OpenMetrics, for a scraper to watch the run while it goes on.
//!
//! For watching, not for judging: the buckets are coarser than the run's own histograms, from which
//! commits are compared.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::sanitize::sanitized;
use crate::phase::Phase;
use crate::summary::{PhaseStats, RunState, Summary, Validity};
use crate::units::float;

/// The media type of [`openmetrics`] (OpenMetrics 1.0).
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes the metrics of a run, which may still go on.
///
/// # Errors
///
/// None that a run could cause.
pub fn openmetrics(summary: &Summary) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("leadbench");
    registry.register_collector(Box::new(Snapshot::of(&sanitized(summary))));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The figures of a run.
#[derive(Debug)]
struct Snapshot {
    scenario: String,
    /// Name, meaning and value.
    counters: [(&'static str, &'static str, u64); 7],
    gauges: [(&'static str, &'static str, f64); 2],
    /// Round trips by statistic, in nanoseconds.
    round_trips: Vec<(&'static str, u64)>,
    outcomes: BTreeMap<String, u64>,
    /// Phases and metrics of `Server-Timing`.
    spans: Vec<Spans>,
    verdict: Validity,
    /// Labels of the run itself.
    run: Vec<(&'static str, String)>,
}

/// The distribution of one phase.
#[derive(Debug)]
struct Spans {
    phase: String,
    stats: PhaseStats,
    /// Ends in seconds, each with how many lie between it and the one before.
    buckets: Vec<(f64, u64)>,
}

impl Spans {
    fn of(summary: &Summary, phase: &str, stats: PhaseStats) -> Self {
        let buckets = summary.buckets.as_ref();
        let counted = buckets.and_then(|buckets| {
            let counts = buckets.phases.get(phase)?;
            Some(buckets.le_ns.iter().zip(counts))
        });
        let mut below = 0;
        let mut buckets: Vec<_> = counted
            .into_iter()
            .flatten()
            .map(|(end_ns, count)| {
                let within = count.saturating_sub(below);
                below = below.max(*count);
                (float(*end_ns) / 1e9, within)
            })
            .collect();
        buckets.push((f64::INFINITY, stats.count.saturating_sub(below)));
        Self {
            phase: phase.to_owned(),
            stats,
            buckets,
        }
    }

    /// How many there are: as many as the buckets hold together.
    fn count(&self) -> u64 {
        let counts = self.buckets.iter().map(|(_, count)| *count);
        counts.fold(0, u64::saturating_add)
    }

    fn sum_s(&self) -> f64 {
        self.stats.mean_ns * float(self.stats.count) / 1e9
    }
}

impl Snapshot {
    fn of(summary: &Summary) -> Self {
        let counts = &summary.counts;
        let last = summary.windows.last();
        let wire = summary.wire.as_ref();
        let answered = summary.windows.iter().filter_map(|window| window.answered);
        Self {
            scenario: summary.run.scenario.clone(),
            counters: [
                ("planned", "Arrivals that came due", counts.planned),
                ("started", "Iterations started", counts.started),
                (
                    "dropped",
                    "Arrivals that were never started",
                    counts.dropped,
                ),
                (
                    "retried",
                    "Iterations sent again with a fresh token",
                    counts.retried,
                ),
                (
                    "answered",
                    "Answers received, with any status, warm-up included",
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
            outcomes: summary.outcomes.clone(),
            spans: spans(summary),
            verdict: summary.measurement.verdict,
            run: run(summary),
        }
    }
}

/// Every phase, and every metric of `Server-Timing`.
fn spans(summary: &Summary) -> Vec<Spans> {
    let phases = summary.phases.iter();
    let phases = phases.map(|(phase, stats)| Spans::of(summary, &phase.to_string(), *stats));
    let told = summary.server_timing.iter().flat_map(|told| &told.metrics);
    let metrics =
        told.map(|(name, stats)| Spans::of(summary, &format!("{}.{name}", Phase::Server), *stats));
    phases.chain(metrics).collect()
}

/// What names a run, and whether it goes on.
fn run(summary: &Summary) -> Vec<(&'static str, String)> {
    let run = &summary.run;
    let status = match run.state {
        RunState::Running => "running",
        RunState::Finished | RunState::Interrupted | RunState::Stopped => "ended",
    };
    let mut labels = vec![
        ("run", run.id.clone()),
        ("scenario", run.scenario.clone()),
        ("status", status.to_owned()),
    ];
    labels.extend(run.commit.iter().map(|commit| ("commit", commit.clone())));
    labels
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "The run that these figures describe, and its state";
        let mut run = encoder.encode_descriptor("run", help, None, MetricType::Info)?;
        let labels: Vec<_> = self
            .run
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        run.encode_info(&labels.as_slice())?;
        let scenario = ("scenario", self.scenario.as_str());
        for (name, help, value) in self.counters {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(metric.encode_family(&[scenario])?)?;
        }
        for (name, help, value) in self.gauges {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(metric.encode_family(&[scenario])?)?;
        }
        let help = "Ended iterations by outcome";
        let mut ended = encoder.encode_descriptor("iterations", help, None, MetricType::Counter)?;
        for (outcome, count) in &self.outcomes {
            let labels = [scenario, ("outcome", outcome)];
            ConstCounter::new(*count).encode(ended.encode_family(&labels)?)?;
        }
        let help = "How long each phase took, over the successes of the run so far";
        let name = "phase_seconds";
        let mut spans = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for one in &self.spans {
            let labels = [scenario, ("phase", &one.phase)];
            let mut metric = spans.encode_family(&labels)?;
            metric.encode_histogram::<NoLabelSet>(one.sum_s(), one.count(), &one.buckets, None)?;
        }
        let help = "The longest span of each phase, over the successes of the run so far";
        let name = "phase_max_seconds";
        let mut longest = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for one in &self.spans {
            let labels = [scenario, ("phase", &one.phase)];
            let seconds = float(one.stats.max_ns) / 1e9;
            ConstGauge::new(seconds).encode(longest.encode_family(&labels)?)?;
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
