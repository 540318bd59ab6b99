//! What a section is made of: tables, figures and facts.

use std::borrow::Cow;

use serde::Serialize;

use super::pages::Pages;
use crate::report::ReportError;

/// A part of the page with a heading.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: Cow<'static, str>,
    pub(super) lead: Option<String>,
    /// Markup that the blocks below made.
    pub(super) body: String,
}

/// A name and its value.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// Facts side by side.
pub(super) fn facts(pages: &Pages<'_>, facts: &[Fact]) -> Result<String, ReportError> {
    list(pages, facts, false)
}

/// Facts under one another, for long values.
pub(super) fn long_facts(pages: &Pages<'_>, facts: &[Fact]) -> Result<String, ReportError> {
    list(pages, facts, true)
}

fn list(pages: &Pages<'_>, facts: &[Fact], long: bool) -> Result<String, ReportError> {
    #[derive(Serialize)]
    struct List<'facts> {
        long: bool,
        facts: &'facts [Fact],
    }
    pages.facts(&List { long, facts })
}

/// How a cell is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    /// A picture drawn here.
    Drawing,
    /// The way to another page, under this word; nothing where it is empty.
    Link(&'static str),
    /// Figures, to the right.
    Number,
    /// Words, to the left.
    Text,
    /// Words that may take several lines.
    Wrapped,
}

/// A table; the first column heads its rows.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) caption: Option<String>,
    pub(super) head: Vec<(String, Column)>,
    pub(super) rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) strong: bool,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// A row like the others.
    pub(super) const fn new(cells: Vec<String>) -> Self {
        Self {
            strong: false,
            cells,
        }
    }
}

impl Table {
    /// A table with these columns and no rows yet.
    pub(super) fn new(name: &str, head: &[(&str, Column)]) -> Self {
        Self {
            name: name.to_owned(),
            caption: None,
            head: head
                .iter()
                .map(|(text, column)| ((*text).to_owned(), *column))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, cells: Vec<String>) {
        self.rows.push(Row::new(cells));
    }

    /// The table as markup.
    pub(super) fn html(&self, pages: &Pages<'_>) -> Result<String, ReportError> {
        let columns: Vec<Column> = self.head.iter().map(|(_, column)| *column).collect();
        let head = self.head.iter().map(|(text, column)| cell(text, *column));
        let rows = self.rows.iter().map(|row| TableRow {
            strong: row.strong,
            cells: row
                .cells
                .iter()
                .zip(&columns)
                .map(|(text, column)| cell(text, *column))
                .collect(),
        });
        pages.table(&TableView {
            name: &self.name,
            caption: self.caption.as_deref(),
            head: head.collect(),
            rows: rows.collect(),
        })
    }
}

#[derive(Serialize)]
struct TableView<'table> {
    name: &'table str,
    caption: Option<&'table str>,
    head: Vec<Cell<'table>>,
    rows: Vec<TableRow<'table>>,
}

#[derive(Serialize)]
struct TableRow<'table> {
    strong: bool,
    cells: Vec<Cell<'table>>,
}

#[derive(Serialize)]
struct Cell<'table> {
    class: &'static str,
    text: &'table str,
    /// A picture, taken as markup: only `chart` makes these.
    svg: Option<&'table str>,
    /// The way to another page.
    href: Option<&'table str>,
}

fn cell(text: &str, column: Column) -> Cell<'_> {
    let class = match column {
        Column::Number => "",
        Column::Drawing | Column::Link(_) | Column::Text => "t",
        Column::Wrapped => "t wrap",
    };
    let svg = (column == Column::Drawing).then_some(text);
    let word = match column {
        Column::Link(word) => Some(word),
        _ => None,
    };
    let href = word.filter(|_| !text.is_empty()).map(|_| text);
    Cell {
        class,
        text: word.filter(|_| href.is_some()).unwrap_or(text),
        svg,
        href,
    }
}

/// A picture with its legend and the figures it was drawn from.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) note: String,
    pub(super) svg: String,
    pub(super) lines: Vec<LegendLine>,
    pub(super) parts: Vec<LegendPart>,
    pub(super) table: Table,
}

/// A line in the legend.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LegendLine {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
}

/// A part of a bar in the legend.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LegendPart {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) detail: String,
}

impl Figure {
    /// The figure as markup.
    pub(super) fn html(&self, pages: &Pages<'_>) -> Result<String, ReportError> {
        #[derive(Serialize)]
        struct View<'figure> {
            title: &'figure str,
            note: &'figure str,
            svg: &'figure str,
            lines: &'figure [LegendLine],
            parts: &'figure [LegendPart],
            table_name: &'figure str,
            table: String,
        }
        pages.figure(&View {
            title: self.title,
            note: &self.note,
            svg: &self.svg,
            lines: &self.lines,
            parts: &self.parts,
            table_name: &self.table.name,
            table: self.table.html(pages)?,
        })
    }
}
