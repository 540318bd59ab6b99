//! What variants of signing cost, where they took turns.

use super::document::{Section, text};
use super::numbers::millis;
use super::table::Table;
use crate::summary::{MatrixResult, RunState, Summary};

/// The experiment of a run that has ended, if it was one.
pub(super) fn of(summary: &Summary) -> Option<&MatrixResult> {
    let matrix = summary.matrix.as_ref();
    matrix.filter(|_| summary.run.state != RunState::Running)
}

/// The costs, those of one figure side by side.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let matrix = of(summary)?;
    let mut table = Table::new("What signing costs (ms)", "figure (ms)")
        .text("variant")
        .numbers([matrix.reference.as_str(), "added", "from", "to"]);
    for metric in metrics(matrix) {
        for variant in &matrix.variants {
            let mut costs = variant.costs.iter();
            let cost = costs.find(|cost| cost.metric == metric);
            if let Some(cost) = cost {
                table.push([
                    metric.to_owned(),
                    variant.name.clone(),
                    millis(cost.reference_ns),
                    signed(cost.more_ns),
                    signed(cost.low_ns),
                    signed(cost.high_ns),
                ]);
            }
        }
    }
    let reference = &matrix.reference;
    let said = if table.rows.is_empty() {
        format!(
            "No cost could be determined: {reference} and another variant need successful callouts \
             in at least six rounds."
        )
    } else {
        format!(
            "Milliseconds added, compared with {reference}, and the {:.0} % confidence interval \
             over up to {} rounds. An interval that holds 0 shows no difference. A percentile is \
             left out where turns had too few callouts for it.",
            matrix.confidence * 100.0,
            matrix.rounds,
        )
    };
    let blocks = [table.into(), text(said)];
    Some(Section::new("matrix", "What signing costs", blocks))
}

/// The names of the figures, in the order in which they first appear.
fn metrics(matrix: &MatrixResult) -> Vec<&str> {
    let mut metrics: Vec<&str> = Vec::new();
    for cost in matrix.variants.iter().flat_map(|variant| &variant.costs) {
        if !metrics.contains(&cost.metric.as_str()) {
            metrics.push(&cost.metric);
        }
    }
    metrics
}

/// Milliseconds with a sign.
pub(super) fn signed(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    format!("{sign}{}", millis(ns.abs()))
}
