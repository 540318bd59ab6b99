//! Latency second by second.

use super::figure::{Figure, legend};
use super::over_time::{WINDOWS_MIN, chart, drawn, readouts, rows};
use super::pages::Pages;
use super::time_series::{self, TimeSeries, middle};
use crate::phase::Phase;
use crate::report::chart::{Axis, Band, Chart, Limit, Line, Scale, time};
use crate::report::content::numbers::{millis_of, span_of};
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::summary::{Summary, Window};
use crate::units::float;

/// Latency second by second; empty if no second has any.
pub(super) fn figure(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    let windows = &summary.windows;
    let highest = windows.iter().filter_map(|w| w.latency_p99_ns).max();
    let Some(highest) = highest.filter(|_| windows.len() >= WINDOWS_MIN) else {
        return Ok(String::new());
    };
    let limits = limits(summary, float(highest));
    let values = windows
        .iter()
        .flat_map(|w| [w.latency_p50_ns, w.latency_p99_ns])
        .flatten()
        .map(float)
        .chain(limits.iter().map(|limit| limit.value));
    let axis = Axis::new(Scale::spanning(values), "latency", time);
    let desc = format!(
        "p50, p90 and p99 of each second. The highest p99 of a second was {}.",
        span_of(highest)
    );
    let (lines, bands) = latency_series(windows);
    let drawn = Chart {
        bands,
        lines,
        limits,
        readouts: readouts(windows, |bucket| {
            let at = |value: fn(&Window) -> Option<u64>| worst(bucket, value);
            format!(
                "p50 {} · p90 {} · p99 {}",
                at(|w| w.latency_p50_ns),
                at(|w| w.latency_p90_ns),
                at(|w| w.latency_p99_ns)
            )
        }),
        ..chart(summary, "Latency over time", desc, 280.0, axis)
    };
    let note = format!(
        "A callout stands in the second in which it was due.{}",
        time_series::note(windows)
    );
    let title = "Latency of each second.";
    Figure {
        lines: vec![
            legend("p50", "s1"),
            legend("p90", "s2"),
            legend("p99", "s3"),
        ],
        ..Figure::new(title, note, drawn.svg(), table(windows))
    }
    .html(pages)
}

/// The three percentiles; between them bands, where the run is short enough for that.
fn latency_series(windows: &[Window]) -> (Vec<Line>, Vec<Band>) {
    let (lines, mut bands) = drawn(vec![
        TimeSeries::new(windows, "s3", |w| w.latency_p99_ns),
        TimeSeries::new(windows, "s2", |w| w.latency_p90_ns),
        TimeSeries::new(windows, "s1", |w| w.latency_p50_ns),
    ]);
    if !time_series::is_long(windows) {
        bands = vec![
            band(windows, "s1", |w| (w.latency_p50_ns, w.latency_p90_ns)),
            band(windows, "s3", |w| (w.latency_p90_ns, w.latency_p99_ns)),
        ];
    }
    (lines, bands)
}

type Edges = (Option<u64>, Option<u64>);

fn band(windows: &[Window], class: &'static str, edges: fn(&Window) -> Edges) -> Band {
    let points = windows.iter().map(|w| {
        let (low, high) = edges(w);
        (middle(w), low.map(float).zip(high.map(float)))
    });
    Band {
        class,
        points: points.collect(),
    }
}

/// The limit of a threshold on the latency, where the data comes near it.
fn limits(summary: &Summary, highest: f64) -> Vec<Limit> {
    let prefix = format!("{}.", Phase::Latency);
    summary
        .thresholds
        .iter()
        .filter(|t| t.metric.starts_with(&prefix))
        .filter(|t| (highest * 0.02..=highest * 1.5).contains(&t.limit))
        .map(|t| Limit {
            value: t.limit,
            label: format!("{} {} {}", t.metric, t.comparison, t.limit_text),
        })
        .collect()
}

/// The highest value of a bucket, in words.
fn worst(bucket: &[Window], value: fn(&Window) -> Option<u64>) -> String {
    let highest = bucket.iter().filter_map(value).max();
    highest.map_or_else(|| "none".to_owned(), span_of)
}

fn table(windows: &[Window]) -> Table {
    let table = Table::new("Latency over time, as a table", "second")
        .numbers(["p50 ms", "p90 ms", "p99 ms", "max ms"])
        .numbers(["network p99 ms", "lag p99 ms", "pickup p99 ms"]);
    rows(table, windows, "worst", |bucket| {
        let ms = |value: fn(&Window) -> Option<u64>| {
            let highest = bucket.iter().filter_map(value).max();
            highest.map_or_else(String::new, millis_of)
        };
        vec![
            ms(|w| w.latency_p50_ns),
            ms(|w| w.latency_p90_ns),
            ms(|w| w.latency_p99_ns),
            ms(|w| w.latency_max_ns),
            ms(|w| w.network_p99_ns),
            ms(|w| w.lag_p99_ns),
            ms(|w| w.pickup_p99_ns),
        ]
    })
}
