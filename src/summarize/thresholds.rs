//! One run against its limits.

use crate::phase::Phase;
use crate::plan::{Comparator, Limit, Spans, Threshold, ThresholdMetric};
use crate::record::Histogram;
use crate::summary::{Summary, ThresholdResult};
use crate::units::{Nanos, float, share, whole};

/// In the place of a figure that there is none of.
const NOT_MEASURED: &str = "not measured";

/// Judges each threshold; `spans` finds the distribution of the successful iterations.
pub(super) fn judge_thresholds<'h>(
    thresholds: &[Threshold],
    summary: &Summary,
    spans: impl Fn(&Spans) -> Option<&'h Histogram>,
) -> Vec<ThresholdResult> {
    let asked = thresholds.iter().map(|threshold| ThresholdResult {
        metric: threshold.metric.to_string(),
        comparison: threshold.comparison.to_string(),
        limit: limit(threshold.limit),
        limit_text: threshold.limit.to_string(),
        actual: None,
        actual_text: String::new(),
        passed: false,
        implied: threshold.implied,
    });
    judge_again(asked.collect(), summary, spans)
}

/// Judges thresholds as they stand in a summary, by other figures than they were judged by.
pub(super) fn judge_again<'h>(
    thresholds: Vec<ThresholdResult>,
    summary: &Summary,
    spans: impl Fn(&Spans) -> Option<&'h Histogram>,
) -> Vec<ThresholdResult> {
    let judged = |asked: ThresholdResult| {
        let metric = ThresholdMetric::parse(&asked.metric);
        let metric = metric.as_ref();
        let actual = metric.and_then(|metric| actual(metric, summary, &spans));
        let comparison = Comparator::parse(&asked.comparison);
        let limit = match (metric, comparison) {
            (
                Some(ThresholdMetric::AchievedRate),
                Some(Comparator::Above | Comparator::AtLeast),
            ) => as_drawn(asked.limit, summary),
            _ => asked.limit,
        };
        let holds = |actual| comparison.is_some_and(|how| how.holds(actual, limit));
        ThresholdResult {
            actual,
            actual_text: metric.zip(actual).map_or_else(
                || NOT_MEASURED.to_owned(),
                |(metric, actual)| in_words(metric, actual, summary),
            ),
            passed: actual.is_some_and(holds),
            ..asked
        }
    };
    thresholds.into_iter().map(judged).collect()
}

/// What was measured, in the metric's own unit; `None` where nothing was.
fn actual<'h>(
    metric: &ThresholdMetric,
    summary: &Summary,
    spans: &impl Fn(&Spans) -> Option<&'h Histogram>,
) -> Option<f64> {
    let counts = &summary.counts;
    match metric {
        ThresholdMetric::FailedShare => counts.failed_share(),
        ThresholdMetric::DroppedShare => share(counts.dropped, counts.planned),
        ThresholdMetric::AchievedRate => Some(summary.rates.achieved_per_s),
        ThresholdMetric::FalseAccepts => Some(float(summary.negative.as_ref()?.false_accepts)),
        ThresholdMetric::FalseRejects => Some(float(summary.negative.as_ref()?.false_rejects)),
        ThresholdMetric::BadTokenErrors => Some(float(summary.negative.as_ref()?.server_errors)),
        ThresholdMetric::PhaseQuantile(name, _)
        | ThresholdMetric::PhaseMean(name)
        | ThresholdMetric::PhaseMax(name)
            if is_spared(name, summary) =>
        {
            Some(0.0)
        }
        ThresholdMetric::PhaseQuantile(name, quantile) => {
            Some(float(spans(name)?.quantile(*quantile)?.0))
        }
        ThresholdMetric::PhaseMean(name) => {
            Some(spans(name).filter(|all| !all.is_empty())?.stats().mean_ns)
        }
        ThresholdMetric::PhaseMax(name) => {
            Some(float(spans(name).filter(|all| !all.is_empty())?.max().0))
        }
    }
}

/// Whether no callout had this wait, which is what a limit on it is for.
fn is_spared(spans: &Spans, summary: &Summary) -> bool {
    let is_any = |phase| summary.phase(phase).is_some_and(|stats| stats.count > 0);
    match spans {
        Spans::Phase(phase @ (Phase::Queue | Phase::Retry)) => {
            is_any(Phase::Latency) && !is_any(*phase)
        }
        Spans::Phase(_) | Spans::ServerMetric(_) => false,
    }
}

/// How many deviations of the callouts in flight may be missing at the end of the load.
const IN_FLIGHT_DEVIATIONS: f64 = 3.0;

