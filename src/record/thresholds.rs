//! One run against its limits.

use super::Histogram;
use crate::phase::Phase;
use crate::plan::{Comparison, Limit, Metric, Threshold};
use crate::summary::{Summary, ThresholdResult};
use crate::units::{Nanos, float, whole};

/// In the place of a figure that there is none of.
const NOT_MEASURED: &str = "not measured";

/// Judges each threshold; `phase` finds the distribution of the successful iterations.
pub(super) fn judge_thresholds<'h>(
    thresholds: &[Threshold],
    summary: &Summary,
    phase: impl Fn(Phase) -> Option<&'h Histogram>,
) -> Vec<ThresholdResult> {
    let asked = thresholds.iter().map(|threshold| ThresholdResult {
        metric: threshold.metric.to_string(),
        comparison: threshold.comparison.to_string(),
        limit: limit(threshold.limit),
        limit_text: threshold.limit.to_string(),
        actual: None,
        actual_text: String::new(),
        passed: false,
    });
    judge_again(asked.collect(), summary, phase)
}

/// Judges thresholds as they stand in a summary, by other figures than they were judged by.
pub(super) fn judge_again<'h>(
    thresholds: Vec<ThresholdResult>,
    summary: &Summary,
    phase: impl Fn(Phase) -> Option<&'h Histogram>,
) -> Vec<ThresholdResult> {
    let judged = |asked: ThresholdResult| {
        let metric = Metric::parse(&asked.metric);
        let actual = metric.and_then(|metric| actual(metric, summary, &phase));
        let comparison = Comparison::parse(&asked.comparison);
        let holds = |actual| comparison.is_some_and(|how| holds(how, actual, asked.limit));
        ThresholdResult {
            actual,
            actual_text: metric
                .zip(actual)
                .map_or_else(|| NOT_MEASURED.to_owned(), in_words),
            passed: actual.is_some_and(holds),
            ..asked
        }
    };
    thresholds.into_iter().map(judged).collect()
}

/// Takes back what was judged by a figure that nobody knows.
pub(super) fn forget(threshold: &mut ThresholdResult) {
    threshold.actual = None;
    NOT_MEASURED.clone_into(&mut threshold.actual_text);
    threshold.passed = false;
}

/// What was measured, in the metric's own unit; `None` where nothing was.
fn actual<'h>(
    metric: Metric,
    summary: &Summary,
    phase: &impl Fn(Phase) -> Option<&'h Histogram>,
) -> Option<f64> {
    let share = |part, whole| (whole > 0).then(|| float(part) / float(whole));
    let counts = &summary.counts;
    match metric {
        Metric::FailedShare => share(counts.failed, counts.completed),
        Metric::DroppedShare => share(counts.dropped, counts.planned),
        Metric::AchievedRate => Some(summary.rates.achieved_per_s),
        Metric::FalseAccepts => Some(float(summary.negative.as_ref()?.false_accepts)),
        Metric::FalseRejects => Some(float(summary.negative.as_ref()?.false_rejects)),
        Metric::BadTokenErrors => Some(float(summary.negative.as_ref()?.server_errors)),
        Metric::PhaseQuantile(name, _) | Metric::PhaseMean(name) | Metric::PhaseMax(name)
            if is_spared(name, summary) =>
        {
            Some(0.0)
        }
        Metric::PhaseQuantile(name, quantile) => Some(float(phase(name)?.quantile(quantile)?.0)),
        Metric::PhaseMean(name) => Some(summary.phase(name)?.mean_ns),
        Metric::PhaseMax(name) => Some(float(summary.phase(name)?.max_ns)),
    }
}

/// Whether no callout had this wait, which is what a limit on it is for.
fn is_spared(phase: Phase, summary: &Summary) -> bool {
    let is_any = |phase| summary.phase(phase).is_some_and(|stats| stats.count > 0);
    matches!(phase, Phase::Queue | Phase::Retry) && is_any(Phase::Latency) && !is_any(phase)
}

fn limit(limit: Limit) -> f64 {
    match limit {
        Limit::Span(span) => float(span.0),
        Limit::Share(share) => share.as_fraction(),
        Limit::Rate(rate) => rate.as_per_second(),
        Limit::Count(count) => float(count),
    }
}

fn holds(comparison: Comparison, actual: f64, limit: f64) -> bool {
    match comparison {
        Comparison::Below => actual < limit,
        Comparison::AtMost => actual <= limit,
        Comparison::Above => actual > limit,
        Comparison::AtLeast => actual >= limit,
    }
}

fn in_words((metric, actual): (Metric, f64)) -> String {
    match metric {
        Metric::PhaseQuantile(..) | Metric::PhaseMean(_) | Metric::PhaseMax(_) => {
            Nanos(whole(actual)).to_string()
        }
        Metric::FailedShare | Metric::DroppedShare => format!("{:.3} %", actual * 100.0),
        Metric::AchievedRate => format!("{actual:.1}/s"),
        Metric::FalseAccepts | Metric::FalseRejects | Metric::BadTokenErrors => {
            format!("{actual:.0}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A limit on a wait is kept where nobody waited, and not where nothing was measured.
    #[test]
    fn a_queue_that_nobody_stood_in_keeps_its_limit() {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        summary.phases.remove(&Phase::Queue);
        let limits = [Threshold {
            metric: Metric::parse("queue.p99").unwrap(),
            comparison: Comparison::Below,
            limit: Limit::Span(Nanos::from_millis(1)),
        }];
        let judged = judge_thresholds(&limits, &summary, |_| None);
        assert!(judged[0].passed, "{judged:?}");
        summary.phases.clear();
        let judged = judge_thresholds(&limits, &summary, |_| None);
        assert!(!judged[0].passed, "{judged:?}");
        assert_eq!(judged[0].actual_text, "not measured");
    }
}
