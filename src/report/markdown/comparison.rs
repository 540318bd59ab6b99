//! A comparison as Markdown, for a job summary or a comment on a pull request.

use super::{table, text};
use crate::report::hostile::tamed_comparison;
use crate::report::{ReportError, changes};
use crate::summary::{Comparison, Finding, MetricResult};

/// Lines of a list whose length the runs decide.
const LINES_MAX: usize = 20;

/// Writes the verdict and why first, then the figures.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every report has this signature; Markdown happens not to fail"
)]
pub(in crate::report) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let comparison = tamed_comparison(comparison);
    let verdict = changes::verdict(&comparison);
    let mut blocks = vec![
        format!(
            "## {}: {}",
            text(&comparison.scenario),
            verdict.word.to_lowercase()
        ),
        format!("**{}.**", text(&capital(&verdict.detail))),
    ];
    let cause = comparison.cause.as_deref();
    blocks.extend(cause.map(|cause| format!("Cause: {}.", text(cause))));
    blocks.push(metrics(changes::gating(&comparison)));
    let needed = changes::gating(&comparison).filter_map(|metric| {
        let needed = changes::needed(metric);
        (!needed.is_empty()).then(|| format!("{}: {needed}", metric.name))
    });
    let reasons = comparison.advisory_reasons.iter();
    let lines = needed
        .chain(reasons.map(|why| format!("advisory: {why}")))
        .chain(comparison.notes.clone());
    let lines: Vec<_> = lines
        .take(LINES_MAX)
        .map(|line| format!("- {}", text(&line)))
        .collect();
    blocks.push(lines.join("\n"));
    let watched = || comparison.metrics.iter().filter(|metric| !metric.gates);
    if watched().next().is_some() {
        blocks.push(format!(
            "<details><summary>What else was looked at</summary>\n\n{}\n\n</details>",
            metrics(watched())
        ));
    }
    blocks.push(format!(
        "Baseline: {}. Candidate: {}. {}; intervals hold the true change with {} each, so those of \
         all gates with 95 %. leadbench {}",
        text(&changes::side(&comparison.baseline)),
        text(&changes::side(&comparison.candidate)),
        capital(&changes::design(&comparison)),
        changes::confidence(&comparison),
        text(&comparison.version),
    ));
    blocks.retain(|block| !block.is_empty());
    Ok(format!("{}\n", blocks.join("\n\n")).into_bytes())
}

fn metrics<'m>(metrics: impl Iterator<Item = &'m MetricResult>) -> String {
    let rows = metrics.map(|metric| {
        let found = match metric.finding {
            Finding::Regression => "**REGRESSION**".to_owned(),
            other => other.to_string(),
        };
        vec![
            text(&changes::name(metric)),
            found,
            changes::value(metric, metric.baseline),
            changes::value(metric, metric.candidate),
            changes::changed(metric),
            changes::interval(metric),
            changes::margin(metric),
            changes::detectable(metric),
        ]
    });
    let head = [
        "metric",
        "found",
        "baseline",
        "candidate",
        "change",
        "interval",
        "margin",
        "could have seen",
    ];
    table(&head, 2, rows.collect())
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
