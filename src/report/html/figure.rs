//! A picture with its legend and the figures it was drawn from.

use serde::Serialize;

use super::pages::Pages;
use super::table;
use crate::report::content::table::Table;
use crate::report::error::ReportError;

/// A picture with its legend and its table.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) note: String,
    pub(super) svg: String,
    pub(super) lines: Vec<LegendLine>,
    pub(super) parts: Vec<LegendPart>,
    pub(super) markers: Vec<LegendMarker>,
    pub(super) table: Table,
}

/// A line in the legend.
#[derive(Clone, Copy, Debug, Serialize)]
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

/// A marker in the legend.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LegendMarker {
    pub(super) name: &'static str,
    /// The marker, as markup that `chart` made.
    pub(super) svg: String,
}

/// A line in the legend.
pub(super) const fn legend(name: &'static str, class: &'static str) -> LegendLine {
    LegendLine { name, class }
}

impl Figure {
    /// A figure without a legend.
    pub(super) fn new(
        title: &'static str,
        note: impl Into<String>,
        svg: String,
        table: Table,
    ) -> Self {
        Self {
            title,
            note: note.into(),
            svg,
            lines: Vec::new(),
            parts: Vec::new(),
            markers: Vec::new(),
            table,
        }
    }

    /// The figure as markup.
    pub(super) fn html(&self, pages: &Pages<'_>) -> Result<String, ReportError> {
        #[derive(Serialize)]
        struct FigureView<'figure> {
            title: &'figure str,
            note: &'figure str,
            svg: &'figure str,
            lines: &'figure [LegendLine],
            parts: &'figure [LegendPart],
            markers: &'figure [LegendMarker],
            table_name: &'figure str,
            table: String,
        }
        pages.render(
            "figure.html",
            &FigureView {
                title: self.title,
                note: &self.note,
                svg: &self.svg,
                lines: &self.lines,
                parts: &self.parts,
                markers: &self.markers,
                table_name: &self.table.name,
                table: table::markup(pages, &self.table, false)?,
            },
        )
    }
}
