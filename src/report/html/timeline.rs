//! Latency second by second, and the frame that charts over the run share.

use super::block::Column;
use super::course::{self, Course, course, middle};
use super::{Figure, LegendLine, Pages, Section, Table};
use crate::phase::Phase;
use crate::report::ReportError;
use crate::report::chart::{
    Axis, Band, Chart, Limit, Line, Readout, Scale, Shade, buckets, seconds, time,
};
use crate::report::figures::{millis, span};
use crate::summary::{Summary, Window};
use crate::units::float;

/// Stretches that answer a pointer, and rows of the tables: more would double the file.
const READOUTS_MAX: usize = 100;
pub(super) const ROWS_MAX: usize = 60;

/// Fewer seconds than this make no course of time, and the tables above say it all.
pub(super) const WINDOWS_MIN: usize = 2;

/// Latency second by second; nothing where no second has any.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let windows = &summary.windows;
    let highest = windows.iter().filter_map(|w| w.latency_p99_ns).max();
    let Some(highest) = highest.filter(|_| windows.len() >= WINDOWS_MIN) else {
        return Ok(None);
    };
    let limits = limits(summary, float(highest));
    let values = windows
        .iter()
        .flat_map(|w| [w.latency_p50_ns, w.latency_p99_ns])
        .flatten()
        .map(float)
        .chain(limits.iter().map(|limit| limit.value));
    let scale = Scale::spanning(values);
    let (lines, bands) = latency_courses(windows);
    let chart = Chart {
        title: "Latency over time".to_owned(),
        desc: format!(
            "p50, p90 and p99 of each second. The highest p99 of a second was {}.",
            span(float(highest))
        ),
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
        ..frame(summary, 280.0, "latency", scale, time)
    };
    let figure = Figure {
        title: "Latency of each second.",
        note: format!(
            "A callout stands in the second in which it was due.{}",
            course::note(windows)
        ),
        svg: chart.svg(),
        lines: vec![
            legend("p50", "s1"),
            legend("p90", "s2"),
            legend("p99", "s3"),
        ],
        parts: Vec::new(),
        table: latency_table(windows),
    };
    Ok(Some(Section {
        id: "latency",
        title: "Latency over time".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}

/// A chart over the run's time, the warm-up shaded and nothing drawn yet.
pub(super) fn frame(
    summary: &Summary,
    height: f64,
    name: &'static str,
    scale: Scale,
    label: fn(f64) -> String,
) -> Chart {
    let windows = &summary.windows;
    let end = windows.last().map_or(0, |w| w.start_s + 1);
    let warmup = windows
        .iter()
        .filter(|w| w.warmup)
        .map(|w| w.start_s + 1)
        .max();
    Chart {
        title: String::new(),
        desc: String::new(),
        height,
        x: Axis {
            scale: Scale::seconds(float(end)),
            name: "since the start of the run",
            label: seconds,
        },
        y: Axis { scale, name, label },
        shades: warmup
            .map(|end| Shade {
                from: 0.0,
                to: float(end),
                label: "warm-up".to_owned(),
            })
            .into_iter()
            .collect(),
        cells: Vec::new(),
        bands: Vec::new(),
        lines: Vec::new(),
        limits: Vec::new(),
        readouts: Vec::new(),
    }
}

pub(super) const fn legend(name: &'static str, class: &'static str) -> LegendLine {
    LegendLine { name, class }
}

/// Lines and bands of several courses, as a chart takes them.
pub(super) fn drawn(courses: Vec<Course>) -> (Vec<Line>, Vec<Band>) {
    let pairs = courses.into_iter().map(|course| (course.line, course.band));
    let (lines, bands): (Vec<Line>, Vec<Option<Band>>) = pairs.unzip();
    (lines, bands.into_iter().flatten().collect())
}

/// The three percentiles; between them bands, where the run is short enough for that.
fn latency_courses(windows: &[Window]) -> (Vec<Line>, Vec<Band>) {
    let (lines, mut bands) = drawn(vec![
        course(windows, "s3", |w| w.latency_p99_ns),
        course(windows, "s2", |w| w.latency_p90_ns),
        course(windows, "s1", |w| w.latency_p50_ns),
    ]);
    if !course::is_long(windows) {
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

pub(super) fn readouts(windows: &[Window], text: impl Fn(&[Window]) -> String) -> Vec<Readout> {
    buckets(windows.len(), READOUTS_MAX)
        .into_iter()
        .filter_map(|bucket| {
            let bucket = &windows[bucket];
            let (first, last) = (bucket.first()?, bucket.last()?);
            Some(Readout {
                from: float(first.start_s),
                to: float(last.start_s) + 1.0,
                text: format!("{}: {}", stretch(bucket), text(bucket)),
            })
        })
        .collect()
}

/// `12 s`, or `12 s to 17 s, worst` where several seconds share a place.
pub(super) fn stretch(bucket: &[Window]) -> String {
    match (bucket.first(), bucket.last()) {
        (Some(first), Some(last)) if first.start_s < last.start_s => format!(
            "{} to {}, worst",
            seconds(float(first.start_s)),
            seconds(float(last.start_s))
        ),
        (Some(only), _) => seconds(float(only.start_s)),
        _ => String::new(),
    }
}

/// The highest value of a bucket, in words.
fn worst(bucket: &[Window], value: fn(&Window) -> Option<u64>) -> String {
    let highest = bucket.iter().filter_map(value).max();
    highest.map_or_else(|| "none".to_owned(), |ns| span(float(ns)))
}

fn latency_table(windows: &[Window]) -> Table {
    let mut table = Table::new(
        "Latency over time, as a table",
        &[
            ("second", Column::Text),
            ("p50 ms", Column::Number),
            ("p90 ms", Column::Number),
            ("p99 ms", Column::Number),
            ("max ms", Column::Number),
            ("network p99 ms", Column::Number),
            ("lag p99 ms", Column::Number),
            ("pickup p99 ms", Column::Number),
        ],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let bucket = &windows[bucket];
        let ms = |value: fn(&Window) -> Option<u64>| {
            let highest = bucket.iter().filter_map(value).max();
            highest.map_or_else(String::new, |ns| millis(float(ns)))
        };
        table.push(vec![
            stretch(bucket),
            ms(|w| w.latency_p50_ns),
            ms(|w| w.latency_p90_ns),
            ms(|w| w.latency_p99_ns),
            ms(|w| w.latency_max_ns),
            ms(|w| w.network_p99_ns),
            ms(|w| w.lag_p99_ns),
            ms(|w| w.pickup_p99_ns),
        ]);
    }
    table
}
