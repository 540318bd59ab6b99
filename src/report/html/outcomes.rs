//! How iterations ended, and what the failures said.

use super::block::Column;
use super::{Pages, Section, Table};
use crate::report::figures::{counted, grouped, ratio_of, share, span};
use crate::report::{ReportError, phrases, reasons};
use crate::summary::Summary;
use crate::units::float;

/// The section's place on the page.
pub(super) const ID: &str = "outcomes";

/// Rows of a list whose length the target decides.
const ROWS_MAX: usize = 50;

/// Outcomes, statuses and failures in words; nothing where nothing ended.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    if summary.outcomes.is_empty() {
        return Ok(None);
    }
    let mut body = outcomes(summary).html(pages)?;
    if !summary.failures.is_empty() {
        body.push_str(&failures(summary).html(pages)?);
    }
    let total: u64 = summary.outcomes.values().sum();
    Ok(Some(Section {
        id: ID,
        title: "Outcomes".into(),
        lead: Some(format!(
            "How {} ended.",
            counted(total, "callout", "callouts")
        )),
        body,
    }))
}

fn outcomes(summary: &Summary) -> Table {
    let total: u64 = summary.outcomes.values().sum();
    let mut table = Table::new(
        "Outcomes and statuses",
        &[
            ("outcome", Column::Text),
            ("count", Column::Number),
            ("share", Column::Number),
        ],
    );
    let named = summary
        .outcomes
        .iter()
        .map(|(name, n)| (phrases::outcome(name), *n));
    let by_status = summary
        .statuses
        .iter()
        .map(|(status, n)| (format!("HTTP {status}"), *n));
    for (name, n) in named.take(ROWS_MAX).chain(by_status.take(ROWS_MAX)) {
        table.push(vec![name, grouped(n), share(ratio_of(n, total))]);
    }
    table
}

fn failures(summary: &Summary) -> Table {
    let mut table = Table::new(
        "Failures in words",
        &[
            ("failure", Column::Text),
            ("what was said", Column::Wrapped),
            ("count", Column::Number),
            ("first at", Column::Number),
        ],
    );
    let caption = ["The first few distinct failures."].into_iter();
    let caption = caption.chain(reasons::remedies(summary));
    table.caption = Some(caption.collect::<Vec<_>>().join(" "));
    for failure in summary.failures.iter().take(ROWS_MAX) {
        table.push(vec![
            phrases::outcome(&failure.outcome),
            failure.message.clone(),
            grouped(failure.count),
            span(float(failure.first_at_ns)),
        ]);
    }
    table
}
