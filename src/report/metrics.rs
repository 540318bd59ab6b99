//! A run's figures as metrics, before any format: families of points with labels.
//!
//! For watching, not for judging: the buckets are coarser than the run's own histograms, from which
//! commits are compared.

use super::sanitize::sanitized;
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{PhaseStats, RunState, Summary, ThresholdResult, Validity};
use crate::units::{Nanos, float};

/// Metrics of one name and kind.
#[derive(Debug)]
pub(super) struct Family {
    /// The name without prefix and without the ending of a format, such as `planned`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) points: Vec<Point>,
}

/// What a value means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many values lie in which bucket.
    Histogram,
}

/// A value with its labels.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: PointValue,
}

/// A value.
#[derive(Debug)]
pub(super) enum PointValue {
    Count(u64),
    Number(f64),
    Spans(Spans),
}

/// The distribution of the spans of a phase, or of a metric of `Server-Timing`.
#[derive(Debug)]
pub(super) struct Spans {
    /// All spans together, in seconds.
    pub(super) sum_s: f64,
    /// The upper ends of the buckets in seconds, the last one infinite, each with how many lie between it and
    /// the one before.
    pub(super) buckets: Vec<(f64, u64)>,
}

/// The metrics of a run, which may still go on.
#[derive(Debug)]
pub(super) struct Metrics {
    /// What names the run, and whether it goes on.
    pub(super) run: Vec<(&'static str, String)>,
    pub(super) families: Vec<Family>,
}

impl Metrics {
    /// Reads them from a summary.
    pub(super) fn of(summary: &Summary) -> Self {
        let summary = &sanitized(summary);
        let mut families: Vec<_> = counters(summary).chain(gauges(summary)).collect();
        families.extend([iterations(summary), phases(summary), longest(summary)]);
        families.extend([round_trips(summary), state(summary), measurement(summary)]);
        families.push(thresholds(summary));
        let scenario = ("scenario", summary.run.scenario.clone());
        for family in &mut families {
            for point in &mut family.points {
                point.labels.insert(0, scenario.clone());
            }
        }
        Self {
            run: labels(summary),
            families,
        }
    }
}

impl Family {
    fn new(
        (name, help): (&'static str, &'static str),
        kind: Kind,
        points: impl IntoIterator<Item = Point>,
    ) -> Self {
        Self {
            name,
            help,
            kind,
            points: points.into_iter().collect(),
        }
    }
}

impl Point {
    /// A value without a label of its own.
    fn bare(value: PointValue) -> Self {
        Self {
            labels: Vec::new(),
            value,
        }
    }

