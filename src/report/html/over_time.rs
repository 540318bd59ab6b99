//! Values over the run's time: what charts and tables of seconds share.

use super::time_series::TimeSeries;
use crate::report::chart::{
    Axis, Band, Chart, Line, Plot, Readout, Scale, Shade, buckets, seconds,
};
use crate::report::content::table::Table;
use crate::summary::{Summary, Window};
use crate::units::float;

/// Stretches that answer a pointer, and rows of the tables: more would double the file.
const READOUTS_MAX: usize = 100;
pub(super) const ROWS_MAX: usize = 60;

/// A single second is no series, and the tables say it all.
pub(super) const WINDOWS_MIN: usize = 2;

/// A chart over the run's time, the warm-up shaded and nothing drawn yet.
pub(super) fn chart(summary: &Summary, title: &str, desc: String, height: f64, y: Axis) -> Chart {
    let windows = &summary.windows;
    let end = windows.last().map_or(0, |w| w.start_s + 1);
    let scale = Scale::seconds(float(end));
    let x = Axis::new(scale, "since the start of the run", seconds);
    let warmup = windows.iter().filter(|w| w.warmup).map(|w| w.start_s + 1);
    let shade = warmup.max().map(|end| Shade {
        from: 0.0,
        to: float(end),
        label: "warm-up".to_owned(),
    });
    Chart {
        is_over_time: true,
        shades: shade.into_iter().collect(),
        ..Chart::new(title, desc, Plot { height, x, y })
    }
}

/// Lines and bands of several series, as a chart takes them.
pub(super) fn drawn(series: Vec<TimeSeries>) -> (Vec<Line>, Vec<Band>) {
    let pairs = series.into_iter().map(|one| (one.line, one.band));
    let (lines, bands): (Vec<Line>, Vec<Option<Band>>) = pairs.unzip();
    (lines, bands.into_iter().flatten().collect())
}

/// What the pointer shows on each stretch of the run.
pub(super) fn readouts(windows: &[Window], text: impl Fn(&[Window]) -> String) -> Vec<Readout> {
    buckets(windows.len(), READOUTS_MAX)
        .into_iter()
        .filter_map(|bucket| {
            let bucket = &windows[bucket];
            let (first, last) = (bucket.first()?, bucket.last()?);
            Some(Readout {
                from: float(first.start_s),
                to: float(last.start_s) + 1.0,
                text: format!("{}: {}", stretch(bucket, "worst"), text(bucket)),
            })
        })
        .collect()
}

/// A row for each stretch of the run: its name, and its cells.
pub(super) fn rows(
    mut table: Table,
    windows: &[Window],
    how: &str,
    cells: impl Fn(&[Window]) -> Vec<String>,
) -> Table {
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let bucket = &windows[bucket];
        table.push(std::iter::once(stretch(bucket, how)).chain(cells(bucket)));
    }
    table
}

/// `12 s`, or `12 s to 17 s, worst` where several seconds share a row.
fn stretch(bucket: &[Window], how: &str) -> String {
    match (bucket.first(), bucket.last()) {
        (Some(first), Some(last)) if first.start_s < last.start_s => format!(
            "{} to {}, {how}",
            seconds(float(first.start_s)),
            seconds(float(last.start_s))
        ),
        (Some(only), _) => seconds(float(only.start_s)),
        _ => String::new(),
    }
}
