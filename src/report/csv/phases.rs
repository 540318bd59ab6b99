//! `phases.csv`: one row per phase and outcome.

use super::cell::text;
use super::sheet::{SheetColumn, cells, head, written};
use crate::phase::Phase;
use crate::report::content::loads::several;
use crate::report::error::ReportError;
use crate::summary::{PhaseStats, Summary};

/// The distribution of a phase, or of a part of `server`.
struct PhaseRow {
    load: String,
    outcome: &'static str,
    phase: String,
    stats: PhaseStats,
}

const COLUMNS: [SheetColumn<Summary, PhaseRow>; 17] = [
    ("run_id", |summary, _| text(&summary.run.id)),
    ("scenario", |summary, _| text(&summary.run.scenario)),
    ("outcome", |_, row| row.outcome.to_owned()),
    ("phase", |_, row| text(&row.phase)),
    ("count", |_, row| row.stats.count.to_string()),
    ("min_ns", |_, row| row.stats.min_ns.to_string()),
    ("mean_ns", |_, row| row.stats.mean_ns.to_string()),
    ("stdev_ns", |_, row| row.stats.stdev_ns.to_string()),
    ("p50_ns", |_, row| row.stats.p50_ns.to_string()),
    ("p90_ns", |_, row| row.stats.p90_ns.to_string()),
    ("p95_ns", |_, row| row.stats.p95_ns.to_string()),
    ("p99_ns", |_, row| row.stats.p99_ns.to_string()),
    ("p99_9_ns", |_, row| row.stats.p99_9_ns.to_string()),
    ("p99_99_ns", |_, row| row.stats.p99_99_ns.to_string()),
    ("max_ns", |_, row| row.stats.max_ns.to_string()),
    ("load", |_, row| text(&row.load)),
    ("measurement", |summary, _| {
        summary.measurement.verdict.to_string()
    }),
];

/// Writes the distributions of the successes, then those of the failures; of several loads
/// first all together, whose `load` is empty, and then each. The parts of `server` follow the
/// phases of all successes.
pub(in crate::report) fn phases(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let loads = several(summary).iter();
    let loads = loads.map(|load| (load.name.as_str(), &load.phases, &load.failed_phases));
    let all = ("", &summary.phases, &summary.failed_phases);
    let mut rows = Vec::new();
    for (load, ok, failed) in std::iter::once(all).chain(loads) {
        for (outcome, phases) in [("ok", ok), ("failed", failed)] {
            let mut add = |phase: String, stats: &PhaseStats| {
                rows.push(PhaseRow {
                    load: load.to_owned(),
                    outcome,
                    phase,
                    stats: *stats,
                });
            };
            for (phase, stats) in phases {
                add(phase.to_string(), stats);
            }
            let told = summary.server_timing.as_ref();
            let told = told.filter(|_| load.is_empty() && outcome == "ok");
            for (name, stats) in told.iter().flat_map(|told| &told.metrics) {
                add(format!("{}.{name}", Phase::Server), stats);
            }
        }
    }
    let rows = rows.iter().map(|row| cells(&COLUMNS, summary, row));
    written(head(&COLUMNS), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_a_phase_has_its_column() {
        let stats = serde_json::to_value(PhaseStats::default()).unwrap();
        for field in stats.as_object().unwrap().keys() {
            assert!(COLUMNS.iter().any(|(name, _)| name == field), "{field}");
        }
    }
}
