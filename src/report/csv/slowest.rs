//! `slowest.csv`: one row per slow iteration, a column per phase.

use super::cell::{cell, text};
use super::sheet::Sheet;
use crate::phase::Phase;
use crate::report::error::ReportError;
use crate::summary::{SlowIteration, Summary};

/// Writes the slowest successes, slowest first.
pub(in crate::report) fn slowest(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let phases = Phase::ALL.map(|phase| format!("{phase}_ns"));
    let mut columns = vec!["run_id", "scenario", "load", "seq", "due_ns", "status"];
    columns.extend(phases.iter().map(String::as_str));
    columns.extend(["trace_id", "trace_sampled", "retransmits"]);
    let mut sheet = Sheet::new(&columns, summary)?;
    for iteration in &summary.slowest {
        sheet.row(&row(summary, iteration))?;
    }
    sheet.finish()
}

fn row(summary: &Summary, iteration: &SlowIteration) -> Vec<String> {
    let SlowIteration {
        load,
        seq,
        due_ns,
        status,
        trace_id,
        trace_sampled,
        retransmits,
        phases_ns,
    } = iteration;
    let mut cells = vec![
        text(&summary.run.id),
        text(&summary.run.scenario),
        load.as_deref().map_or_else(String::new, text),
        seq.to_string(),
        due_ns.to_string(),
        cell(*status),
    ];
    cells.extend(Phase::ALL.map(|phase| cell(phases_ns.get(&phase))));
    cells.extend([
        trace_id.as_deref().map_or_else(String::new, text),
        trace_id
            .as_ref()
            .map_or_else(String::new, |_| trace_sampled.to_string()),
        cell(*retransmits),
    ]);
    cells
}
