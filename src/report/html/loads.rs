//! Each load of several on its own.

use super::block::{Column, Row};
use super::{Pages, Section, Table, overview};
use crate::report::answer::answer;
use crate::report::loads::{COLUMNS, alone, cells, several};
use crate::report::{ReportError, phrases};
use crate::summary::{Model, Summary};

/// A row for each load, and under it each load's own answer and phases; nothing where the
/// run has one load.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let loads = several(summary);
    if loads.is_empty() {
        return Ok(None);
    }
    let mut head = vec![("load", Column::Text)];
    head.extend(COLUMNS.map(|name| (name, Column::Number)));
    head.push(("what it is", Column::Wrapped));
    let mut table = Table::new("Loads, latencies in milliseconds", &head);
    for load in loads {
        let mut row = vec![load.name.clone()];
        row.extend(cells(load));
        row.push(load.description.clone());
        table.rows.push(Row::new(row));
    }
    let mut body = table.html(pages)?;
    for load in loads {
        let view = alone(summary, load);
        body += &pages.load(&LoadView {
            name: &load.name,
            answer: answer(&view).time,
            model: (summary.run.model == Model::Mixed).then(|| phrases::model(&view)),
            phases: overview::phases(pages, &view)?.map(|section| section.body),
        })?;
    }
    Ok(Some(Section {
        id: "loads",
        title: "Loads".into(),
        lead: Some(
            "The figures of the page are those of all loads together; here each stands alone."
                .to_owned(),
        ),
        body,
    }))
}

#[derive(serde::Serialize)]
struct LoadView<'load> {
    name: &'load str,
    answer: String,
    /// How latency is counted, where the loads differ in that.
    model: Option<&'static str>,
    phases: Option<String>,
}
