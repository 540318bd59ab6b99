//! Columns that line up.

use super::paint::{BOLD, FAINT, paint, severity};
use super::wrap::indented;
use crate::report::content::importance::Importance;
use crate::report::content::numbers::{grouped, share};
use crate::report::content::table::{Cell, Column, ColumnKind, Row, Table};
use crate::units::{count, float, index, whole};

/// Columns that a table may have without a line break in a usual terminal.
const COLUMNS_MAX: usize = 100;

/// Rows of a table whose length the run decides.
const ROWS_MAX: usize = 40;

/// Cells of the bar that draws a share.
const BAR_CELLS: usize = 10;

/// What gives way where a table is too wide, the roomiest first.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fit {
    /// Nothing: shares are drawn, and long texts have a column.
    Whole,
    /// Shares are not drawn.
    WithoutBars,
    /// Nor do long texts have a column; they have lines of their own under their row.
    Narrow,
}

/// One cell as it is set.
struct Set {
    text: String,
    is_left: bool,
    painted: Option<String>,
}

/// Sets the table, with its name over the first column.
pub(super) fn text(table: &Table, shown: Importance) -> String {
    let mut lines = Vec::new();
    for fit in [Fit::Whole, Fit::WithoutBars, Fit::Narrow] {
        let rows = table.rows.iter().take(ROWS_MAX);
        let rows: Vec<_> = rows.map(|row| cells(table, row, shown, fit)).collect();
        let head = head(table, shown, fit);
        let width = |place: usize| {
            let cells = rows.iter().filter_map(|row| row.get(place));
            let widths = cells.chain(head.get(place)).map(Set::width);
            widths.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        lines = vec![line(&head, &widths)];
        for (set, row) in rows.iter().zip(&table.rows) {
            lines.push(line(set, &widths));
            if fit == Fit::Narrow {
                lines.extend(long_texts(table, row, shown));
            }
        }
        if widths.iter().sum::<usize>() + 2 * (widths.len() - 1) <= COLUMNS_MAX {
            break;
        }
    }
    let left = table.rows.len().saturating_sub(ROWS_MAX);
    if left > 0 {
        lines.push(format!("  and {} more in the report", grouped(count(left))));
    }
    lines.join("\n")
}

/// The columns that are set, each with its place in the table.
fn columns(table: &Table, shown: Importance, fit: Fit) -> impl Iterator<Item = (usize, &Column)> {
    let columns = table.columns.iter().enumerate();
    columns.filter(move |(_, column)| {
        column.importance <= shown && (fit != Fit::Narrow || column.kind != ColumnKind::Wrapped)
    })
}

fn head(table: &Table, shown: Importance, fit: Fit) -> Vec<Set> {
    let mut head = Vec::new();
    for (place, column) in columns(table, shown, fit) {
        let (text, style) = match place {
            0 => (&table.name, BOLD),
            _ => (&column.name, FAINT),
        };
        // A bar stands beside its number, which the name belongs to.
        let mut cells = table.rows.iter().filter_map(|row| row.cells.get(place));
        let has_bars = fit == Fit::Whole && cells.any(|cell| matches!(cell, Cell::Share(_)));
        let beside = if has_bars { BAR_CELLS + 2 } else { 0 };
        let beside = " ".repeat(beside);
        head.push(Set {
            painted: Some(paint(style, text) + &beside),
            ..Set::new(format!("{text}{beside}"), column)
        });
    }
    head
}

fn cells(table: &Table, row: &Row, shown: Importance, fit: Fit) -> Vec<Set> {
    let mut cells = Vec::new();
    for (place, column) in columns(table, shown, fit) {
        let Some(cell) = row.cells.get(place) else {
            continue;
        };
        let indent = if place == 0 { "  " } else { "" };
        cells.push(Set {
            painted: match cell {
                Cell::Verdict(how, word) => Some(severity(*how, word)),
                _ => None,
            },
            ..Set::new(format!("{indent}{}", plain(cell, fit)), column)
        });
    }
    cells
}

/// A cell without styles; a share is drawn beside its number.
fn plain(cell: &Cell, fit: Fit) -> String {
    match cell {
        Cell::Share(fraction) if fit == Fit::Whole => {
            let cells = fraction.clamp(0.0, 1.0) * float(BAR_CELLS);
            let bar = "█".repeat(index(whole(cells)));
            format!("{}  {bar:<BAR_CELLS$}", share(*fraction))
        }
        Cell::Share(fraction) => share(*fraction),
        Cell::Link { href, .. } => href.clone(),
        Cell::Parts { title, .. } => title.clone(),
        Cell::Text(text) => text.clone(),
        Cell::Verdict(_, word) => (*word).to_owned(),
    }
}

/// The long texts of a row, in lines of their own.
fn long_texts(table: &Table, row: &Row, shown: Importance) -> Vec<String> {
    let long = table.columns.iter().zip(&row.cells);
    let long =
        long.filter(|(column, _)| column.kind == ColumnKind::Wrapped && column.importance <= shown);
    let texts = long.map(|(_, cell)| plain(cell, Fit::Whole));
    texts
        .filter(|text| !text.is_empty())
        .map(|text| paint(FAINT, &indented(&format!("  {text}"))))
        .collect()
}

impl Set {
    fn new(text: String, column: &Column) -> Self {
        Self {
            text,
            is_left: column.kind != ColumnKind::Number,
            painted: None,
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

fn line(cells: &[Set], widths: &[usize]) -> String {
    let mut line = String::new();
    for (place, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = if place == 0 { "" } else { "  " };
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        let text = cell.painted.as_ref().unwrap_or(&cell.text);
        let parts = if cell.is_left {
            [gap, text, &padding]
        } else {
            [gap, &padding, text]
        };
        line.extend(parts);
    }
    line.trim_end().to_owned()
}
