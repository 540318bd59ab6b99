//! What became of bad tokens, as a table.

use super::block::Column;
use super::{Pages, Section, Table};
use crate::report::{ReportError, negative};
use crate::summary::Summary;

/// The faults; nothing where no bad token was sent.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let Some(result) = &summary.negative else {
        return Ok(None);
    };
    let kind = |column: usize| match column {
        0 | 1 => Column::Text,
        7 => Column::Wrapped,
        _ => Column::Number,
    };
    let head: Vec<_> = negative::COLUMNS.into_iter().zip((0..).map(kind)).collect();
    let mut table = Table::new("Bad tokens and their answers", &head);
    for fault in &result.faults {
        table.push(negative::cells(fault).to_vec());
    }
    Ok(Some(Section {
        id: "negative",
        title: "Bad tokens".into(),
        lead: Some(negative::lines(result).join(". ") + "."),
        body: table.html(pages)?,
    }))
}
