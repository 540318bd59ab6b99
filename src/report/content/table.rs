//! Tables with typed columns, which each format sets to its own width.

use super::importance::Importance;
use super::severity::Severity;
use crate::summary::Part;

/// A table; the first column names its rows.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) importance: Importance,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    pub(crate) importance: Importance,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ColumnKind {
    /// Numbers, to the right.
    Number,
    /// Words, to the left.
    Text,
    /// Words that may take several lines.
    Wrapped,
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Whether it sums up the others.
    pub(crate) is_total: bool,
    pub(crate) cells: Vec<Cell>,
}

/// What one cell holds.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// The address of another page, under a word.
    Link {
        word: &'static str,
        href: String,
    },
    /// The parts of a time, each as a share of the longest time, and all of them in words.
    Parts {
        title: String,
        parts: Vec<(Part, f64, String)>,
    },
    /// A share of 1; some formats draw it.
    Share(f64),
    Text(String),
    Verdict(Severity, &'static str),
}

impl Table {
    /// A table with the column that names its rows.
    pub(crate) fn new(name: impl Into<String>, first: &str) -> Self {
        let table = Self {
            name: name.into(),
            importance: Importance::Essential,
            columns: Vec::new(),
            rows: Vec::new(),
        };
        table.text(first)
    }

    #[must_use]
    pub(crate) fn of(self, importance: Importance) -> Self {
        Self { importance, ..self }
    }

    /// Adds a column of words.
    #[must_use]
    pub(crate) fn text(self, name: &str) -> Self {
        self.column(name, ColumnKind::Text, Importance::Essential)
    }

    /// Adds columns of numbers.
    #[must_use]
    pub(crate) fn numbers<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        names.into_iter().fold(self, |table, name| {
            table.column(name, ColumnKind::Number, Importance::Essential)
        })
    }

    /// Adds a column.
    #[must_use]
    pub(crate) fn column(mut self, name: &str, kind: ColumnKind, importance: Importance) -> Self {
        self.columns.push(Column {
            name: name.to_owned(),
            kind,
            importance,
        });
        self
    }

    /// Adds a row of texts.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.push_cells(cells.into_iter().map(Cell::Text).collect());
    }

    /// Adds a row.
    pub(crate) fn push_cells(&mut self, cells: Vec<Cell>) {
        let is_total = false;
        self.rows.push(Row { is_total, cells });
    }

    /// Adds a row that sums up the others.
    pub(crate) fn push_total(&mut self, cells: Vec<Cell>) {
        let is_total = true;
        self.rows.push(Row { is_total, cells });
    }

    /// Leaves out the columns without a value in any row.
    pub(crate) fn drop_empty_columns(&mut self) {
        let is_empty = |cell: &Cell| matches!(cell, Cell::Text(text) if text.is_empty());
        for place in (0..self.columns.len()).rev() {
            let mut cells = self.rows.iter().filter_map(|row| row.cells.get(place));
            if cells.all(is_empty) {
                self.columns.remove(place);
                for row in &mut self.rows {
                    row.cells.remove(place);
                }
            }
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.unwrap_or_default())
    }
}
