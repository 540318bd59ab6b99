//! Whether a threshold was judged by the run's own figures, and rightly.

use super::{Contradiction, DIGITS, ROUNDING, agree};
use crate::plan::{Comparator, Spans, ThresholdMetric};
use crate::summary::{PhaseStats, Summary, ThresholdResult};
use crate::units::{float, share};

/// Checks that a threshold's result follows from its measured value, and that this is the run's own
/// figure.
pub(super) fn agrees(summary: &Summary, threshold: &ThresholdResult) -> Result<(), Contradiction> {
    let ThresholdResult {
        metric,
        comparison,
        limit,
        actual,
        passed,
        ..
    } = threshold;
    let kept = if *passed { "kept" } else { "broken" };
    let parsed = ThresholdMetric::parse(metric);
    let words = |value| in_words(parsed.as_ref(), value);
    let told = format!(
        "the threshold {metric} {comparison} {} is called {kept}",
        words(*limit)
    );
    let Some(actual) = *actual else {
        return agree(!passed, || format!("{told}, but nothing was measured"));
    };
    let holds = Comparator::parse(comparison).map(|how| how.holds(actual, *limit));
    // A rate is held against what came due, which may be less than was asked for.
    let is_let_off = *passed && parsed == Some(ThresholdMetric::AchievedRate);
    agree(
        holds.is_none_or(|holds| holds == *passed) || is_let_off,
        || format!("{told}, but {} was measured", words(actual)),
    )?;
    let figures = match &parsed {
        Some(metric) => figures(summary, metric),
        None => Vec::new(),
    };
    let is_near = |figure: &f64| (figure - actual).abs() <= figure.abs() * DIGITS + ROUNDING;
    figures.first().map_or(Ok(()), |figure| {
        agree(figures.iter().any(is_near), || {
            format!(
                "the threshold {metric} is judged by {}, but the run's own figure is {}",
                words(actual),
                words(*figure)
            )
        })
    })
}

/// A value of a metric with its unit, exactly: two that differ must not read alike.
fn in_words(metric: Option<&ThresholdMetric>, value: f64) -> String {
    match metric {
        Some(
            ThresholdMetric::PhaseQuantile(..)
            | ThresholdMetric::PhaseMean(_)
            | ThresholdMetric::PhaseMax(_),
        ) => {
            format!("{} ms", value / 1e6)
        }
        Some(ThresholdMetric::FailedShare | ThresholdMetric::DroppedShare) => {
            format!("{} %", (value * 1e8).round() / 1e6)
        }
        Some(ThresholdMetric::AchievedRate) => format!("{value}/s"),
        Some(
            ThresholdMetric::FalseAccepts
            | ThresholdMetric::FalseRejects
            | ThresholdMetric::BadTokenErrors,
        )
        | None => value.to_string(),
    }
}

/// What a threshold may have been judged by; nothing where the summary does not tell.
fn figures(summary: &Summary, metric: &ThresholdMetric) -> Vec<f64> {
    let counts = &summary.counts;
    match metric {
        // Earlier versions counted bad tokens among the callouts.
        ThresholdMetric::FailedShare => {
            let shares = [
                counts.failed_share(),
                share(counts.failed, counts.completed),
            ];
            shares.into_iter().flatten().collect()
        }
        ThresholdMetric::DroppedShare => {
            share(counts.dropped, counts.planned).into_iter().collect()
        }
        ThresholdMetric::AchievedRate => vec![summary.rates.achieved_per_s],
        ThresholdMetric::PhaseQuantile(Spans::Phase(phase), quantile) => {
            let stats = summary.phases.get(phase);
            let at = stats.and_then(|stats| at(stats, quantile.as_fraction()));
            at.into_iter().map(float).collect()
        }
        ThresholdMetric::PhaseMax(Spans::Phase(phase)) => {
            let stats = summary.phases.get(phase).into_iter();
            stats.map(|stats| float(stats.max_ns)).collect()
        }
        _ => Vec::new(),
    }
}

/// A percentile that is among the figures of a phase.
fn at(stats: &PhaseStats, fraction: f64) -> Option<u64> {
    let known = [
        (0.5, stats.p50_ns),
        (0.9, stats.p90_ns),
        (0.95, stats.p95_ns),
        (0.99, stats.p99_ns),
        (0.999, stats.p99_9_ns),
        (0.9999, stats.p99_99_ns),
    ];
    let found = known.iter().find(|(at, _)| (at - fraction).abs() < 1e-9);
    found.map(|(_, value)| *value)
}
