//! The percentile spectra of both sides, one over the other.

use super::axis::{chart, percentile, percentiles};
use crate::report::chart::{Axis, Chart, Line, Scale, time};
use crate::report::content::numbers::millis_of;
use crate::report::content::table::Table;
use crate::report::html::figure::{Figure, legend};
use crate::summary::{Comparison, SpectrumPoint};
use crate::units::float;

/// Both spectra; `None` if a side has none.
pub(super) fn figure(comparison: &Comparison) -> Option<Figure> {
    let sides = [
        ("baseline", "s1", &comparison.spectra.baseline),
        ("candidate", "s2", &comparison.spectra.candidate),
    ];
    if sides.iter().any(|(.., points)| points.len() < 2) {
        return None;
    }
    let all = || sides.iter().flat_map(|(.., points)| points.iter());
    let finite = all().map(|point| point.quantile).filter(|q| *q < 1.0);
    let nines = finite.map(|q| -(1.0 - q).log10()).fold(0.0, f64::max);
    let values: Vec<f64> = all().map(|point| float(point.value_ns)).collect();
    let y = Axis::new(Scale::spanning(values.into_iter()), "latency", time);
    let place = |point: &SpectrumPoint| (point.quantile, Some(float(point.value_ns)));
    let lines = sides.map(|(_, class, points)| Line::new(class, points.iter().map(place)));
    let desc = "The percentile spectrum of the baseline and of the candidate.".to_owned();
    let title = "Latency of both sides by percentile";
    let drawn = Chart {
        lines: lines.to_vec(),
        ..chart(title, desc, percentiles(nines), y)
    };
    let mut table = Table::new("Latency of both sides, as a table", "percentile")
        .numbers(["baseline ms", "candidate ms"]);
    for quantile in [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
        let at = |points: &[SpectrumPoint]| {
            let point = points.iter().find(|point| point.quantile >= quantile);
            point.map_or_else(String::new, |point| millis_of(point.value_ns))
        };
        let cells = sides.map(|(.., points)| at(points));
        table.push(std::iter::once(percentile(quantile)).chain(cells));
    }
    let title = "Latency of both sides by percentile.";
    let note = "Of several runs, the median of them at each percentile.";
    Some(Figure {
        lines: sides
            .iter()
            .map(|(name, class, _)| legend(name, class))
            .collect(),
        ..Figure::new(title, note, drawn.svg(), table)
    })
}