/// The least rate that a target achieves which answers whatever comes due. A random schedule may
/// draw fewer arrivals than the rate that is asked for, and what is in flight when the load ends
/// is answered after it: neither is the target's. Of its own backlog nothing is let off, for the
/// callouts in flight are those of its quickest second (Little's law).
fn as_drawn(limit: f64, summary: &Summary) -> f64 {
    let rates = &summary.rates;
    let (Some(asked), Some(planned)) = (rates.asked_per_s, rates.planned_per_s) else {
        return limit;
    };
    if limit > asked || asked <= 0.0 || rates.measured_s <= 0.0 {
        return limit;
    }
    let quickest = summary.windows.iter().filter_map(|w| w.latency_p50_ns);
    let quickest = Nanos(quickest.min().unwrap_or_default());
    let in_flight = planned * quickest.as_secs_f64();
    let open = in_flight + IN_FLIGHT_DEVIATIONS * in_flight.sqrt() + 1.0;
    let drawn = limit * (planned / asked).min(1.0);
    (drawn - open / rates.measured_s).max(0.0)
}

fn limit(limit: Limit) -> f64 {
    match limit {
        Limit::Span(span) => float(span.0),
        Limit::Share(share) => share.as_fraction(),
        Limit::Rate(rate) => rate.as_per_second(),
        Limit::Count(count) => float(count),
    }
}

fn in_words(metric: &ThresholdMetric, actual: f64, summary: &Summary) -> String {
    match metric {
        ThresholdMetric::PhaseQuantile(..)
        | ThresholdMetric::PhaseMean(_)
        | ThresholdMetric::PhaseMax(_) => Nanos(whole(actual)).to_string(),
        ThresholdMetric::FailedShare | ThresholdMetric::DroppedShare => {
            format!("{:.3} %", actual * 100.0)
        }
        ThresholdMetric::AchievedRate => match summary.rates.planned_per_s {
            Some(planned) => format!("{actual:.1}/s of {planned:.1}/s due"),
            None => format!("{actual:.1}/s"),
        },
        ThresholdMetric::FalseAccepts
        | ThresholdMetric::FalseRejects
        | ThresholdMetric::BadTokenErrors => {
            format!("{actual:.0}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a run that was asked for 50/s for four seconds keeps `achieved >= 50/s`.
    fn keeps_up(planned: u64, ok: u64) -> bool {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        summary.rates.asked_per_s = Some(50.0);
        summary.rates.planned_per_s = Some(float(planned) / 4.0);
        summary.rates.achieved_per_s = float(ok) / 4.0;
        summary.rates.measured_s = 4.0;
        let limits = [Threshold {
            metric: ThresholdMetric::AchievedRate,
            comparison: Comparator::AtLeast,
            limit: Limit::Rate("50/s".parse().unwrap()),
            implied: false,
            abort_after: None,
        }];
        judge_thresholds(&limits, &summary, |_| None)[0].passed
    }

    // A random schedule draws 188 arrivals where 200 are asked for on average.
    #[test]
    fn a_target_that_answers_whatever_comes_due_keeps_its_rate() {
        assert!(keeps_up(200, 200));
        assert!(keeps_up(188, 188));
        // What is in flight when the load ends is answered after it.
        assert!(keeps_up(188, 187));
        assert!(!keeps_up(188, 170));
        assert!(!keeps_up(200, 188));
        assert!(!keeps_up(214, 190));
    }

    // Half of the callouts have a bad token, and one in ten of the others fails.
    #[test]
    fn bad_tokens_do_not_dilute_the_share_of_failures() {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        let counts = &mut summary.counts;
        (counts.ok, counts.failed, counts.negative) = (90, 10, 100);
        counts.completed = 200;
        let limits = [Threshold {
            metric: ThresholdMetric::FailedShare,
            comparison: Comparator::Below,
            limit: Limit::Share("7%".parse().unwrap()),
            implied: false,
            abort_after: None,
        }];
        let judged = judge_thresholds(&limits, &summary, |_| None);
        assert_eq!(judged[0].actual_text, "10.000 %");
        assert!(!judged[0].passed);
    }

    // A limit on a wait is kept where nobody waited, and not where nothing was measured.
    #[test]
    fn a_queue_that_nobody_stood_in_keeps_its_limit() {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        summary.phases.remove(&Phase::Queue);
        let limits = [Threshold {
            metric: ThresholdMetric::parse("queue.p99").unwrap(),
            comparison: Comparator::Below,
            limit: Limit::Span(Nanos::from_millis(1)),
            implied: false,
            abort_after: None,
        }];
        let judged = judge_thresholds(&limits, &summary, |_| None);
        assert!(judged[0].passed, "{judged:?}");
        summary.phases.clear();
        let judged = judge_thresholds(&limits, &summary, |_| None);
        assert!(!judged[0].passed, "{judged:?}");
        assert_eq!(judged[0].actual_text, "not measured");
    }
}
