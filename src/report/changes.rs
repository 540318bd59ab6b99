//! A comparison in words and figures, for every format alike.

use super::figures::{counted, millis, rate, share};
use super::verdict::{Mood, Verdict};
use crate::summary::{Comparison, Design, Finding, MetricResult};
use crate::units::count;

/// Commits and targets that are named of a side.
const NAMES_MAX: usize = 3;

/// What the finding is called, what to think of it, and which metrics it is made of.
pub(super) fn verdict(comparison: &Comparison) -> Verdict {
    let (mood, word) = match (comparison.finding, comparison.advisory) {
        (Finding::Regression, false) => (Mood::Bad, "REGRESSION"),
        (Finding::Regression, true) => (Mood::Mixed, "REGRESSION (advisory)"),
        (Finding::TooNoisy, false) => (Mood::Mixed, "UNDECIDED"),
        (Finding::TooNoisy, true) => (Mood::Mixed, "UNDECIDED (advisory)"),
        (Finding::Improvement, false) => (Mood::Good, "IMPROVEMENT"),
        (Finding::Improvement, true) => (Mood::Mixed, "IMPROVEMENT (advisory)"),
        (Finding::NoChange, false) => (Mood::Good, "NO CHANGE"),
        (Finding::NoChange, true) => (Mood::Mixed, "NO CHANGE (advisory)"),
    };
    Verdict {
        mood,
        word,
        detail: sentence(comparison),
    }
}

/// `latency.p99 +20.2 % (+12.1 % to +29.0 %)`, of the metrics that the finding is made of.
fn sentence(comparison: &Comparison) -> String {
    let found = |finding| gating(comparison).filter(move |metric| metric.finding == finding);
    let told = |metric: &MetricResult| {
        format!("{} {} ({})", metric.name, changed(metric), interval(metric))
    };
    let list = |finding| found(finding).map(told).collect::<Vec<_>>().join(", ");
    match comparison.finding {
        Finding::Regression => format!("worse: {}", list(Finding::Regression)),
        Finding::Improvement => format!("better: {}", list(Finding::Improvement)),
        Finding::NoChange => {
            let all = counted(
                count(gating(comparison).count()),
                "gating metric is",
                "gating metrics are",
            );
            format!("{all} within the margin")
        }
        Finding::TooNoisy => {
            let names: Vec<_> = found(Finding::TooNoisy)
                .map(|metric| metric.name.as_str())
                .collect();
            format!("too noisy to tell: {}", names.join(", "))
        }
    }
}

/// The metrics that take part in the verdict.
pub(super) fn gating(comparison: &Comparison) -> impl Iterator<Item = &MetricResult> {
    comparison.metrics.iter().filter(|metric| metric.gates)
}

/// How the runs stand to one another.
pub(super) fn design(comparison: &Comparison) -> String {
    let (before, after) = (
        comparison.baseline.runs.len(),
        comparison.candidate.runs.len(),
    );
    match comparison.design {
        Design::Single => "one run of each side".to_owned(),
        Design::InTurn => format!("{before} pairs of runs, taken in turn"),
        Design::SideBySide => format!("{before} rounds, both sides at once"),
        Design::Apart => format!("{before} and {after} runs, apart"),
    }
}

/// `commit a1b2c3d of http://127.0.0.1:8080/leads`.
pub(super) fn side(side: &crate::summary::Side) -> String {
    let commits = if side.commits.is_empty() {
        "no commit known".to_owned()
    } else {
        format!("commit {}", listed(&side.commits))
    };
    format!("{commits}, at {}", listed(&side.targets))
}

/// The first of some names, and how many more there are: a side should have one.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).cloned();
    let more = names.len().checked_sub(NAMES_MAX).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().join(", ")
}

/// `+20.2 %`, of a share `+0.12 pp`; a dash where nothing is known.
pub(super) fn changed(metric: &MetricResult) -> String {
    metric
        .change
        .map_or_else(|| "-".to_owned(), |change| signed(metric, change))
}

fn signed(metric: &MetricResult, change: f64) -> String {
    let percent = change * 100.0;
    if metric.unit == "share" {
        format!("{percent:+.2} pp")
    } else {
        format!("{percent:+.1} %")
    }
}

/// `+12.1 % to +29.0 %`; a dash where there is none.
pub(super) fn interval(metric: &MetricResult) -> String {
    match (metric.low, metric.high) {
        (Some(low), Some(high)) => {
            format!("{} to {}", signed(metric, low), signed(metric, high))
        }
        _ => "-".to_owned(),
    }
}

/// `10 %`, of a share `0.1 pp`.
pub(super) fn margin(metric: &MetricResult) -> String {
    let percent = format!("{:.2}", metric.margin * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let unit = if metric.unit == "share" { "pp" } else { "%" };
    format!("{percent} {unit}")
}

/// The smallest change that would have been seen.
pub(super) fn detectable(metric: &MetricResult) -> String {
    let seen = metric.detectable.map(|change| signed(metric, change));
    seen.map_or_else(
        || "-".to_owned(),
        |seen| seen.trim_start_matches('+').to_owned(),
    )
}

/// What it would take, where what there is does not do.
pub(super) fn needed(metric: &MetricResult) -> String {
    match (&metric.why, metric.finding, metric.runs_needed) {
        (Some(why), ..) => why.clone(),
        (None, Finding::TooNoisy, Some(runs)) => {
            format!("{runs} runs of each side would tell {}", margin(metric))
        }
        _ => String::new(),
    }
}

/// A value in the unit of its column: milliseconds, a rate, a share.
pub(super) fn value(metric: &MetricResult, value: Option<f64>) -> String {
    match (value, metric.unit.as_str()) {
        (None, _) => "-".to_owned(),
        (Some(ns), "ns") => millis(ns),
        (Some(per_s), "per_s") => rate(per_s),
        (Some(part), _) => share(part),
    }
}

/// Its name, with the unit of its values where they have none of their own.
pub(super) fn name(metric: &MetricResult) -> String {
    match metric.unit.as_str() {
        "ns" => format!("{} ms", metric.name),
        _ => metric.name.clone(),
    }
}

/// `99 %`.
pub(super) fn confidence(comparison: &Comparison) -> String {
    let percent = format!("{:.2}", comparison.confidence * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}
