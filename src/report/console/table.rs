//! Columns that line up.

use super::paint::{BOLD, FAINT, paint};

/// A table: a title, a head and rows; the first column is words, the others numbers.
#[derive(Debug)]
pub(super) struct Table<'t> {
    pub(super) title: &'t str,
    pub(super) head: Vec<&'t str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table<'_> {
    /// Sets the table, with the title over the first column.
    pub(super) fn text(&self) -> String {
        let mut head = vec![self.title.to_owned()];
        head.extend(self.head.iter().map(|name| (*name).to_owned()));
        let widths: Vec<usize> = (0..head.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells
                    .chain(head.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let mut lines = vec![paint_head(&line(&head, &widths), self.title)];
        lines.extend(self.rows.iter().map(|row| line(row, &widths)));
        lines.join("\n")
    }
}

fn paint_head(line: &str, title: &str) -> String {
    let rest = line.strip_prefix(title).unwrap_or(line);
    format!("{}{}", paint(BOLD, title), paint(FAINT, rest))
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        })
        .collect();
    cells.join("  ").trim_end().to_owned()
}
