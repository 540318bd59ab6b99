//! What variants of signing cost, as a table.

use super::block::Column;
use super::{Pages, Section, Table};
use crate::report::{ReportError, matrix};
use crate::summary::Summary;

/// The costs of a matrix; nothing where the run was none.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let Some(result) = matrix::of(summary) else {
        return Ok(None);
    };
    let costs = matrix::costs(result);
    let (lead, body) = if costs.is_empty() {
        (matrix::why_none(result), String::new())
    } else {
        let mut head = vec![
            ("figure", Column::Text),
            ("variant", Column::Text),
            (result.reference.as_str(), Column::Number),
        ];
        head.extend(matrix::COLUMNS.map(|name| (name, Column::Number)));
        let mut table = Table::new("What signing costs, in milliseconds", &head);
        for cost in costs {
            let mut row = vec![cost.metric.to_owned(), cost.variant.to_owned()];
            row.extend(cost.cells);
            table.push(row);
        }
        (matrix::lead(result), table.html(pages)?)
    };
    Ok(Some(Section {
        id: "matrix",
        title: "What signing costs".into(),
        lead: Some(lead),
        body,
    }))
}
