//! How the generator itself fared, second by second.

use super::block::Column;
use super::course::{self, course};
use super::timeline::{ROWS_MAX, WINDOWS_MIN, drawn, frame, readouts, stretch};
use super::{Figure, Pages, Table};
use crate::report::ReportError;
use crate::report::chart::{Chart, Scale, buckets, time};
use crate::report::figures::{share, span};
use crate::summary::{Summary, Window};
use crate::units::{float, whole};

/// What one figure shows of a window.
struct Gauge {
    title: &'static str,
    note: &'static str,
    axis: &'static str,
    value: fn(&Window) -> Option<u64>,
    text: fn(f64) -> String,
    /// The least height of the axis, so that nothing at all does not look like much.
    least: f64,
}

const GAUGES: [Gauge; 3] = [
    Gauge {
        title: "Generator lag",
        note: "at p99 of each second: how late callouts began.",
        axis: "lag",
        value: |window| window.lag_p99_ns,
        text: time,
        least: 1e6,
    },
    Gauge {
        title: "Generator pickup",
        note: "at p99 of each second: how long answers lay in the kernel before they were read.",
        axis: "pickup",
        value: |window| window.pickup_p99_ns,
        text: time,
        least: 1e6,
    },
    Gauge {
        title: "Own CPU",
        note: "of the generator in each second, as a share of all cores.",
        axis: "own CPU",
        value: |window| window.own_cpu.map(|cpu| whole(cpu * MILLIONTHS)),
        text: |millionths| share(millionths / MILLIONTHS),
        least: MILLIONTHS / 10.0,
    },
];

/// Shares are drawn as whole numbers of these.
const MILLIONTHS: f64 = 1e6;

/// The figures of a run that is long enough for them.
pub(super) fn figures(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    if summary.windows.len() < WINDOWS_MIN {
        return Ok(String::new());
    }
    let has_any = |gauge: &&Gauge| summary.windows.iter().any(|w| (gauge.value)(w).is_some());
    GAUGES
        .iter()
        .filter(has_any)
        .map(|gauge| gauge.figure(summary).html(pages))
        .collect()
}

impl Gauge {
    fn figure(&self, summary: &Summary) -> Figure {
        let windows = &summary.windows;
        let highest = windows
            .iter()
            .filter_map(self.value)
            .max()
            .map_or(0.0, float);
        let most = |bucket: &[Window]| {
            let highest = bucket.iter().filter_map(self.value).max();
            highest.map_or_else(|| "none".to_owned(), |value| self.say(float(value)))
        };
        let (lines, bands) = drawn(vec![course(windows, "s1", self.value)]);
        let chart = Chart {
            title: format!("{} over time", self.title),
            desc: format!("At most {}.", self.say(highest)),
            lines,
            bands,
            readouts: readouts(windows, most),
            ..frame(
                summary,
                110.0,
                self.axis,
                Scale::linear(highest.max(self.least)),
                self.text,
            )
        };
        let mut table = Table::new(
            &format!("{} over time, as a table", self.title),
            &[("second", Column::Text), (self.axis, Column::Number)],
        );
        for bucket in buckets(windows.len(), ROWS_MAX) {
            let bucket = &windows[bucket];
            table.push(vec![stretch(bucket), most(bucket)]);
        }
        Figure {
            title: self.title,
            note: format!("{}{}", self.note, course::note(windows)),
            svg: chart.svg(),
            lines: Vec::new(),
            parts: Vec::new(),
            table,
        }
    }

    /// A value in words; a time to its own precision and not that of an axis.
    fn say(&self, value: f64) -> String {
        if self.axis == "lag" || self.axis == "pickup" {
            span(value)
        } else {
            (self.text)(value)
        }
    }
}
