//! `history.csv`: one row per run.

use super::cell::{cell, text};
use crate::report::error::ReportError;
use crate::summary::{History, PastRun, RunState, Series};

const COLUMNS: [&str; 13] = [
    "started_at",
    "commit",
    "run_id",
    "scenario",
    "scenario_sha256",
    "target",
    "machine",
    "state",
    "measurement",
    "thresholds_hold",
    "completed",
    "failed_share",
    "achieved_per_s",
];

/// Writes every run of every series, the oldest of each first.
pub(in crate::report) fn history(history: &History) -> Result<Vec<u8>, ReportError> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut head: Vec<String> = COLUMNS.iter().map(ToString::to_string).collect();
    let first = history.series.iter().flat_map(|series| &series.runs).next();
    let figures = first.iter().flat_map(|run| &run.figures);
    head.extend(figures.map(|(name, _)| name.replace('.', "_") + "_ns"));
    head.push("work".to_owned());
    writer.write_record(&head)?;
    for series in &history.series {
        for run in &series.runs {
            writer.write_record(row(series, run))?;
        }
    }
    writer
        .into_inner()
        .map_err(|error| ReportError::Csv(error.into_error().into()))
}

fn row(series: &Series, run: &PastRun) -> Vec<String> {
    let mut cells = vec![
        text(&run.started_at),
        text(run.commit.as_deref().unwrap_or_default()),
        text(&run.id),
        text(&series.scenario),
        text(&series.scenario_sha256),
        text(&series.target),
        text(&series.machine),
        match run.state {
            RunState::Finished => "finished",
            RunState::Interrupted => "interrupted",
            RunState::Stopped => "stopped",
            RunState::Running => "running",
        }
        .to_owned(),
        run.measurement.to_string(),
        cell(run.thresholds_hold),
        run.completed.to_string(),
        cell(run.failed),
        run.achieved_per_s.to_string(),
    ];
    cells.extend(run.figures.iter().map(|(_, value)| cell(*value)));
    cells.push(text(&series.work));
    cells
}
