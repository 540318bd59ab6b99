//! A comparison on a terminal.

use super::paint::{BOLD, FAINT, mood, paint};
use super::table::Table;
use super::wrapped;
use crate::report::changes;
use crate::report::hostile::tamed_comparison;
use crate::summary::{Comparison, Finding, MetricResult};

/// Metrics that only explain are shown where they moved; more of them would hide it.
const WATCHED_MAX: usize = 12;

/// Renders a comparison for a terminal, styled; the caller strips where unwanted.
pub fn comparison(comparison: &Comparison) -> String {
    let comparison = tamed_comparison(comparison);
    let verdict = changes::verdict(&comparison);
    let sides = [
        ("baseline ", &comparison.baseline),
        ("candidate", &comparison.candidate),
    ];
    let sides =
        sides.map(|(name, side)| format!("{}  {}", paint(FAINT, name), changes::side(side)));
    let head = [
        format!(
            "{}  {}",
            paint(BOLD, &comparison.scenario),
            changes::design(&comparison)
        ),
        sides.join("\n"),
        String::new(),
        format!(
            "{}  {}",
            mood(verdict.mood, verdict.word),
            wrapped(&verdict.detail)
        ),
    ];
    let mut blocks = vec![head.join("\n")];
    let cause = comparison.cause.as_deref();
    blocks.extend(cause.map(|cause| wrapped(&format!("Cause: {cause}."))));
    blocks.push(table("Gates", changes::gating(&comparison).collect()));
    let moved = |metric: &&MetricResult| {
        !metric.gates && matches!(metric.finding, Finding::Regression | Finding::Improvement)
    };
    let watched: Vec<_> = comparison
        .metrics
        .iter()
        .filter(moved)
        .take(WATCHED_MAX)
        .collect();
    if !watched.is_empty() {
        blocks.push(table("Moved besides", watched));
    }
    blocks.push(wrapped(&format!(
        "Intervals hold the true change with {} each, so all of the gates' with 95 %.",
        changes::confidence(&comparison)
    )));
    let needed = changes::gating(&comparison).filter_map(|metric| {
        let needed = changes::needed(metric);
        (!needed.is_empty()).then(|| format!("{}: {needed}", metric.name))
    });
    let lines = needed
        .chain(
            comparison
                .advisory_reasons
                .iter()
                .map(|why| format!("advisory: {why}")),
        )
        .chain(comparison.notes.iter().map(|note| format!("note: {note}")));
    let lines: Vec<_> = lines.map(|line| wrapped(&line)).collect();
    if !lines.is_empty() {
        blocks.push(lines.join("\n"));
    }
    format!("{}\n", blocks.join("\n\n"))
}

fn table(title: &str, metrics: Vec<&MetricResult>) -> String {
    let rows = metrics.into_iter().map(|metric| {
        vec![
            changes::name(metric),
            changes::value(metric, metric.baseline),
            changes::value(metric, metric.candidate),
            changes::changed(metric),
            changes::interval(metric),
            changes::margin(metric),
            metric.finding.to_string(),
        ]
    });
    Table {
        title,
        head: vec![
            "baseline",
            "candidate",
            "change",
            "interval",
            "margin",
            "found",
        ],
        rows: rows.collect(),
    }
    .text()
}
