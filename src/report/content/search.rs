//! A search for the highest load that holds: the answer first, then what it rests on.

pub(crate) mod by_load;
pub(crate) mod goals;
mod loads;
mod settings;
mod trials;
pub(crate) mod words;

use super::document::{Document, Section, Sentence, StatusLine};
use super::importance::Importance;
use super::numbers::{counted, or_dash};
use super::provenance;
use super::severity::Severity;
use super::table::{ColumnKind, Table};
use crate::summary::{OneSearch, Run, SearchConclusion, SearchSummary, SearchVerdict};
use crate::units::count;

/// The report of a search.
pub(crate) fn of(summary: &SearchSummary) -> Document {
    let run = run(summary);
    Document {
        title: run.scenario.clone(),
        subtitle: vec![
            format!("{} {}", run.load.name, run.load.description),
            run.target.clone(),
        ],
        status_lines: vec![status_line(summary)],
        sentences: sentences(summary),
        notes: notes(summary),
        sections: sections(summary, &run),
        origin: provenance::origin(&run),
        version: run.version.clone(),
        ..Document::default()
    }
}

fn sections(summary: &SearchSummary, run: &Run) -> Vec<Section> {
    [
        searches(summary),
        goals::section(summary),
        loads::section(summary),
        trials::section(summary),
        Some(settings::section(summary)),
        Some(provenance::section(run)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The run as a whole: its load is the range that was searched, not that of the first trial.
fn run(summary: &SearchSummary) -> Run {
    let mut run = summary.run.clone();
    let [from, max] = [summary.settings.from, summary.settings.max];
    let [from, max] = [from, max].map(|load| summary.unit.load(load));
    run.load.name.clone_from(&summary.load);
    run.load.description = format!("searched from {from} to {max}");
    run
}

/// The verdict in a word, and the bracket; of several searches their mean.
pub(crate) fn status_line(summary: &SearchSummary) -> StatusLine {
    let (severity, word) = match summary.verdict {
        SearchVerdict::Passed => (Severity::Good, "PASSED"),
        SearchVerdict::Failed => (Severity::Bad, "FAILED"),
        SearchVerdict::Undecided => (Severity::Warning, "UNDECIDED"),
        SearchVerdict::GeneratorLimit => (Severity::Warning, "LIMITED BY THE GENERATOR"),
        SearchVerdict::Interrupted => (Severity::Warning, "PARTIAL (interrupted)"),
    };
    StatusLine::new(severity, word, found(summary))
}

/// `holds 150/s, fails at 157.5/s`; of several searches their mean and its interval.
fn found(summary: &SearchSummary) -> String {
    let unit = summary.unit;
    let found = match summary.searches.as_slice() {
        [] => "no search was made".to_owned(),
        [one] => words::bracket(unit, one),
        several => {
            let searches = counted(count(several.len()), "search", "searches");
            let holds = summary.holds.map(|holds| unit.load(holds));
            let holds = or_dash(holds);
            match &summary.interval {
                None => format!("holds {holds}, the mean of {searches}"),
                Some(interval) => format!(
                    "holds {holds}, the mean of {searches} ({:.0} % interval: {} to {})",
                    interval.confidence * 100.0,
                    unit.load(interval.low),
                    unit.load(interval.high)
                ),
            }
        }
    };
    match summary.at_least {
        None => found,
        Some(at_least) => format!("{found}; asked for: at least {}", unit.load(at_least)),
    }
}

/// The verdict in words; of a single search also what it rests on.
fn sentences(summary: &SearchSummary) -> Vec<Sentence> {
    let severity = match summary.verdict {
        SearchVerdict::Passed => Severity::Neutral,
        SearchVerdict::Failed => Severity::Bad,
        _ => Severity::Warning,
    };
    let main = Sentence::new(severity, true, words::sentence(&summary.verdict_text));
    let [search] = summary.searches.as_slice() else {
        return vec![main];
    };
    let others = [
        why_it_ended(search).map(words::sentence),
        words::confirmation(summary, search),
        search
            .limit
            .as_ref()
            .map(|limit| words::sentence(&limit.text)),
        search
            .headroom
            .as_ref()
            .map(|room| words::sentence(&room.text)),
        words::doubling(summary.unit, search),
    ];
    let others = others.into_iter().flatten();
    // The verdict may contain why the search ended.
    let others = others.filter(|text| !main.text.starts_with(text.trim_end_matches('.')));
    let others: Vec<_> = others
        .map(|text| Sentence::new(Severity::Neutral, false, text))
        .collect();
    std::iter::once(main).chain(others).collect()
}

/// Why a search ended, if it did not end with an answer.
fn why_it_ended(search: &OneSearch) -> Option<&str> {
    let is_found = search.conclusion == SearchConclusion::Found;
    (!is_found).then_some(search.conclusion_text.as_str())
}

/// Of several searches, what limited each.
fn notes(summary: &SearchSummary) -> Vec<String> {
    if summary.searches.len() < 2 {
        return Vec::new();
    }
    let told = (1..).zip(&summary.searches).flat_map(|(number, search)| {
        let limit = search.limit.iter().map(|limit| limit.text.as_str());
        let room = search.headroom.iter().map(|room| room.text.as_str());
        limit
            .chain(room)
            .map(move |text| format!("search {number}: {text}"))
    });
    told.collect()
}

/// Of several searches, a row for each.
fn searches(summary: &SearchSummary) -> Option<Section> {
    if summary.searches.len() < 2 {
        return None;
    }
    let load = |value: Option<f64>| or_dash(value.map(|value| summary.unit.load(value)));
    let mut table = Table::new("Searches", "search")
        .numbers(["holds", "fails at"])
        .text("confirmed")
        .numbers(["p99 doubles at", "took"])
        .column("ended because", ColumnKind::Wrapped, Importance::Essential);
    for (number, search) in (1_u64..).zip(&summary.searches) {
        table.push([
            number.to_string(),
            load(search.holds),
            load(search.fails),
            words::confirmed(search.confirmation).to_owned(),
            load(search.p99_doubles_at),
            words::seconds(search.took_ns),
            search.conclusion_text.clone(),
        ]);
    }
    Section::new("searches", "Searches", [table.into()]).unless_empty()
}
