//! A history: for each series its step changes, its noise and its runs.

mod capacity;

use super::document::{Document, Section, Sentence, text};
use super::importance::Importance;
use super::joined::joined;
use super::numbers::{counted, grouped, millis_of, rate, share};
use super::severity::Severity;
use super::table::{Cell, Table};
use crate::summary::{History, PastRun, RunState, Series, Validity};
use crate::units::count;

/// Runs that a trend shows, and rows of its table: the newest.
const RUNS_MAX: usize = 200;

/// Notes on runs that could not be read.
const UNREAD_MAX: usize = 20;

/// Series shown; `history.csv` has them all.
const SERIES_MAX: usize = 20;

/// The report of a history.
pub(crate) fn of(history: &History) -> Document {
    let total = |of: fn(&Series) -> usize| history.series.iter().map(of).sum();
    let runs = counted(count(total(|series| series.runs.len())), "run", "runs");
    let series = counted(count(history.series.len()), "series", "series");
    let found = match total(|series| series.changes.len()) {
        _ if history.series.is_empty() && !history.capacities.is_empty() => {
            "There are searches and no runs.".to_owned()
        }
        _ if history.series.is_empty() => "No run could be read.".to_owned(),
        0 => "No step change was found.".to_owned(),
        changes => format!(
            "{} found.",
            counted(count(changes), "step change was", "step changes were")
        ),
    };
    let advice = "A step change is a hint, not a verdict: runs of different days differ by more \
                  than their builds. To judge a commit, compare runs that were taken in turn.";
    let sentence = |is_main, text| Sentence::new(Severity::Neutral, is_main, text);
    let unread = history.unread.iter().take(UNREAD_MAX).cloned();
    let left_out = history.series.len().checked_sub(SERIES_MAX);
    let left_out = left_out.filter(|more| *more > 0);
    let left_out = left_out.map(|more| format!("{more} more series are in history.csv only"));
    Document {
        title: "Runs".to_owned(),
        subtitle: vec![match capacity::searches(history) {
            None => format!("{runs} in {series}"),
            Some(searches) => format!("{searches}, {runs} in {series}"),
        }],
        sentences: vec![sentence(true, found), sentence(false, advice.to_owned())],
        notes: unread.chain(left_out).collect(),
        sections: capacities(history)
            .chain((1..=SERIES_MAX).zip(&history.series).map(section))
            .collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Document::default()
    }
}

/// The series of a section, by the id that it has on the page.
pub(crate) fn series<'h>(history: &'h History, id: &str) -> Option<&'h Series> {
    let place: usize = id.strip_prefix('s')?.parse().ok()?;
    history.series.get(place.checked_sub(1)?)
}

/// A section for each series of searches.
fn capacities(history: &History) -> impl Iterator<Item = Section> {
    (1..=SERIES_MAX)
        .zip(&history.capacities)
        .map(capacity::section)
}

fn section((place, series): (usize, &Series)) -> Section {
    let usable = series.runs.iter().filter(|run| run.counts()).count();
    let runs = counted(count(series.runs.len()), "run", "runs");
    let what = format!(
        "{runs}, {usable} of them usable, at {}. Work: {}. Machine: {}.",
        series.target, series.work, series.machine
    );
    let lacking = match series.runs_lacking {
        _ if !series.changes.is_empty() => None,
        0 => Some("No step change.".to_owned()),
        more => {
            let more = counted(more, "more usable run is", "more usable runs are");
            Some(format!("{more} needed to look for step changes."))
        }
    };
    let noise = series.noise.iter();
    let noise = noise.map(|noise| format!("{} {}", noise.figure, share(noise.floor)));
    let noise = joined(noise, ", ");
    let noise = noise.map(|noise| format!("From run to run they differ by up to: {noise}."));
    let told = [Some(what), lacking, noise].into_iter().flatten();
    let blocks = [
        text(joined(told, " ")),
        changes(series).into(),
        list(series).into(),
    ];
    Section::new(format!("s{place}"), &series.scenario, blocks)
}

/// The newest runs with their places in the series.
pub(crate) fn newest(series: &Series) -> impl DoubleEndedIterator<Item = (usize, &PastRun)> {
    let skipped = series.runs.len().saturating_sub(RUNS_MAX);
    series.runs.iter().enumerate().skip(skipped)
}

fn changes(series: &Series) -> Table {
    let mut table = Table::new("Step changes", "figure")
        .numbers(["change"])
        .text("last of the old level")
        .text("first of the new");
    for change in &series.changes {
        table.push([
            change.figure.to_owned(),
            format!("{:+.1} %", change.change * 100.0),
            change.before.clone(),
            change.after.clone(),
        ]);
    }
    table
}

fn list(series: &Series) -> Table {
    let mut table = Table::new("Runs, newest first", "began")
        .text("commit")
        .text("report")
        .text("thresholds")
        .text("measurement")
        .numbers(["callouts", "failed", "achieved", "p50 ms", "p99 ms"])
        .of(Importance::Reference);
    for (_, run) in newest(series).rev() {
        let ms = |figure| run.figure(figure).map_or_else(String::new, millis_of);
        let page = run.page.clone().map(|href| Cell::Link {
            word: "report",
            href,
        });
        let mut cells = vec![
            run.started_at.clone().into(),
            commit(run).into(),
            page.unwrap_or_else(|| String::new().into()),
        ];
        let others = [
            thresholds(run).to_owned(),
            measurement(run),
            grouped(run.completed),
            run.failed.map_or_else(String::new, share),
            rate(run.achieved_per_s),
            ms("latency.p50"),
            ms("latency.p99"),
        ];
        cells.extend(others.map(Cell::Text));
        table.push_cells(cells);
    }
    table
}

fn thresholds(run: &PastRun) -> &'static str {
    match run.thresholds_hold {
        Some(_) if !run.counts() => "not judged",
        Some(true) => "hold",
        Some(false) => "BROKEN",
        None => "none set",
    }
}

fn measurement(run: &PastRun) -> String {
    match (run.state, run.measurement) {
        (RunState::Interrupted, _) => "interrupted".to_owned(),
        (RunState::Stopped, _) => "stopped early".to_owned(),
        (RunState::Running, _) => "unfinished".to_owned(),
        (RunState::Finished, Validity::Invalid) => "INVALID".to_owned(),
        (RunState::Finished, validity) => validity.to_string(),
    }
}

/// The beginning of a run's commit.
pub(crate) fn commit(run: &PastRun) -> String {
    run.commit
        .iter()
        .flat_map(|commit| commit.chars())
        .take(12)
        .collect()
}
