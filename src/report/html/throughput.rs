//! What was due, sent and answered second by second, and callouts in flight.

use super::figure::{Figure, legend};
use super::gauge::Gauge;
use super::over_time::{WINDOWS_MIN, chart, drawn, readouts, rows};
use super::pages::Pages;
use super::time_series::{self, TimeSeries};
use crate::report::chart::{Axis, Chart, Scale, plain};
use crate::report::content::numbers::grouped;
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::summary::{Summary, Window};
use crate::units::{float, whole};

/// The least height of a count's axis, so that no tick is a fraction of a callout.
const COUNT_MIN: f64 = 4.0;

const IN_FLIGHT: Gauge = Gauge {
    title: "Callouts in flight",
    note: "at the end of each second.",
    axis: "in flight",
    value: |window| Some(window.in_flight),
    label: plain,
    text: |count| grouped(whole(count)),
    least: COUNT_MIN,
};

/// A line of the chart: its name and class, whether it is shown, and its value.
type Count = (&'static str, &'static str, bool, fn(&Window) -> Option<u64>);

/// What was due, sent and answered, and callouts in flight.
pub(super) fn figures(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    if summary.windows.len() < WINDOWS_MIN {
        return Ok(String::new());
    }
    Ok(rates(summary).html(pages)? + &IN_FLIGHT.html(pages, summary)?)
}

fn rates(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let is_open = summary.rates.asked_per_s.is_some();
    let any = |has: fn(&Window) -> bool| windows.iter().any(has);
    let has_answered = any(|w| w.answered.is_some());
    let counts: [Count; 6] = [
        ("due", "s4", is_open, |w| Some(w.planned)),
        ("sent", "s2", has_answered, |w| Some(w.started)),
        ("answered", "s1", has_answered, |w| w.answered),
        ("succeeded", "s1", !has_answered, |w| Some(w.ok)),
        ("failed", "sf", any(|w| w.failed > 0), |w| Some(w.failed)),
        ("dropped", "s3", any(|w| w.dropped > 0), |w| Some(w.dropped)),
    ];
    let shown = || counts.iter().filter(|(_, _, is_shown, _)| *is_shown);
    let series = shown().map(|(_, class, _, value)| TimeSeries::new(windows, class, *value));
    let (lines, bands) = drawn(series.collect());
    let values = windows
        .iter()
        .flat_map(|w| [w.planned, w.ok, w.failed, w.answered.unwrap_or(0)]);
    let highest = values.max().unwrap_or(0);
    let answered = if has_answered {
        "Answered: answers that came in that second, whenever they were asked for."
    } else {
        "Of the callouts sent in that second."
    };
    let (title, begun, note) = if is_open {
        let note = "Where fewer are answered than sent, callouts pile up.";
        ("Due, sent and answered.", "due", note)
    } else {
        let note = "A closed model sets no rate.";
        ("Sent and answered.", "begun", note)
    };
    let desc = format!("{answered} {note} At most {highest} in a second.");
    let scale = Scale::linear(float(highest).max(COUNT_MIN));
    let axis = Axis::new(scale, "callouts a second", plain);
    let drawn = Chart {
        lines,
        bands,
        readouts: readouts(windows, |bucket| format!("{begun} {}", most(bucket))),
        ..chart(summary, "Callouts a second over time", desc, 200.0, axis)
    };
    let note = format!("{answered} {note}{}", time_series::note(windows));
    Figure {
        lines: shown()
            .map(|(name, class, ..)| legend(name, class))
            .collect(),
        ..Figure::new(title, note, drawn.svg(), table(windows))
    }
}

/// The most of each in a second of a bucket, that which begins first.
fn most(bucket: &[Window]) -> String {
    let most = |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).max().unwrap_or(0));
    format!(
        "{} · sent {} · answered {} · failed {}",
        most(|w| w.planned),
        most(|w| w.started),
        most(|w| w.answered.unwrap_or(w.ok)),
        most(|w| w.failed)
    )
}

fn table(windows: &[Window]) -> Table {
    let table = Table::new("Load over time, as a table", "seconds").numbers([
        "due",
        "sent",
        "answered",
        "succeeded",
        "failed",
        "dropped",
    ]);
    rows(table, windows, "in all", |bucket| {
        let sum = |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).sum());
        vec![
            sum(|w| w.planned),
            sum(|w| w.started),
            sum(|w| w.answered.unwrap_or(0)),
            sum(|w| w.ok),
            sum(|w| w.failed),
            sum(|w| w.dropped),
        ]
    })
}
