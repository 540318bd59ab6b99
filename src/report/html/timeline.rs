//! What happened second by second.

use super::block::Column;
use super::{Figure, LegendLine, Pages, Section, Table};
use crate::phase::Phase;
use crate::report::chart::{
    Axis, Band, Chart, Limit, Line, Readout, Scale, Shade, buckets, plain, seconds, time,
};
use crate::report::figures::{grouped, millis, span};
use crate::report::{ReportError, phrases};
use crate::summary::{Summary, Window};
use crate::units::{count, float};

/// Stretches that answer a pointer, and rows of the tables: more would double the file.
const READOUTS_MAX: usize = 100;
const ROWS_MAX: usize = 60;

/// Latency second by second; nothing where no second has any.
pub(super) fn latency(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let windows = &summary.windows;
    let highest = windows.iter().filter_map(|w| w.latency_p99_ns).max();
    let Some(highest) = highest else {
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
    let chart = Chart {
        title: "Latency over time".to_owned(),
        desc: format!(
            "p50, p90 and p99 of each second. The highest p99 of a second was {}.",
            span(float(highest))
        ),
        bands: vec![
            band(windows, "s1", |w| (w.latency_p50_ns, w.latency_p90_ns)),
            band(windows, "s3", |w| (w.latency_p90_ns, w.latency_p99_ns)),
        ],
        lines: vec![
            line(windows, "s3", |w| w.latency_p99_ns),
            line(windows, "s2", |w| w.latency_p90_ns),
            line(windows, "s1", |w| w.latency_p50_ns),
        ],
        limits,
        readouts: readouts(windows, |bucket| {
            let at = |value: fn(&Window) -> Option<u64>| worst(bucket, value);
            format!(
                "p50 {}  p90 {}  p99 {}",
                at(|w| w.latency_p50_ns),
                at(|w| w.latency_p90_ns),
                at(|w| w.latency_p99_ns)
            )
        }),
        ..frame(summary, 280.0, "latency", scale, time)
    };
    let figure = Figure {
        title: "Latency of each second.",
        note: "A callout stands in the second in which it was due.".to_owned(),
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
        title: "Latency over time",
        lead: Some(phrases::model(summary).to_owned()),
        body: figure.html(pages)?,
    }))
}

/// Asked and achieved rate, and callouts in flight.
pub(super) fn load(pages: &Pages<'_>, summary: &Summary) -> Result<Option<Section>, ReportError> {
    if summary.windows.is_empty() {
        return Ok(None);
    }
    let rates = rates(summary).html(pages)?;
    let open = in_flight(summary).html(pages)?;
    Ok(Some(Section {
        id: "load",
        title: "Load over time",
        lead: None,
        body: format!("{rates}{open}"),
    }))
}

fn rates(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let is_open = summary.rates.asked_per_s.is_some();
    let failed = windows.iter().any(|w| w.failed > 0);
    let dropped = windows.iter().any(|w| w.dropped > 0);
    let mut lines = vec![(
        legend("succeeded", "s1"),
        line(windows, "s1", |w| Some(w.ok)),
    )];
    if is_open {
        let due = line(windows, "s4", |w| Some(w.planned));
        lines.insert(0, (legend("due", "s4"), due));
    }
    if failed {
        let failures = line(windows, "sf", |w| Some(w.failed));
        lines.push((legend("failed", "sf"), failures));
    }
    if dropped {
        let drops = line(windows, "s3", |w| Some(w.dropped));
        lines.push((legend("dropped", "s3"), drops));
    }
    let highest = windows
        .iter()
        .map(|w| w.planned.max(w.ok).max(w.failed))
        .max();
    let (legends, lines) = lines.into_iter().unzip();
    let note = if is_open {
        "Due in that second, and ended in it."
    } else {
        "Ended in that second. A closed model asks for no rate."
    };
    let chart = Chart {
        title: "Callouts a second over time".to_owned(),
        desc: format!("{note} At most {} in a second.", highest.unwrap_or(0)),
        lines,
        readouts: readouts(windows, |bucket| {
            let most =
                |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).max().unwrap_or(0));
            format!(
                "due {}  ok {}  failed {}",
                most(|w| w.planned),
                most(|w| w.ok),
                most(|w| w.failed)
            )
        }),
        ..frame(
            summary,
            200.0,
            "callouts a second",
            Scale::linear(float(highest.unwrap_or(0))),
            plain,
        )
    };
    Figure {
        title: "Asked and achieved rate.",
        note: note.to_owned(),
        svg: chart.svg(),
        lines: legends,
        parts: Vec::new(),
        table: load_table(windows),
    }
}

fn in_flight(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let highest = windows.iter().map(|w| w.in_flight).max().unwrap_or(0);
    let chart = Chart {
        title: "Callouts in flight over time".to_owned(),
        desc: format!("At most {highest} were open at the end of a second."),
        lines: vec![line(windows, "s2", |w| Some(w.in_flight))],
        readouts: readouts(windows, |bucket| {
            let open = bucket.iter().map(|w| w.in_flight).max();
            format!("in flight {}", grouped(open.unwrap_or(0)))
        }),
        ..frame(
            summary,
            110.0,
            "in flight",
            Scale::linear(float(highest).max(4.0)),
            plain,
        )
    };
    let mut table = Table::new(
        "Callouts in flight, as a table",
        &[("second", Column::Text), ("in flight", Column::Number)],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let open = windows[bucket.clone()].iter().map(|w| w.in_flight).max();
        let open = grouped(open.unwrap_or(0));
        table.push(vec![stretch(&windows[bucket]), open]);
    }
    Figure {
        title: "Callouts in flight",
        note: "at the end of each second.".to_owned(),
        svg: chart.svg(),
        lines: Vec::new(),
        parts: Vec::new(),
        table,
    }
}

/// A chart over the run's time, the warm-up shaded and nothing drawn yet.
fn frame(
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
        bands: Vec::new(),
        lines: Vec::new(),
        limits: Vec::new(),
        readouts: Vec::new(),
    }
}

const fn legend(name: &'static str, class: &'static str) -> LegendLine {
    LegendLine { name, class }
}

/// The middle of a window on the x axis.
fn middle(window: &Window) -> f64 {
    float(window.start_s) + 0.5
}

fn line(windows: &[Window], class: &'static str, value: fn(&Window) -> Option<u64>) -> Line {
    let points = windows.iter().map(|w| (middle(w), value(w).map(float)));
    Line {
        class,
        points: points.collect(),
    }
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

fn readouts(windows: &[Window], text: impl Fn(&[Window]) -> String) -> Vec<Readout> {
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
fn stretch(bucket: &[Window]) -> String {
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
        ]);
    }
    table
}

fn load_table(windows: &[Window]) -> Table {
    let mut table = Table::new(
        "Load over time, as a table",
        &[
            ("seconds", Column::Text),
            ("due", Column::Number),
            ("started", Column::Number),
            ("succeeded", Column::Number),
            ("failed", Column::Number),
            ("dropped", Column::Number),
        ],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let bucket = &windows[bucket];
        let sum = |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).sum());
        let name = match count(bucket.len()) {
            1 => stretch(bucket),
            _ => stretch(bucket).replace(", worst", ", in all"),
        };
        table.push(vec![
            name,
            sum(|w| w.planned),
            sum(|w| w.started),
            sum(|w| w.ok),
            sum(|w| w.failed),
            sum(|w| w.dropped),
        ]);
    }
    table
}
