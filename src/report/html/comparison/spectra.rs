//! The percentile spectra of both sides, one over the other.

use super::super::block::Column;
use super::super::{Figure, LegendLine, Pages, Section, Table};
use super::{chart, percentile};
use crate::report::ReportError;
use crate::report::chart::{Axis, Chart, Line, Scale, time};
use crate::report::figures::{millis, share};
use crate::summary::{Comparison, SpectrumPoint};
use crate::units::float;

/// Both spectra; nothing where a side has none.
pub(super) fn section(
    pages: &Pages<'_>,
    comparison: &Comparison,
) -> Result<Option<Section>, ReportError> {
    let sides = [
        ("baseline", "s1", &comparison.spectra.baseline),
        ("candidate", "s2", &comparison.spectra.candidate),
    ];
    if sides.iter().any(|(.., points)| points.len() < 2) {
        return Ok(None);
    }
    let all = || sides.iter().flat_map(|(.., points)| points.iter());
    let finite = all()
        .map(|point| point.quantile)
        .filter(|quantile| *quantile < 1.0);
    let nines = finite
        .map(|quantile| -(1.0 - quantile).log10())
        .fold(0.0, f64::max);
    let values: Vec<f64> = all().map(|point| float(point.value_ns)).collect();
    let drawn = Chart {
        lines: sides
            .iter()
            .map(|(_, class, points)| Line {
                class,
                points: points
                    .iter()
                    .map(|point| (point.quantile, Some(float(point.value_ns))))
                    .collect(),
            })
            .collect(),
        ..chart(
            "Latency of both sides by percentile",
            "The percentile spectrum of the baseline and of the candidate.".to_owned(),
            Axis {
                scale: Scale::nines(nines + 0.1),
                name: "percentile",
                label: percentile,
            },
            Axis {
                scale: Scale::spanning(values.into_iter()),
                name: "latency",
                label: time,
            },
        )
    };
    let mut table = Table::new(
        "Latency of both sides, as a table",
        &[
            ("percentile", Column::Text),
            ("baseline ms", Column::Number),
            ("candidate ms", Column::Number),
        ],
    );
    for quantile in [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
        let at = |points: &[SpectrumPoint]| {
            let point = points.iter().find(|point| point.quantile >= quantile);
            point.map_or_else(String::new, |point| millis(float(point.value_ns)))
        };
        table.push(vec![
            share_of(quantile),
            at(&comparison.spectra.baseline),
            at(&comparison.spectra.candidate),
        ]);
    }
    let figure = Figure {
        title: "Latency of both sides by percentile.",
        note: "Of several runs, the median of them at each percentile.".to_owned(),
        svg: drawn.svg(),
        lines: sides
            .iter()
            .map(|(name, class, _)| LegendLine { name, class })
            .collect(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "spectra",
        title: "Both spectra".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}

fn share_of(quantile: f64) -> String {
    if quantile < 1.0 {
        percentile(quantile)
    } else {
        share(quantile)
    }
}
