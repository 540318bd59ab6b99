//! `search.csv`: one row per trial.

use super::cell::{cell, text};
use super::sheet::{SheetColumn, cells, head, written};
use crate::report::error::ReportError;
use crate::summary::{
    LoadUnit, OneSearch, SearchSummary, Standing, TrialOutcome, TrialPurpose, TrialResult,
};

/// The columns after those of the whole search.
const COLUMNS: [SheetColumn<OneSearch, TrialResult>; 18] = [
    ("trial", |_, trial| trial.number.to_string()),
    ("kind", |_, trial| kind(trial.kind).to_owned()),
    ("load", |_, trial| trial.load.to_string()),
    ("standing", |search, trial| standing(search, trial)),
    ("began_ns", |_, trial| trial.began_ns.to_string()),
    ("planned_ns", |_, trial| trial.planned_ns.to_string()),
    ("took_ns", |_, trial| trial.took_ns.to_string()),
    ("verdict", |_, trial| verdict(trial.verdict).to_owned()),
    ("why", |_, trial| text(&trial.why)),
    ("p50_ns", |_, trial| cell(trial.p50_ns)),
    ("p99_ns", |_, trial| cell(trial.p99_ns)),
    ("achieved_per_s", |_, trial| {
        trial.achieved_per_s.to_string()
    }),
    ("ok", |_, trial| trial.ok.to_string()),
    ("failed", |_, trial| trial.failed.to_string()),
    ("dropped", |_, trial| trial.dropped.to_string()),
    ("recovery_ns", |_, trial| cell(trial.recovery_ns)),
    ("own_cpu", |_, trial| cell(trial.own_cpu)),
    ("signers_busy", |_, trial| cell(trial.signers_busy)),
];

/// Writes every trial of every search, in order.
pub(in crate::report) fn search(summary: &SearchSummary) -> Result<Vec<u8>, ReportError> {
    let whole = ["run_id", "scenario", "load_name", "unit", "search"];
    let whole = whole.map(str::to_owned).into_iter();
    let head = whole.chain(head(&COLUMNS)).collect();
    let searches = (1_u64..).zip(&summary.searches);
    let rows = searches.flat_map(|(number, search)| {
        search.trials.iter().map(move |trial| {
            let mut row = vec![
                text(&summary.run.id),
                text(&summary.run.scenario),
                text(&summary.load),
                unit(summary.unit).to_owned(),
                number.to_string(),
            ];
            row.extend(cells(&COLUMNS, search, trial));
            row
        })
    });
    written(head, rows)
}

/// What is known of the load of a trial; empty for a warm-up at a load that was not judged.
fn standing(search: &OneSearch, trial: &TrialResult) -> String {
    let is_of = |load: &f64| load.total_cmp(&trial.load).is_eq();
    let mut loads = search.loads.iter();
    let standing = loads.find(|one| is_of(&one.load)).map(|one| one.standing);
    cell(standing.map(|standing| match standing {
        Standing::Holds => "holds",
        Standing::Fails => "fails",
        Standing::Spoiled => "spoiled",
        Standing::Undecided => "undecided",
    }))
}

const fn unit(unit: LoadUnit) -> &'static str {
    match unit {
        LoadUnit::PerSecond => "per_second",
        LoadUnit::Users => "users",
    }
}

const fn kind(kind: TrialPurpose) -> &'static str {
    match kind {
        TrialPurpose::WarmUp => "warm_up",
        TrialPurpose::Judge => "judge",
        TrialPurpose::Confirm => "confirm",
    }
}

const fn verdict(verdict: TrialOutcome) -> &'static str {
    match verdict {
        TrialOutcome::Pass => "pass",
        TrialOutcome::Fail => "fail",
        TrialOutcome::Invalid => "invalid",
        TrialOutcome::Undecided => "undecided",
    }
}