    fn labelled(name: &'static str, label: impl Into<String>, value: PointValue) -> Self {
        Self {
            labels: vec![(name, label.into())],
            value,
        }
    }
}

/// What names a run, and whether it goes on.
fn labels(summary: &Summary) -> Vec<(&'static str, String)> {
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

fn counters(summary: &Summary) -> impl Iterator<Item = Family> {
    let counts = &summary.counts;
    let answered = summary.windows.iter().filter_map(|window| window.answered);
    // Without connections that were looked at, zero would mean that no segment was lost.
    let wire = summary.wire.as_ref().filter(|wire| wire.connections > 0);
    let known = [
        ("planned", "Arrivals that came due", Some(counts.planned)),
        ("started", "Iterations started", Some(counts.started)),
        (
            "dropped",
            "Arrivals that were never started",
            Some(counts.dropped),
        ),
        (
            "retried",
            "Iterations sent again with a fresh token",
            Some(counts.retried),
        ),
        (
            "negative",
            "Callouts with a bad token on purpose that ended",
            Some(counts.negative),
        ),
        (
            "warmup_iterations",
            "Iterations of the warm-up, which no other counter but answered, tokens_minted and tcp_retransmits contains",
            Some(counts.warmup),
        ),
        (
            "answered",
            "Answers received, with any status, warm-up included",
            Some(answered.sum()),
        ),
        (
            "tcp_retransmits",
            "Segments sent again, of all connections, by TCP_INFO",
            wire.map(|wire| wire.retransmits),
        ),
        (
            "tokens_minted",
            "Tokens signed",
            Some(summary.signing.tokens_minted),
        ),
    ];
    known.into_iter().map(|(name, help, count)| {
        let point = count.map(|count| Point::bare(PointValue::Count(count)));
        Family::new((name, help), Kind::Counter, point)
    })
}

fn gauges(summary: &Summary) -> impl Iterator<Item = Family> {
    let windows = || summary.windows.iter().rev();
    // A second that still goes on does not count.
    let run = Nanos(summary.run.duration_ns) + Nanos(Nanos::SECOND.0 / 10);
    let mut ended = windows().filter(|window| window.start_s < run.as_secs());
    let in_flight = match summary.run.state {
        RunState::Running => ended.next().map(|window| float(window.in_flight)),
        RunState::Finished | RunState::Interrupted | RunState::Stopped => Some(0.0),
    };
    let known = [
        (
            "in_flight",
            "Callouts open at the end of the last whole second, 0 after the run",
            in_flight,
        ),
        (
            "own_cpu_ratio",
            "The generator's own CPU time as a share of all cores, in the last whole second",
            windows().find_map(|window| window.own_cpu),
        ),
    ];
    known.into_iter().map(|(name, help, value)| {
        let point = value.map(|value| Point::bare(PointValue::Number(value)));
        Family::new((name, help), Kind::Gauge, point)
    })
}

/// Every outcome, so that a rate over a scrape interval sees the first one too.
fn iterations(summary: &Summary) -> Family {
    let of = |outcome: &Outcome| {
        let name = outcome.as_str();
        let count = summary.outcomes.get(name).copied().unwrap_or(0);
        Point::labelled("outcome", name, PointValue::Count(count))
    };
    let help = "Ended iterations by outcome";
    Family::new(
        ("iterations", help),
        Kind::Counter,
        Outcome::ALL.iter().map(of),
    )
}

fn phases(summary: &Summary) -> Family {
    let help = "How long each phase took, over the successes of the run so far";
    let points = spans(summary)
        .map(|(phase, _, spans)| Point::labelled("phase", phase, PointValue::Spans(spans)));
    Family::new(("phase_seconds", help), Kind::Histogram, points)
}

fn longest(summary: &Summary) -> Family {
    let help = "The longest span of each phase, over the successes of the run so far";
    let points = spans(summary)
        .map(|(phase, stats, _)| Point::labelled("phase", phase, seconds(stats.max_ns)));
    Family::new(("phase_max_seconds", help), Kind::Gauge, points)
}

/// Round trips by statistic, as far as they are known.
fn round_trips(summary: &Summary) -> Family {
    let known = summary.wire.iter().flat_map(|wire| {
        [
            ("min", wire.min_rtt_ns),
            ("smoothed_p50", wire.smoothed_rtt_p50_ns),
            ("smoothed_max", wire.smoothed_rtt_max_ns),
        ]
    });
    let points =
        known.filter_map(|(name, ns)| Some(Point::labelled("statistic", name, seconds(ns?))));
    let help = "Round trips of the connections by TCP_INFO: the shortest, and smoothed";
    Family::new(("tcp_round_trip_seconds", help), Kind::Gauge, points)
}

/// 1 for one of these, 0 for the others.
fn one_of<T: Copy + PartialEq + ToString>(
    label: &'static str,
    all: &[T],
    holds: T,
) -> impl Iterator<Item = Point> {
    all.iter().map(move |one| {
        let value = PointValue::Count(u64::from(*one == holds));
        Point::labelled(label, one.to_string(), value)
    })
}

fn state(summary: &Summary) -> Family {
    let all = [
        RunState::Running,
        RunState::Finished,
        RunState::Interrupted,
        RunState::Stopped,
    ];
    let points: Vec<_> = one_of("state", &all, summary.run.state).collect();
    let help = "1 for the state of the run: stopped means ended early by leadbench itself";
    Family::new(("run_state", help), Kind::Gauge, points)
}

fn measurement(summary: &Summary) -> Family {
    let all = [Validity::Valid, Validity::Degraded, Validity::Invalid];
    let points: Vec<_> = one_of("verdict", &all, summary.measurement.verdict).collect();
    let help = "1 for the verdict on the measurement that holds so far";
    Family::new(("measurement", help), Kind::Gauge, points)
}

fn thresholds(summary: &Summary) -> Family {
    // While nothing is measured, nothing is broken either, unless the run has ended.
    let is_judged = |threshold: &&ThresholdResult| {
        threshold.actual.is_some() || summary.run.state == RunState::Finished
    };
    let points = summary
        .thresholds
        .iter()
        .filter(is_judged)
        .map(|threshold| {
            let limit = format!("{} {}", threshold.comparison, threshold.limit_text);
            Point {
                labels: vec![("metric", threshold.metric.clone()), ("limit", limit)],
                value: PointValue::Count(u64::from(threshold.passed)),
            }
        });
    let help = "1 for each threshold that holds so far, 0 for each that does not";
    Family::new(("threshold_passed", help), Kind::Gauge, points)
}

/// Every phase, and every metric of `Server-Timing`.
fn spans(summary: &Summary) -> impl Iterator<Item = (String, PhaseStats, Spans)> {
    let phases = summary.phases.iter();
    let phases = phases.map(|(phase, stats)| (phase.to_string(), *stats));
    let told = summary.server_timing.iter().flat_map(|told| &told.metrics);
    let metrics = told.map(|(name, stats)| (format!("{}.{name}", Phase::Server), *stats));
    let all = phases.chain(metrics);
    all.map(|(name, stats)| {
        let spans = Spans::of(summary, &name, &stats);
        (name, stats, spans)
    })
}

impl Spans {
    fn of(summary: &Summary, phase: &str, stats: &PhaseStats) -> Self {
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
            sum_s: stats.mean_ns * float(stats.count) / 1e9,
            buckets,
        }
    }
}

fn seconds(ns: u64) -> PointValue {
    PointValue::Number(float(ns) / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Window, WireResult};

    fn value(metrics: &Metrics, name: &str) -> Option<f64> {
        let family = metrics.families.iter().find(|family| family.name == name);
        family?.points.first().map(|point| match point.value {
            PointValue::Count(count) => float(count),
            PointValue::Number(number) => number,
            PointValue::Spans(_) => f64::NAN,
        })
    }

    // The third second has begun when the figures of the second one are collected.
    #[test]
    fn open_callouts_are_those_of_the_last_whole_second() {
        let text = include_str!("../../tests/fixtures/stable/0.1.0/summary.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        assert_eq!(value(&Metrics::of(&summary), "in_flight"), Some(0.0));
        summary.run.state = RunState::Running;
        summary.run.duration_ns = 2_030_000_000;
        summary.windows.push(Window {
            start_s: 2,
            ..Window::default()
        });
        for (window, open) in summary.windows.iter_mut().zip([5, 7, 0]) {
            window.in_flight = open;
        }
        assert_eq!(value(&Metrics::of(&summary), "in_flight"), Some(7.0));
    }

    #[test]
    fn what_the_kernel_did_not_say_is_absent() {
        let text = include_str!("../../tests/fixtures/stable/0.1.0/summary.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        summary.wire = Some(WireResult::default());
        assert_eq!(value(&Metrics::of(&summary), "tcp_retransmits"), None);
    }
}
