//! `slowest.csv`: one row per slow iteration, a column per phase.

use super::cell::{cell, text};
use super::sheet::written;
use crate::phase::Phase;
use crate::report::error::ReportError;
use crate::summary::{SlowIteration, Summary};

/// Writes the slowest successes, slowest first.
pub(in crate::report) fn slowest(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let phases = Phase::ALL.map(|phase| format!("{phase}_ns"));
    let mut head = vec!["run_id", "scenario", "load", "seq", "due_ns", "status"];
    head.extend(phases.iter().map(String::as_str));
    head.extend(["trace_id", "trace_sampled", "retransmits", "measurement"]);
    let head = head.into_iter().map(str::to_owned).collect();
    written(head, summary.slowest.iter().map(|slow| row(summary, slow)))
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
        cell(load.as_deref().map(text)),
        seq.to_string(),
        due_ns.to_string(),
        cell(*status),
    ];
    cells.extend(Phase::ALL.map(|phase| cell(phases_ns.get(&phase))));
    cells.extend([
        cell(trace_id.as_deref().map(text)),
        cell(trace_id.as_ref().map(|_| trace_sampled)),
        cell(*retransmits),
        summary.measurement.verdict.to_string(),
    ]);
    cells
}
