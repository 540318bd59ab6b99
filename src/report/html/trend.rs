//! The page over all runs: a trend for each series.

use super::figure::{Figure, legend};
use super::page::{self, Surroundings};
use super::pages::Pages;
use crate::report::chart::{Axis, Chart, Line, Plot, Scale, Shade, plain, time};
use crate::report::content;
use crate::report::content::history::{commit, newest, series};
use crate::report::content::numbers::millis;
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::report::sanitize::sanitized;
use crate::summary::{History, PastRun, Series};
use crate::units::float;

/// Lines of the trend: the metric, its short name, and its class.
const LINES: [(&str, &str, &str); 3] = [
    ("latency.p50", "p50", "s1"),
    ("latency.p99", "p99", "s2"),
    ("network.p99", "network p99", "s3"),
];

/// Renders the page.
///
/// # Errors
///
/// None that a history could cause: a broken template.
pub(in crate::report) fn index(history: &History) -> Result<Vec<u8>, ReportError> {
    let history = sanitized(history);
    let pages = Pages::new(None)?;
    let document = content::history::of(&history);
    let charts = |id: &str| match series(&history, id) {
        Some(series) if series.runs.len() > 1 => trend(series).html(&pages),
        _ => Ok(String::new()),
    };
    page::render(&pages, &document, charts, Surroundings::default())
}

/// The value of a run that counts.
fn value(run: &PastRun, metric: &str) -> Option<f64> {
    run.figure(metric).filter(|_| run.counts()).map(float)
}

fn trend(series: &Series) -> Figure {
    let values = newest(series).flat_map(|(_, run)| LINES.map(|(metric, ..)| value(run, metric)));
    let values: Vec<f64> = values.flatten().collect();
    let first = newest(series).next().map_or(0, |(place, _)| place);
    let at = |place: usize| float(place - first) + 1.0;
    let last = at(series.runs.len() - 1);
    // Metrics change together: each place is marked once.
    let mut marked: Vec<usize> = series.changes.iter().map(|change| change.first).collect();
    marked.dedup();
    let shades = marked.into_iter().filter(|place| *place >= first);
    let shades = shades.map(|place| Shade {
        from: at(place) - 0.5,
        to: at(place),
        label: "step change".to_owned(),
    });
    let lines = LINES.map(|(metric, _, class)| {
        let points = newest(series).map(|(place, run)| (at(place), value(run, metric)));
        Line::new(class, points)
    });
    let plot = Plot {
        height: 240.0,
        x: Axis::new(Scale::linear(last), "run", plain),
        y: Axis::new(Scale::spanning(values.into_iter()), "time", time),
    };
    let desc =
        format!("p50 and p99 of the latency and p99 of the network of {last} runs, oldest first.");
    let drawn = Chart {
        shades: shades.collect(),
        lines: lines.to_vec(),
        ..Chart::new("Latency by run", desc, plot)
    };
    let mut table = Table::new("Latency by run, as a table", "run")
        .text("commit")
        .numbers(["p50 ms", "p99 ms", "network p99 ms"]);
    for (place, run) in newest(series) {
        let cells = LINES.map(|(metric, ..)| value(run, metric).map_or_else(String::new, millis));
        table.push(
            [at(place).to_string(), commit(run)]
                .into_iter()
                .chain(cells),
        );
    }
    let note = "Oldest first; runs without a valid end are left out. A shade marks a step change.";
    Figure {
        lines: LINES.map(|(_, name, class)| legend(name, class)).to_vec(),
        ..Figure::new("Latency by run.", note, drawn.svg(), table)
    }
}
