//! The shift function: how far each part of the distribution moved.

use super::super::block::Column;
use super::super::{Figure, Pages, Section, Table};
use super::{change, chart, nothing, percentile};
use crate::report::ReportError;
use crate::report::chart::{Axis, Band, Chart, Line, Scale};
use crate::summary::{Comparison, ShiftPoint};

/// By how much each place of the distribution moved; nothing where runs are too few to say.
pub(super) fn section(
    pages: &Pages<'_>,
    comparison: &Comparison,
) -> Result<Option<Section>, ReportError> {
    let points = &comparison.shift;
    let [_, .., last] = points.as_slice() else {
        return Ok(None);
    };
    let ends = || points.iter().flat_map(|point| [point.low, point.high]);
    let line = |class, of: fn(&ShiftPoint) -> f64| Line {
        class,
        points: points
            .iter()
            .map(|point| (point.quantile, Some(of(point))))
            .collect(),
    };
    let x = Axis {
        scale: Scale::nines(-(1.0 - last.quantile).log10() + 0.1),
        name: "percentile",
        label: percentile,
    };
    let y = Axis {
        scale: Scale::around_nothing(ends()),
        name: "change of latency",
        label: change,
    };
    let mut table = Table::new(
        "Shift by percentile, as a table",
        &[
            ("percentile", Column::Text),
            ("change", Column::Number),
            ("from", Column::Number),
            ("to", Column::Number),
        ],
    );
    for point in points {
        let signed = |value: f64| format!("{:+.1} %", value * 100.0);
        table.push(vec![
            percentile(point.quantile),
            signed(point.change),
            signed(point.low),
            signed(point.high),
        ]);
    }
    let drawn = Chart {
        bands: vec![Band {
            class: "s1",
            points: points
                .iter()
                .map(|point| (point.quantile, Some((point.low, point.high))))
                .collect(),
        }],
        lines: vec![line("s1", |point| point.change)],
        limits: vec![nothing()],
        ..chart(
            "Shift function",
            format!(
                "At {} of the distribution the candidate's latency differs by {}.",
                percentile(last.quantile),
                change(last.change)
            ),
            x,
            y,
        )
    };
    let figure = Figure {
        title: "By how much each part of the distribution moved.",
        note: "The line is the candidate's latency against the baseline's at the same percentile; \
               the band is its 95 % interval."
            .to_owned(),
        svg: drawn.svg(),
        lines: Vec::new(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "shift",
        title: "Shift function".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}
