//! The shift function: how far each part of the distribution moved.

use super::axis::{change, changes, chart, no_change, percentile, percentiles};
use crate::report::chart::{Band, Chart, Line};
use crate::report::content::table::Table;
use crate::report::html::figure::Figure;
use crate::summary::Comparison;

/// By how much each place of the distribution moved; `None` if runs are too few to say.
pub(super) fn figure(comparison: &Comparison) -> Option<Figure> {
    let points = &comparison.shift;
    let [_, .., last] = points.as_slice() else {
        return None;
    };
    let ends = points.iter().flat_map(|point| [point.low, point.high]);
    let line = points
        .iter()
        .map(|point| (point.quantile, Some(point.change)));
    let band = points
        .iter()
        .map(|point| (point.quantile, Some((point.low, point.high))));
    let desc = format!(
        "At {} of the distribution the candidate's latency differs by {}.",
        percentile(last.quantile),
        change(last.change)
    );
    let x = percentiles(-(1.0 - last.quantile).log10());
    let drawn = Chart {
        bands: vec![Band {
            class: "s1",
            points: band.collect(),
        }],
        lines: vec![Line::new("s1", line)],
        limits: vec![no_change()],
        ..chart("Shift function", desc, x, changes(ends))
    };
    let mut table = Table::new("Shift by percentile, as a table", "percentile")
        .numbers(["change", "from", "to"]);
    for point in points {
        let ends = [point.change, point.low, point.high];
        let cells = ends.map(|value| format!("{:+.1} %", value * 100.0));
        table.push(std::iter::once(percentile(point.quantile)).chain(cells));
    }
    let note = "The line is the candidate's latency against the baseline's at the same percentile; \
                the band is its 95 % interval.";
    let title = "By how much each part of the distribution moved.";
    Some(Figure::new(title, note, drawn.svg(), table))
}
