//! The page over all runs: a trend for each series, and a row for each run.

use super::block::Column;
use super::pages::Pages;
use super::{Figure, LegendLine, Page, Section, Table, VerdictLine};
use crate::report::ReportError;
use crate::report::chart::{Axis, Chart, Line, Scale, Shade, plain, time};
use crate::report::figures::{counted, grouped, millis, rate, share};
use crate::report::hostile::tame;
use crate::summary::{Change, History, PastRun, RunState, Series, Validity};
use crate::units::{count, float};

/// Runs that a trend shows, and rows of its table: the newest.
const RUNS_MAX: usize = 200;

/// Notes on what could not be read.
const UNREAD_MAX: usize = 20;

/// Lines of the trend.
const LINES: [(&str, &str, &str); 3] = [
    ("latency.p50", "p50", "s1"),
    ("latency.p99", "p99", "s2"),
    ("network.p99", "network p99", "s3"),
];

/// The sections of the page, which are as many as there are series; their ids are their places.
const IDS: [&str; 20] = [
    "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
    "s16", "s17", "s18", "s19", "s20",
];

/// Renders the page.
///
/// # Errors
///
/// None that a history could cause: a template of ours that is wrong.
pub(in crate::report) fn index(history: &History) -> Result<Vec<u8>, ReportError> {
    let pages = Pages::new(None)?;
    let runs: usize = history.series.iter().map(|series| series.runs.len()).sum();
    let changes: usize = history
        .series
        .iter()
        .map(|series| series.changes.len())
        .sum();
    let all = counted(count(runs), "run", "runs");
    let series = counted(count(history.series.len()), "series", "series");
    let answer = match changes {
        0 => "No new level was found.".to_owned(),
        changes => format!(
            "{} found.",
            counted(count(changes), "new level was", "new levels were")
        ),
    };
    let mut notes: Vec<String> = history
        .unread
        .iter()
        .take(UNREAD_MAX)
        .map(|one| tame(one))
        .collect();
    if let Some(more @ 1..) = history.series.len().checked_sub(IDS.len()) {
        notes.push(format!("{more} series more are in history.csv alone"));
    }
    let page = Page {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: "Runs".to_owned(),
        title: format!("{all} in {series}"),
        description: format!(
            "{all} in {series}: of one scenario and work, at one target, from one kind of machine each"
        ),
        target: String::new(),
        when: String::new(),
        style: include_str!("style.css"),
        verdicts: Vec::<VerdictLine>::new(),
        reasons: Vec::new(),
        lead: None,
        answer,
        signing: "A new level is advice: runs of different days differ by more than their builds. \
                  To judge a commit, compare runs that were taken in turn."
            .to_owned(),
        losses: None,
        orgs: notes,
        cost: String::new(),
        sections: history
            .series
            .iter()
            .zip(IDS)
            .map(|(series, id)| section(&pages, series, id))
            .collect::<Result<_, _>>()?,
        footer: "",
        data: String::new(),
    };
    Ok(pages.page(&page)?.into_bytes())
}

fn section(pages: &Pages<'_>, series: &Series, id: &'static str) -> Result<Section, ReportError> {
    let mut body = String::new();
    if series.runs.len() > 1 {
        body += &trend(series).html(pages)?;
    }
    if !series.changes.is_empty() {
        body += &changes(series).html(pages)?;
    }
    body += &runs(series).html(pages)?;
    let noise = series.noise.iter().map(|noise| {
        format!(
            "{} differs by up to {} from run to run",
            noise.figure,
            share(noise.floor)
        )
    });
    let lacking = (series.runs_lacking > 0).then(|| {
        let more = counted(series.runs_lacking, "valid run", "valid runs");
        format!("{more} more, and new levels are looked for")
    });
    let mut lead = vec![format!(
        "{}, at {}, from {}.",
        tame(&series.work),
        tame(&series.target),
        tame(&series.machine)
    )];
    lead.extend(noise.chain(lacking).map(|one| one + "."));
    Ok(Section {
        id,
        title: tame(&series.scenario).into(),
        lead: Some(lead.join(" ")),
        body,
    })
}

/// The newest runs with their places.
fn newest(series: &Series) -> impl DoubleEndedIterator<Item = (usize, &PastRun)> {
    let skipped = series.runs.len().saturating_sub(RUNS_MAX);
    series.runs.iter().enumerate().skip(skipped)
}

