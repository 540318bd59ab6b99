//! Tables as markup.

use std::borrow::Cow;

use serde::Serialize;

use super::pages::Pages;
use super::part::segment;
use super::severity::mark;
use crate::report::chart::waterfall;
use crate::report::content::numbers::share;
use crate::report::content::table::{Cell, ColumnKind, Table};
use crate::report::error::ReportError;

/// Rows of a table whose length the run decides; CSV and JSON files have all.
const ROWS_MAX: usize = 500;

#[derive(Serialize)]
struct TableView<'table> {
    name: &'table str,
    has_caption: bool,
    head: Vec<CellView<'table>>,
    rows: Vec<RowView<'table>>,
}

#[derive(Serialize)]
struct RowView<'table> {
    strong: bool,
    cells: Vec<CellView<'table>>,
}

#[derive(Serialize)]
struct CellView<'table> {
    class: &'static str,
    text: Cow<'table, str>,
    /// A picture, taken as markup: only `chart` makes these.
    svg: Option<String>,
    href: Option<&'table str>,
}

/// A table as markup; with a caption where it is not alone under its heading.
pub(super) fn markup(
    pages: &Pages<'_>,
    table: &Table,
    has_caption: bool,
) -> Result<String, ReportError> {
    let columns = &table.columns;
    let head = columns.iter().map(|column| text(&column.name, column.kind));
    let rows = table.rows.iter().take(ROWS_MAX).map(|row| RowView {
        strong: row.is_total,
        cells: row
            .cells
            .iter()
            .zip(columns)
            .map(|(one, column)| cell(one, column.kind))
            .collect(),
    });
    pages.render(
        "table.html",
        &TableView {
            name: &table.name,
            has_caption,
            head: head.collect(),
            rows: rows.collect(),
        },
    )
}

fn text<'table>(text: impl Into<Cow<'table, str>>, kind: ColumnKind) -> CellView<'table> {
    let class = match kind {
        ColumnKind::Number => "",
        ColumnKind::Text => "t",
        ColumnKind::Wrapped => "t wrap",
    };
    let text = text.into();
    CellView {
        class,
        text,
        svg: None,
        href: None,
    }
}

fn cell(cell: &Cell, kind: ColumnKind) -> CellView<'_> {
    match cell {
        Cell::Link { word, href } => CellView {
            href: Some(href),
            ..text(*word, kind)
        },
        Cell::Parts { title, parts } => {
            let segments = parts.iter().map(|(part, share, span)| {
                segment(*part, *share, format!("{} {span}", part.name()))
            });
            let segments: Vec<_> = segments.filter(|segment| segment.share > 0.0).collect();
            let told: Vec<_> = segments.iter().map(|one| one.detail.as_str()).collect();
            CellView {
                svg: Some(waterfall(title, &told.join(", "), &segments)),
                ..text("", kind)
            }
        }
        Cell::Share(fraction) => text(share(*fraction), kind),
        Cell::Text(words) => text(words, kind),
        Cell::Verdict(severity, word) => text(format!("{}{word}", mark(*severity)), kind),
    }
}
