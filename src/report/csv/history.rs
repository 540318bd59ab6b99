//! `history.csv`: one row per run.

use super::cell::{cell, text};
use super::sheet::{SheetColumn, cells, head, written};
use crate::report::error::ReportError;
use crate::summary::{History, PastRun, Series};

/// The columns before those of the figures.
const COLUMNS: [SheetColumn<Series, PastRun>; 13] = [
    ("started_at", |_, run| text(&run.started_at)),
    ("commit", |_, run| cell(run.commit.as_deref().map(text))),
    ("run_id", |_, run| text(&run.id)),
    ("scenario", |series, _| text(&series.scenario)),
    ("scenario_sha256", |series, _| text(&series.scenario_sha256)),
    ("target", |series, _| text(&series.target)),
    ("machine", |series, _| text(&series.machine)),
    ("state", |_, run| run.state.to_string()),
    ("measurement", |_, run| run.measurement.to_string()),
    ("thresholds_hold", |_, run| cell(run.thresholds_hold)),
    ("completed", |_, run| run.completed.to_string()),
    ("failed_share", |_, run| cell(run.failed)),
    ("achieved_per_s", |_, run| run.achieved_per_s.to_string()),
];

/// Writes every run of every series, the oldest of each first.
pub(in crate::report) fn history(history: &History) -> Result<Vec<u8>, ReportError> {
    let runs = || {
        let series = history.series.iter();
        series.flat_map(|series| series.runs.iter().map(move |run| (series, run)))
    };
    let mut head = head(&COLUMNS);
    let figures = runs().take(1).flat_map(|(_, run)| &run.figures);
    head.extend(figures.map(|(name, _)| name.replace('.', "_") + "_ns"));
    head.push("work".to_owned());
    let rows = runs().map(|(series, run)| {
        let mut cells = cells(&COLUMNS, series, run);
        cells.extend(run.figures.iter().map(|(_, value)| cell(*value)));
        cells.push(text(&series.work));
        cells
    });
    written(head, rows)
}
