//! One value of each second as a figure: a line, its highest value, and a table.

use super::figure::Figure;
use super::over_time::{WINDOWS_MIN, chart, drawn, readouts, rows};
use super::pages::Pages;
use super::time_series::{self, TimeSeries};
use crate::report::chart::{Axis, Chart, Scale};
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::summary::{Summary, Window};
use crate::units::float;

/// What a figure shows of each second.
pub(super) struct Gauge {
    pub(super) title: &'static str,
    pub(super) note: &'static str,
    /// What is measured along the y axis.
    pub(super) axis: &'static str,
    pub(super) value: fn(&Window) -> Option<u64>,
    /// A value beside the axis.
    pub(super) label: fn(f64) -> String,
    /// A value in words and in the table.
    pub(super) text: fn(f64) -> String,
    /// The least height of the axis, so that very small values do not look large.
    pub(super) least: f64,
}

impl Gauge {
    /// The figure; empty if the run is too short for one, or no second has the value.
    pub(super) fn html(&self, pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
        let windows = &summary.windows;
        let highest = windows.iter().filter_map(self.value).max();
        let Some(highest) = highest.filter(|_| windows.len() >= WINDOWS_MIN) else {
            return Ok(String::new());
        };
        let highest = float(highest);
        let most = |bucket: &[Window]| {
            let highest = bucket.iter().filter_map(self.value).max();
            highest.map_or_else(|| "none".to_owned(), |value| (self.text)(float(value)))
        };
        let name = format!("{} over time", self.title);
        let desc = format!("At most {}.", (self.text)(highest));
        let scale = Scale::linear(highest.max(self.least));
        let axis = Axis::new(scale, self.axis, self.label);
        let (lines, bands) = drawn(vec![TimeSeries::new(windows, "s1", self.value)]);
        let drawn = Chart {
            lines,
            bands,
            readouts: readouts(windows, |bucket| format!("{} {}", self.axis, most(bucket))),
            ..chart(summary, &name, desc, 110.0, axis)
        };
        let table = Table::new(format!("{name}, as a table"), "second").numbers([self.axis]);
        let table = rows(table, windows, "worst", |bucket| vec![most(bucket)]);
        let note = format!("{}{}", self.note, time_series::note(windows));
        Figure::new(self.title, note, drawn.svg(), table).html(pages)
    }
}
