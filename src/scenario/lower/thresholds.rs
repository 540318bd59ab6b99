//! `[thresholds]` to conditions.

use super::condition::{self, Condition};
use crate::phase::Phase;
use crate::plan::{Comparator, Limit, Threshold, ThresholdMetric};
use crate::scenario::text::closest::{as_key, suggestion};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Tree};
use crate::units::Nanos;

pub(super) fn thresholds(entries: &[Entry], complaints: &Complaints) -> Vec<Threshold> {
    let set = entries.iter();
    let mut all: Vec<_> = set
        .filter_map(|entry| threshold(entry, complaints))
        .collect();
    // One that asks for failures does not bound them.
    let bounds = |one: &Threshold| {
        let is_upper = matches!(one.comparison, Comparator::Below | Comparator::AtMost);
        one.metric == ThresholdMetric::FailedShare && is_upper
    };
    if !all.iter().any(bounds) {
        all.push(Threshold::implied());
    }
    all
}

fn threshold(entry: &Entry, complaints: &Complaints) -> Option<Threshold> {
    if let Some(whole) = unquoted(entry) {
        let message = format!("TOML reads `{}` as a table, not as a metric", entry.key);
        let hint = format!("write the metric in quotes: \"{whole}\"");
        complaints.advise(entry.key_span, message, hint);
        return None;
    }
    let fault = |message: String| {
        complaints.add(entry.node.span, format!("`{}`: {message}", entry.key));
    };
    let metric = ThresholdMetric::parse(&entry.key);
    if metric.is_none() {
        let message = format!("there is no metric `{}`", entry.key);
        complaints.advise(entry.key_span, message, hint(&entry.key));
    }
    let condition = Condition::read(entry, example(metric.as_ref()));
    let Condition {
        comparison,
        limit,
        abort_after,
    } = condition.map_err(fault).ok()?;
    let metric = metric?;
    let limit = read_limit(&metric, limit).map_err(fault).ok()?;
    if abort_after.is_some()
        && let Some(why) = known_at_the_end(&metric, comparison)
    {
        let message = format!("`{}` cannot end a run early: {why}", entry.key);
        complaints.advise(entry.node.span, message, "leave `abort` out".to_owned());
        return None;
    }
    if comparison == Comparator::Below && is_nothing(limit) {
        let message = format!("`{}`: no value is below {limit}", entry.key);
        complaints.advise(entry.node.span, message, format!("write \"<= {limit}\""));
        return None;
    }
    Some(Threshold {
        metric,
        comparison,
        limit,
        implied: false,
        abort_after,
    })
}

/// Why it is certain only at the end of a run whether this holds; `None` if it can be certain before.
fn known_at_the_end(metric: &ThresholdMetric, comparison: Comparator) -> Option<&'static str> {
    if *metric == ThresholdMetric::AchievedRate {
        return Some("what comes later may make up for it");
    }
    let is_lower = matches!(comparison, Comparator::Above | Comparator::AtLeast);
    is_lower.then_some("a lower limit may still be reached later")
}

/// A condition on a metric of this kind.
const fn example(metric: Option<&ThresholdMetric>) -> &'static str {
    match metric {
        Some(ThresholdMetric::FailedShare | ThresholdMetric::DroppedShare) => "< 0.1%",
        Some(ThresholdMetric::AchievedRate) => "> 190/s",
        Some(
            ThresholdMetric::FalseAccepts
            | ThresholdMetric::FalseRejects
            | ThresholdMetric::BadTokenErrors,
        ) => "<= 0",
        _ => "< 250ms",
    }
}

/// The metric that was meant by `latency.p99 = ...`, which TOML reads as a table `latency`.
fn unquoted(entry: &Entry) -> Option<String> {
    let mut whole = entry.key.clone();
    let mut node = &entry.node;
    while let Tree::Table(entries) = &node.value
        && !condition::is_table(node)
    {
        let inner = entries.first()?;
        whole.push('.');
        whole.push_str(&inner.key);
        node = &inner.node;
    }
    (whole != entry.key).then_some(whole)
}

fn read_limit(metric: &ThresholdMetric, text: &str) -> Result<Limit, String> {
    let read = match metric {
        ThresholdMetric::FailedShare | ThresholdMetric::DroppedShare => {
            text.parse().map(Limit::Share)
        }
        ThresholdMetric::AchievedRate => text.parse().map(Limit::Rate),
        ThresholdMetric::FalseAccepts
        | ThresholdMetric::FalseRejects
        | ThresholdMetric::BadTokenErrors => {
            let count = text.parse().map(Limit::Count);
            return count
                .map_err(|_| format!("{text:?} is not a number; write one such as \"<= 0\""));
        }
        ThresholdMetric::PhaseQuantile(..)
        | ThresholdMetric::PhaseMean(_)
        | ThresholdMetric::PhaseMax(_) => text.parse().map(Limit::Span),
    };
    read.map_err(|error| error.to_string())
}

fn is_nothing(limit: Limit) -> bool {
    match limit {
        Limit::Span(span) => span == Nanos::ZERO,
        Limit::Share(share) => share.as_fraction() <= 0.0,
        Limit::Rate(_) => false,
        Limit::Count(count) => count == 0,
    }
}

fn hint(key: &str) -> String {
    let (phase, statistic) = key.split_once('.').unwrap_or((key, ""));
    let is_server = Phase::parse(phase) == Some(Phase::Server);
    if is_server && !statistic.is_empty() && !statistic.starts_with('p') {
        return format!(
            "for a metric of Server-Timing write `{key}.p99`, `{key}.mean` or `{key}.max`"
        );
    }
    if Phase::parse(phase).is_some() {
        return format!("write `{phase}.p99`, `{phase}.mean` or `{phase}.max`");
    }
    if ThresholdMetric::parse(statistic).is_some() {
        return format!(
            "thresholds apply to all loads together: write {}",
            as_key(statistic)
        );
    }
    let known = Phase::ALL
        .into_iter()
        .map(Phase::as_str)
        .chain(["failed", "dropped", "achieved", "false_accepts"])
        .chain(["false_rejects", "bad_token_errors"]);
    let shown = |close: &str| as_key(&key.replacen(phase, close, 1));
    suggestion(phase, known, shown, || {
        "write a phase and a percentile (`latency.p99`), `failed`, `dropped` or `achieved`"
            .to_owned()
    })
}
