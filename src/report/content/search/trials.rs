//! Every trial, in order.

use super::words;
use crate::report::content::document::Section;
use crate::report::content::importance::Importance;
use crate::report::content::numbers::{grouped, millis_of, or_dash, rate};
use crate::report::content::table::{Cell, ColumnKind, Table};
use crate::summary::{SearchSummary, TrialResult};

/// A row for each trial; several searches stand one after the other.
pub(super) fn section(summary: &SearchSummary) -> Option<Section> {
    let mut table = Table::new("Trials", "trial")
        .text("search")
        .text("for")
        .numbers(["load"])
        .text("verdict")
        .numbers(["took", "p50 ms", "p99 ms", "achieved", "failed", "dropped"])
        .numbers(["recovery"])
        .column("why", ColumnKind::Wrapped, Importance::Essential)
        .of(Importance::Detail);
    let is_single = summary.searches.len() == 1;
    for (number, search) in (1_u64..).zip(&summary.searches) {
        let number = if is_single {
            String::new()
        } else {
            number.to_string()
        };
        for trial in &search.trials {
            table.push_cells(row(summary, &number, trial));
        }
    }
    table.drop_empty_columns();
    let intro = "A trial that is certain to fail ends early. Recovery is how long the target took \
                 after a failure until its latency was back.";
    let section = Section::new("trials", "Trials", [table.into()]);
    let section = section.of(Importance::Detail).intro(intro);
    section.unless_empty()
}

fn row(summary: &SearchSummary, number: &str, trial: &TrialResult) -> Vec<Cell> {
    vec![
        trial.number.to_string().into(),
        number.to_owned().into(),
        words::purpose(trial.kind).to_owned().into(),
        summary.unit.load(trial.load).into(),
        words::outcome(trial.verdict),
        took(trial).into(),
        or_dash(trial.p50_ns.map(millis_of)).into(),
        or_dash(trial.p99_ns.map(millis_of)).into(),
        rate(trial.achieved_per_s).into(),
        grouped(trial.failed).into(),
        grouped(trial.dropped).into(),
        trial.recovery_ns.map(words::seconds).into(),
        trial.why.clone().into(),
    ]
}

/// `20 s`, or `7.2 s of 20 s` if it ended early.
fn took(trial: &TrialResult) -> String {
    let took = words::seconds(trial.took_ns);
    let planned = words::seconds(trial.planned_ns);
    if trial.took_ns < trial.planned_ns && took != planned {
        format!("{took} of {planned}")
    } else {
        took
    }
}