fn trend(series: &Series) -> Figure {
    let value = |run: &PastRun, figure| run.figure(figure).filter(|_| run.counts()).map(float);
    let values = newest(series).flat_map(|(_, run)| LINES.map(|(figure, ..)| value(run, figure)));
    let values: Vec<f64> = values.flatten().collect();
    let first = newest(series).next().map_or(0, |(place, _)| place);
    let at = |place: usize| float(count(place - first)) + 1.0;
    let last = at(series.runs.len() - 1);
    // Figures change together: each place is marked once.
    let mut marked: Vec<usize> = series.changes.iter().map(|change| change.first).collect();
    marked.dedup();
    let shades = marked
        .into_iter()
        .filter(|place| *place >= first)
        .map(|place| Shade {
            from: at(place) - 0.5,
            to: at(place),
            label: "new level".to_owned(),
        });
    let chart = Chart {
        title: "Latency by run".to_owned(),
        desc: format!(
            "p50 and p99 of the latency and p99 of the network of {last} runs, oldest first."
        ),
        height: 240.0,
        x: Axis {
            scale: Scale::linear(last),
            name: "run",
            label: plain,
        },
        y: Axis {
            scale: Scale::spanning(values.into_iter()),
            name: "time",
            label: time,
        },
        shades: shades.collect(),
        cells: Vec::new(),
        bands: Vec::new(),
        lines: LINES
            .into_iter()
            .map(|(figure, _, class)| Line {
                class,
                points: newest(series)
                    .map(|(place, run)| (at(place), value(run, figure)))
                    .collect(),
            })
            .collect(),
        limits: Vec::new(),
        readouts: Vec::new(),
    };
    let mut table = Table::new(
        "Latency by run, as a table",
        &[
            ("run", Column::Text),
            ("commit", Column::Text),
            ("p50 ms", Column::Number),
            ("p99 ms", Column::Number),
            ("network p99 ms", Column::Number),
        ],
    );
    for (place, run) in newest(series) {
        let mut cells = vec![at(place).to_string(), commit(run)];
        cells.extend(LINES.map(|(figure, ..)| value(run, figure).map_or_else(String::new, millis)));
        table.push(cells);
    }
    Figure {
        title: "Latency by run.",
        note: "Oldest first; runs without a valid end are left out. A shade marks a new level."
            .to_owned(),
        svg: chart.svg(),
        lines: LINES
            .into_iter()
            .map(|(_, name, class)| LegendLine { name, class })
            .collect(),
        parts: Vec::new(),
        table,
    }
}

fn changes(series: &Series) -> Table {
    let mut table = Table::new(
        "New levels",
        &[
            ("figure", Column::Text),
            ("change", Column::Number),
            ("last of the old level", Column::Text),
            ("first of the new", Column::Text),
        ],
    );
    for Change {
        figure,
        before,
        after,
        change,
        ..
    } in &series.changes
    {
        table.push(vec![
            (*figure).to_owned(),
            format!("{:+.1} %", change * 100.0),
            tame(before),
            tame(after),
        ]);
    }
    table
}

fn runs(series: &Series) -> Table {
    let mut table = Table::new(
        "Runs, newest first",
        &[
            ("began", Column::Text),
            ("commit", Column::Text),
            ("report", Column::Link("report")),
            ("thresholds", Column::Text),
            ("measurement", Column::Text),
            ("callouts", Column::Number),
            ("failed", Column::Number),
            ("achieved", Column::Number),
            ("p50 ms", Column::Number),
            ("p99 ms", Column::Number),
        ],
    );
    for (_, run) in newest(series).rev() {
        let ms = |figure| {
            run.figure(figure)
                .map_or_else(String::new, |ns| millis(float(ns)))
        };
        table.push(vec![
            tame(&run.started_at),
            commit(run),
            run.page.clone().unwrap_or_default(),
            match run.thresholds_hold {
                Some(_) if !run.counts() => "not judged",
                Some(true) => "hold",
                Some(false) => "BROKEN",
                None => "none set",
            }
            .to_owned(),
            match (run.state, run.measurement) {
                (RunState::Interrupted, _) => "interrupted".to_owned(),
                (RunState::Stopped, _) => "stopped early".to_owned(),
                (RunState::Running, _) => "no end".to_owned(),
                (_, Validity::Invalid) => "INVALID".to_owned(),
                (_, validity) => validity.to_string(),
            },
            grouped(run.completed),
            run.failed.map_or_else(String::new, share),
            rate(run.achieved_per_s),
            ms("latency.p50"),
            ms("latency.p99"),
        ]);
    }
    table
}

fn commit(run: &PastRun) -> String {
    let commit = run.commit.as_deref().map(tame).unwrap_or_default();
    commit.chars().take(12).collect()
}
