//! Each pair of runs as a dot: how far they are apart is the noise.

use super::super::block::Column;
use super::super::{Figure, LegendLine, Pages, Section, Table};
use super::{change, chart, nothing};
use crate::report::ReportError;
use crate::report::chart::{Axis, Chart, Line, Scale, plain};
use crate::summary::{Comparison, MetricResult};
use crate::units::{count, float};

/// The change of each pair, for the metrics that people ask for.
pub(super) fn section(
    pages: &Pages<'_>,
    comparison: &Comparison,
) -> Result<Option<Section>, ReportError> {
    let shown = [("latency.p50", "p50", "s1"), ("latency.p99", "p99", "s2")];
    let found: Vec<_> = shown
        .into_iter()
        .filter_map(|(name, short, class)| {
            let metric = comparison
                .metrics
                .iter()
                .find(|metric| metric.name == name)?;
            (!metric.pairs.is_empty()).then_some((metric, short, class))
        })
        .collect();
    let longest = found.iter().map(|(metric, ..)| metric.pairs.len()).max();
    let Some(longest) = longest.filter(|pairs| *pairs > 1) else {
        return Ok(None);
    };
    // A value of its own between absent ones is a dot.
    let dots = |metric: &MetricResult, class, aside: f64| Line {
        class,
        points: metric
            .pairs
            .iter()
            .enumerate()
            .flat_map(|(number, change)| {
                let place = float(count(number)) + 1.0 + aside;
                [(place, Some(*change)), (place + 0.01, None)]
            })
            .collect(),
    };
    let mut table = Table::new(
        "Change of each pair, as a table",
        &[
            ("pair", Column::Text),
            ("p50", Column::Number),
            ("p99", Column::Number),
        ],
    );
    for number in 0..longest {
        let cell = |name: &str| {
            let metric = found.iter().find(|(_, short, _)| *short == name);
            let change = metric.and_then(|(metric, ..)| metric.pairs.get(number));
            change.map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0))
        };
        table.push(vec![(number + 1).to_string(), cell("p50"), cell("p99")]);
    }
    let all = found
        .iter()
        .flat_map(|(metric, ..)| metric.pairs.iter().copied());
    let all: Vec<f64> = all.collect();
    let drawn = Chart {
        lines: found
            .iter()
            .zip([-0.08, 0.08])
            .map(|((metric, _, class), aside)| dots(metric, *class, aside))
            .collect(),
        limits: vec![nothing()],
        ..chart(
            "Change of each pair",
            format!("Each of {longest} pairs of runs, by the change of its latency."),
            Axis {
                scale: Scale::linear(float(count(longest)) + 1.0),
                name: "pair",
                label: plain,
            },
            Axis {
                scale: Scale::around_nothing(all.into_iter()),
                name: "change of latency",
                label: change,
            },
        )
    };
    let figure = Figure {
        title: "Each pair of runs.",
        note: "A dot is one pair: the candidate's run against the baseline's beside it. How far \
               they are apart is the noise."
            .to_owned(),
        svg: drawn.svg(),
        lines: found
            .iter()
            .map(|(_, name, class)| LegendLine { name, class })
            .collect(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "pairs",
        title: "Pairs".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}
