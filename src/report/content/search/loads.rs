//! Each load that was tried: whether it holds, and what its trials measured.

use super::by_load::by_load;
use super::words;
use crate::report::content::document::Section;
use crate::report::content::numbers::{millis, or_dash};
use crate::report::content::table::{Cell, Table};
use crate::summary::{LoadStanding, OneSearch, SearchSummary, TrialResult};
use crate::units::count;

/// A row for each load; several searches stand one after the other.
pub(super) fn section(summary: &SearchSummary) -> Option<Section> {
    let mut table = Table::new("Loads", "load")
        .text("search")
        .text("standing")
        .numbers(["passed", "failed", "trials", "p50 ms", "p99 ms"]);
    let is_single = summary.searches.len() == 1;
    for (number, search) in (1_u64..).zip(&summary.searches) {
        let number = if is_single {
            String::new()
        } else {
            number.to_string()
        };
        for load in &search.loads {
            table.push_cells(row(summary, &number, search, load));
        }
    }
    table.drop_empty_columns();
    let intro = "Passed and failed: the planned time of the trials that passed and failed. p50 and \
                 p99 are medians over these trials.";
    let section = Section::new("loads", "Loads", [table.into()]);
    section.intro(intro).unless_empty()
}

fn row(
    summary: &SearchSummary,
    number: &str,
    search: &OneSearch,
    standing: &LoadStanding,
) -> Vec<Cell> {
    let mut groups = by_load(&search.trials).into_iter();
    let trials = groups.find(|group| group.load.total_cmp(&standing.load).is_eq());
    let trials = trials.as_ref();
    let total = trials.map_or(0, |group| count(group.trials.len()));
    let median = |of: fn(&TrialResult) -> Option<u64>| {
        or_dash(trials.and_then(|group| group.median(of)).map(millis))
    };
    vec![
        summary.unit.load(standing.load).into(),
        number.to_owned().into(),
        words::standing(standing.standing),
        words::seconds(standing.passed_ns).into(),
        words::seconds(standing.failed_ns).into(),
        total.to_string().into(),
        median(|trial| trial.p50_ns).into(),
        median(|trial| trial.p99_ns).into(),
    ]
}
