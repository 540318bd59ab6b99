//! A run's figures as OpenMetrics, for a scraper to watch the run while it goes on.
//!
//! For watching, not for judging: the buckets are coarser than the run's own histograms, from which
//! commits are compared.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::sanitize::sanitized;
use crate::phase::Phase;
use crate::summary::{PhaseStats, RunState, Summary, Validity};
use crate::units::{float, sum};

/// The media type of [`openmetrics`] (OpenMetrics 1.0).
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes the metrics of a run, which may still go on.
///
/// # Errors
///
/// None that a run could cause.
pub fn openmetrics(summary: &Summary) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("leadbench");
    registry.register_collector(Box::new(Snapshot(sanitized(summary))));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The figures of a run.
#[derive(Debug)]
struct Snapshot(Summary);

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Self(summary) = self;
        let help = "The run that these figures describe, and its state";
        let mut run = encoder.encode_descriptor("run", help, None, MetricType::Info)?;
        run.encode_info(&labels(summary))?;
        let scenario = ("scenario", summary.run.scenario.as_str());
        let mut families = Families { encoder, scenario };
        for (name, help, value) in counters(summary) {
            families.add(name, help, [(None, ConstCounter::new(value))])?;
        }
        for (name, help, value) in gauges(summary) {
            families.add(name, help, [(None, ConstGauge::new(value))])?;
        }
        let outcomes = summary.outcomes.iter();
        let outcomes = outcomes
            .map(|(outcome, n)| (Some(("outcome", outcome.clone())), ConstCounter::new(*n)));
        families.add("iterations", "Ended iterations by outcome", outcomes)?;
        let phase = |one: &Spans| Some(("phase", one.phase.clone()));
        families.add(
            "phase_seconds",
            "How long each phase took, over the successes of the run so far",
            spans(summary).map(|one| (phase(&one), one)),
        )?;
        families.add(
            "phase_max_seconds",
            "The longest span of each phase, over the successes of the run so far",
            spans(summary).map(|one| (phase(&one), seconds(one.stats.max_ns))),
        )?;
        families.add(
            "tcp_round_trip_seconds",
            "Round trips of the connections by TCP_INFO: the shortest, and smoothed",
            round_trips(summary),
        )?;
        let verdicts = [Validity::Valid, Validity::Degraded, Validity::Invalid].map(|one| {
            let holds = i64::from(one == summary.measurement.verdict);
            (Some(("verdict", one.to_string())), ConstGauge::new(holds))
        });
        let help = "1 for the verdict on the measurement that holds so far";
        families.add("measurement", help, verdicts)
    }
}

/// A label beside that of the scenario.
type Label = Option<(&'static str, String)>;

/// Writes families of metrics, each metric with the run's scenario and a label of its own.
struct Families<'e, 's> {
    encoder: DescriptorEncoder<'e>,
    scenario: (&'static str, &'s str),
}

impl Families<'_, '_> {
    fn add<M: EncodeMetric + TypedMetric>(
        &mut self,
        name: &str,
        help: &str,
        metrics: impl IntoIterator<Item = (Label, M)>,
    ) -> Result<(), fmt::Error> {
        let mut family = self.encoder.encode_descriptor(name, help, None, M::TYPE)?;
        for (label, metric) in metrics {
            let label = label.iter().map(|(name, value)| (*name, value.as_str()));
            let labels: Vec<_> = [self.scenario].into_iter().chain(label).collect();
            metric.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// What names a run, and whether it goes on.
fn labels(summary: &Summary) -> Vec<(&str, &str)> {
    let run = &summary.run;
    let status = match run.state {
        RunState::Running => "running",
        RunState::Finished | RunState::Interrupted | RunState::Stopped => "ended",
    };
    let mut labels = vec![
        ("run", run.id.as_str()),
        ("scenario", &run.scenario),
        ("status", status),
    ];
    labels.extend(run.commit.iter().map(|commit| ("commit", commit.as_str())));
    labels
}

/// Name, meaning and value.
fn counters(summary: &Summary) -> [(&'static str, &'static str, u64); 7] {
    let counts = &summary.counts;
    let answered = summary.windows.iter().filter_map(|window| window.answered);
    let wire = summary.wire.as_ref();
    [
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
    ]
}

fn gauges(summary: &Summary) -> [(&'static str, &'static str, f64); 2] {
    let last = summary.windows.last();
    [
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
    ]
}

/// The distribution of one phase, or of a metric of `Server-Timing`.
#[derive(Debug)]
struct Spans {
    phase: String,
    stats: PhaseStats,
    /// Ends in seconds, each with how many lie between it and the one before.
    buckets: Vec<(f64, u64)>,
}

/// Every phase, and every metric of `Server-Timing`.
fn spans(summary: &Summary) -> impl Iterator<Item = Spans> {
    let phases = summary.phases.iter();
    let phases = phases.map(|(phase, stats)| (phase.to_string(), stats));
    let told = summary.server_timing.iter().flat_map(|told| &told.metrics);
    let metrics = told.map(|(name, stats)| (format!("{}.{name}", Phase::Server), stats));
    let all = phases.chain(metrics);
    all.map(|(name, stats)| Spans::of(summary, name, *stats))
}

impl Spans {
    fn of(summary: &Summary, phase: String, stats: PhaseStats) -> Self {
        let buckets = summary.buckets.as_ref();
        let counted = buckets.and_then(|buckets| {
            let counts = buckets.phases.get(&phase)?;
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
            phase,
            stats,
            buckets,
        }
    }
}

impl TypedMetric for Spans {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Spans {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        // As many as the buckets hold together.
        let count = sum(self.buckets.iter().map(|(_, count)| *count));
        let sum_s = self.stats.mean_ns * float(self.stats.count) / 1e9;
        encoder.encode_histogram::<NoLabelSet>(sum_s, count, &self.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

/// Round trips by statistic, as far as they are known.
fn round_trips(summary: &Summary) -> impl Iterator<Item = (Label, ConstGauge<f64>)> {
    let known = summary.wire.iter().flat_map(|wire| {
        [
            ("min", wire.min_rtt_ns),
            ("smoothed_p50", wire.smoothed_rtt_p50_ns),
            ("smoothed_max", wire.smoothed_rtt_max_ns),
        ]
    });
    known.filter_map(|(name, ns)| Some((Some(("statistic", name.to_owned())), seconds(ns?))))
}

fn seconds(ns: u64) -> ConstGauge<f64> {
    ConstGauge::new(float(ns) / 1e9)
}
