//! What variants of signing cost: the words and cells that all formats share.

use super::figures::millis;
use crate::summary::{MarginalCost, MatrixResult, RunState, Summary, VariantResult};

/// What the columns of a cost's row are, the figure, the variant and the reference aside.
pub(super) const COLUMNS: [&str; 3] = ["more", "from", "to"];

/// What one variant needs more of one figure.
pub(super) struct Cost<'m> {
    pub(super) metric: &'m str,
    pub(super) variant: &'m str,
    /// The reference's own value, and the cells under [`COLUMNS`].
    pub(super) cells: [String; 4],
}

/// The experiment of a run that has ended, if it was one.
pub(super) fn of(summary: &Summary) -> Option<&MatrixResult> {
    let matrix = summary.matrix.as_ref();
    matrix.filter(|_| summary.run.state != RunState::Running)
}

/// What is compared, in a sentence.
pub(super) fn lead(matrix: &MatrixResult) -> String {
    format!(
        "More than {} needs, in milliseconds, with its {:.0} % interval over up to {} rounds; \
         an interval that holds 0 shows no difference. A percentile is left out where turns \
         had too few callouts for it.",
        matrix.reference,
        matrix.confidence * 100.0,
        matrix.rounds,
    )
}

/// The costs, those of one figure side by side; none where no figure could be compared.
pub(super) fn costs(matrix: &MatrixResult) -> Vec<Cost<'_>> {
    let mut metrics: Vec<&str> = Vec::new();
    for cost in matrix.variants.iter().flat_map(|variant| &variant.costs) {
        if !metrics.contains(&cost.metric.as_str()) {
            metrics.push(&cost.metric);
        }
    }
    let of_metric = |metric| {
        let of_variant = move |variant: &'_ VariantResult| {
            let mut costs = variant.costs.iter();
            costs.find(|cost| cost.metric == metric).map(cells)
        };
        let variants = matrix.variants.iter();
        variants.filter_map(move |variant| {
            Some(Cost {
                metric,
                variant: &variant.name,
                cells: of_variant(variant)?,
            })
        })
    };
    metrics.into_iter().flat_map(of_metric).collect()
}

fn cells(cost: &MarginalCost) -> [String; 4] {
    [
        millis(cost.reference_ns),
        signed(cost.more_ns),
        signed(cost.low_ns),
        signed(cost.high_ns),
    ]
}

/// Why there is no table.
pub(super) fn why_none(matrix: &MatrixResult) -> String {
    format!(
        "No cost could be told: {} and another variant need successful callouts in six rounds \
         at least.",
        matrix.reference
    )
}

/// Milliseconds with a sign.
pub(super) fn signed(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    format!("{sign}{}", millis(ns.abs()))
}
