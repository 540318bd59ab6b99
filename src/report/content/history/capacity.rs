//! Capacity over commits: a section for each series of searches.

use super::super::document::{Section, text};
use super::super::numbers::counted;
use super::super::table::{Cell, Table};
use crate::summary::{CapacitySeries, History, PastSearch, SearchVerdict};
use crate::units::count;

/// Rows of a table: the newest searches.
const SEARCHES_MAX: usize = 200;

/// How many searches there are; `None` if there are none.
pub(super) fn searches(history: &History) -> Option<String> {
    let all = history
        .capacities
        .iter()
        .map(|series| series.searches.len());
    let all: usize = all.sum();
    (all > 0).then(|| counted(count(all), "search", "searches"))
}

pub(super) fn section((place, series): (usize, &CapacitySeries)) -> Section {
    let what = format!(
        "{} of the load {} at {}, with the goals {}. A change counts if the brackets of both searches have \
         nothing in common.",
        counted(count(series.searches.len()), "search", "searches"),
        series.load,
        series.target,
        series.goals
    );
    let title = format!("Capacity of {}", series.scenario);
    Section::new(
        format!("c{place}"),
        &title,
        [text(Some(what)), list(series).into()],
    )
}

fn list(series: &CapacitySeries) -> Table {
    let mut table = Table::new("Searches, newest first", "began")
        .text("commit")
        .text("report")
        .numbers(["holds", "fails", "change"])
        .text("verdict");
    for search in series.searches.iter().rev().take(SEARCHES_MAX) {
        let load = |load: Option<f64>| load.map_or_else(String::new, |load| series.unit.load(load));
        let page = search.page.clone().map(|href| Cell::Link {
            word: "report",
            href,
        });
        let commit = search.commit.as_deref().unwrap_or_default();
        let mut cells = vec![
            search.started_at.clone().into(),
            commit.chars().take(12).collect::<String>().into(),
            page.unwrap_or_else(|| String::new().into()),
        ];
        let others = [
            load(search.holds),
            load(search.fails),
            change(search),
            verdict(search.verdict).to_owned(),
        ];
        cells.extend(others.map(Cell::Text));
        table.push_cells(cells);
    }
    table
}

fn change(search: &PastSearch) -> String {
    search.change.map_or_else(String::new, |change| {
        let sign = if search.is_apart {
            ""
        } else {
            " (within the brackets)"
        };
        format!("{:+.1} %{sign}", change * 100.0)
    })
}

const fn verdict(verdict: SearchVerdict) -> &'static str {
    match verdict {
        SearchVerdict::Passed => "passed",
        SearchVerdict::Failed => "FAILED",
        SearchVerdict::Undecided => "undecided",
        SearchVerdict::GeneratorLimit => "generator limit",
        SearchVerdict::Interrupted => "interrupted",
    }
}
