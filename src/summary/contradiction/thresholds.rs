//! Whether a threshold was judged by the run's own figures, and rightly.

use super::{Contradiction, DIGITS, ROUNDING, agree};
use crate::plan::{Comparator, Spans, ThresholdMetric};
use crate::summary::{PhaseStats, Summary, ThresholdResult};
use crate::units::{float, share};

/// A threshold is kept by what was measured or it is not, and that is a figure of the run.
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
    let told = format!("the threshold {metric} {comparison} {limit} is called {kept}");
    let Some(actual) = *actual else {
        return agree(!passed, || format!("{told}, but nothing was measured"));
    };
    let holds = Comparator::parse(comparison).map(|how| how.holds(actual, *limit));
    let metric = ThresholdMetric::parse(metric);
    // A rate is held against what came due, which may be less than was asked for.
    let is_let_off = *passed && metric == Some(ThresholdMetric::AchievedRate);
    agree(
        holds.is_none_or(|holds| holds == *passed) || is_let_off,
        || format!("{told}, but {actual} was measured"),
    )?;
    let figures = metric.map_or_else(Vec::new, |metric| figures(summary, &metric));
    let is_near = |figure: &f64| (figure - actual).abs() <= figure.abs() * DIGITS + ROUNDING;
    figures.first().map_or(Ok(()), |figure| {
        agree(figures.iter().any(is_near), || {
            let metric = &threshold.metric;
            format!(
                "the threshold {metric} is judged by {actual}, but the run's own figure is {figure}"
            )
        })
    })
}

/// What a threshold may have been judged by; nothing where the summary does not tell.
fn figures(summary: &Summary, metric: &ThresholdMetric) -> Vec<f64> {
    let counts = &summary.counts;
    match metric {
        // Bad tokens have counted among the callouts, and have not.
        ThresholdMetric::FailedShare => {
            let good = counts.completed.saturating_sub(counts.negative);
            let shares = [counts.completed, good].map(|all| share(counts.failed, all));
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
