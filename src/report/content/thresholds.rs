//! What had to hold, and whether it did.

use super::document::Section;
use super::importance::Importance;
use super::severity::Severity;
use super::table::{Cell, ColumnKind, Table};
use crate::summary::{RunState, Summary, ThresholdResult, Validity};

/// What became of one threshold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ThresholdStatus {
    Passed,
    Failed,
    /// The measurement is invalid, or the run ended before it had measured the metric.
    NotJudged,
}

/// What became of one threshold of a run.
pub(crate) fn status(summary: &Summary, threshold: &ThresholdResult) -> ThresholdStatus {
    let is_invalid = summary.measurement.verdict == Validity::Invalid;
    let is_cut_off = summary.run.state != RunState::Finished && threshold.actual.is_none();
    match threshold.passed {
        _ if is_invalid || is_cut_off => ThresholdStatus::NotJudged,
        true => ThresholdStatus::Passed,
        false => ThresholdStatus::Failed,
    }
}

/// `latency.p99 < 250 ms`.
pub(crate) fn rule(threshold: &ThresholdResult) -> String {
    format!(
        "{} {} {}",
        threshold.metric, threshold.comparison, threshold.limit_text
    )
}

/// What was measured: `was 7.10 ms`, or why there is no such figure.
pub(crate) fn was(threshold: &ThresholdResult) -> String {
    match threshold.actual {
        Some(_) => format!("was {}", threshold.actual_text),
        None => threshold.actual_text.clone(),
    }
}

/// What follows a threshold that the scenario does not set.
pub(crate) fn implied(threshold: &ThresholdResult) -> String {
    if threshold.implied {
        format!(" (implied: [thresholds] has no {})", threshold.metric)
    } else {
        String::new()
    }
}

/// Each threshold with its verdict.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let mut table = Table::new("Thresholds", "threshold")
        .text("verdict")
        .column("was", ColumnKind::Wrapped, Importance::Essential);
    for threshold in &summary.thresholds {
        let (severity, word) = match status(summary, threshold) {
            ThresholdStatus::Passed => (Severity::Good, "pass"),
            ThresholdStatus::Failed => (Severity::Bad, "FAIL"),
            ThresholdStatus::NotJudged => (Severity::Neutral, "not judged"),
        };
        table.push_cells(vec![
            Cell::Text(rule(threshold)),
            Cell::Verdict(severity, word),
            Cell::Text(format!("{}{}", threshold.actual_text, implied(threshold))),
        ]);
    }
    Section::new("thresholds", "Thresholds", [table.into()]).unless_empty()
}
