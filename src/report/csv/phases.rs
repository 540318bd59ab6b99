//! `phases.csv`: one row per phase and outcome.

use super::cell::text;
use super::sheet::Sheet;
use crate::phase::Phase;
use crate::report::content::loads::several;
use crate::report::error::ReportError;
use crate::summary::{PhaseStats, Summary};

const COLUMNS: [&str; 16] = [
    "run_id",
    "scenario",
    "outcome",
    "phase",
    "count",
    "min_ns",
    "mean_ns",
    "stdev_ns",
    "p50_ns",
    "p90_ns",
    "p95_ns",
    "p99_ns",
    "p99_9_ns",
    "p99_99_ns",
    "max_ns",
    "load",
];

/// Writes the distributions of the successes, then those of the failures; of several loads
/// first all together, whose `load` is empty, and then each. The parts of `server` follow the
/// phases of all successes.
pub(in crate::report) fn phases(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(&COLUMNS, summary)?;
    let mut parts = vec![("", &summary.phases, &summary.failed_phases)];
    parts.extend(
        several(summary)
            .iter()
            .map(|load| (load.name.as_str(), &load.phases, &load.failed_phases)),
    );
    for (load, ok, failed) in parts {
        for (outcome, phases) in [("ok", ok), ("failed", failed)] {
            for (phase, stats) in phases {
                let mut cells = row(summary, outcome, phase.to_string(), stats);
                cells.push(text(load));
                sheet.row(&cells)?;
            }
            let told = summary.server_timing.as_ref();
            let told = told.filter(|_| load.is_empty() && outcome == "ok");
            for (name, stats) in told.iter().flat_map(|told| &told.metrics) {
                let name = text(&format!("{}.{name}", Phase::Server));
                let mut cells = row(summary, outcome, name, stats);
                cells.push(String::new());
                sheet.row(&cells)?;
            }
        }
    }
    sheet.finish()
}

fn row(summary: &Summary, outcome: &str, phase: String, stats: &PhaseStats) -> Vec<String> {
    let PhaseStats {
        count,
        min_ns,
        mean_ns,
        stdev_ns,
        p50_ns,
        p90_ns,
        p95_ns,
        p99_ns,
        p99_9_ns,
        p99_99_ns,
        max_ns,
    } = stats;
    vec![
        text(&summary.run.id),
        text(&summary.run.scenario),
        outcome.to_owned(),
        phase,
        count.to_string(),
        min_ns.to_string(),
        mean_ns.to_string(),
        stdev_ns.to_string(),
        p50_ns.to_string(),
        p90_ns.to_string(),
        p95_ns.to_string(),
        p99_ns.to_string(),
        p99_9_ns.to_string(),
        p99_99_ns.to_string(),
        max_ns.to_string(),
    ]
}
