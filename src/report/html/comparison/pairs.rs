//! Each pair of runs as a dot: how far they are apart is the noise.

use super::axis::{changes, chart, no_change};
use crate::report::chart::{Axis, Chart, Line, Scale, plain};
use crate::report::content::table::Table;
use crate::report::html::figure::{Figure, legend};
use crate::summary::{Comparison, MetricResult};
use crate::units::float;

/// A metric of the chart, its short name, its class, and how far its dots stand aside.
type PlottedMetric<'c> = (&'c MetricResult, &'static str, &'static str, f64);

/// The change of each pair, for the metrics that people ask for; `None` if there is one pair.
pub(super) fn figure(comparison: &Comparison) -> Option<Figure> {
    let shown: Vec<PlottedMetric<'_>> = [
        ("latency.p50", "p50", "s1", -0.08),
        ("latency.p99", "p99", "s2", 0.08),
    ]
    .into_iter()
    .filter_map(|(name, short, class, aside)| {
        let mut metrics = comparison.metrics.iter();
        let metric = metrics.find(|metric| metric.name == name)?;
        (!metric.pairs.is_empty()).then_some((metric, short, class, aside))
    })
    .collect();
    let longest = shown.iter().map(|(metric, ..)| metric.pairs.len()).max();
    let longest = longest.filter(|pairs| *pairs > 1)?;
    let all = shown.iter().flat_map(|(metric, ..)| &metric.pairs).copied();
    let x = Axis::new(Scale::linear(float(longest) + 1.0), "pair", plain);
    let desc = format!("Each of {longest} pairs of runs, by the change of its latency.");
    let drawn = Chart {
        lines: shown.iter().map(dots).collect(),
        limits: vec![no_change()],
        ..chart("Change of each pair", desc, x, changes(all))
    };
    let mut table = Table::new("Change of each pair, as a table", "pair")
        .numbers(shown.iter().map(|(_, name, ..)| *name));
    for number in 0..longest {
        let cells = shown.iter().map(|(metric, ..)| {
            let change = metric.pairs.get(number);
            change.map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0))
        });
        table.push(std::iter::once((number + 1).to_string()).chain(cells));
    }
    let note = "A dot is one pair: the candidate's run against the baseline's beside it. How far \
                they are apart is the noise.";
    Some(Figure {
        lines: shown
            .iter()
            .map(|(_, name, class, _)| legend(name, class))
            .collect(),
        ..Figure::new("Each pair of runs.", note, drawn.svg(), table)
    })
}

/// A value between absent values is drawn as a dot.
fn dots((metric, _, class, aside): &PlottedMetric<'_>) -> Line {
    let pairs = metric.pairs.iter().enumerate();
    let points = pairs.flat_map(|(number, change)| {
        let place = float(number) + 1.0 + aside;
        [(place, Some(*change)), (place + 0.01, None)]
    });
    Line::new(class, points)
}
