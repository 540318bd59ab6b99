//! The percentile spectrum: every further nine takes the same room.

use super::figure::{Figure, legend};
use super::pages::Pages;
use crate::phase::Phase;
use crate::report::chart::{Axis, Chart, Line, Plot, Readout, Scale, time};
use crate::report::content::joined::joined;
use crate::report::content::numbers::{millis_of, span, span_of, trimmed};
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::summary::{SpectrumPoint, Summary};
use crate::units::float;

/// The phases of the spectrum with their lines.
const PHASES: [(Phase, &str, &str); 3] = [
    (Phase::Latency, "latency", "s1"),
    (Phase::Service, "service", "s2"),
    (Phase::Network, "network", "s3"),
];

/// Percentiles that the table and the readouts name.
const NAMED: [f64; 8] = [0.0, 0.5, 0.75, 0.9, 0.99, 0.999, 0.999_9, 1.0];

/// How far past the last finite percentile the maximum stands, in nines.
const MAXIMUM_APART: f64 = 0.1;

/// The spectrum; empty if fewer than two callouts succeeded.
pub(super) fn figure(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    let samples = summary.phase(Phase::Latency).map_or(0, |stats| stats.count);
    if samples < 2 || summary.spectrum.values().all(|points| points.len() < 2) {
        return Ok(String::new());
    }
    let note = "Read: this share of callouts took no longer than this. The gap between latency and \
                service is the generator's own; the gap between service and network is tokens and \
                connections.";
    let svg = chart(summary).svg();
    let shown = PHASES.into_iter();
    let shown = shown.filter(|(phase, ..)| summary.spectrum.contains_key(phase));
    Figure {
        lines: shown.map(|(_, name, class)| legend(name, class)).collect(),
        ..Figure::new("Time by percentile.", note, svg, table(summary))
    }
    .html(pages)
}

fn chart(summary: &Summary) -> Chart {
    let points = || summary.spectrum.values().flatten();
    let finite = points().map(|p| p.quantile).filter(|q| *q < 1.0);
    let nines = finite.map(|q| -(1.0 - q).log10()).fold(0.0, f64::max) + MAXIMUM_APART;
    let values: Vec<f64> = points().map(|p| float(p.value_ns)).collect();
    let highest = values.iter().copied().fold(0.0, f64::max);
    let desc = format!(
        "Latency, service and network by percentile. The longest latency was {}.",
        span(highest)
    );
    let x = Axis::new(Scale::nines(nines), "percentile", percentile);
    let y = Axis::new(Scale::spanning(values.into_iter()), "time", time);
    let nines = x.scale.high();
    let height = 280.0;
    Chart {
        lines: PHASES
            .into_iter()
            .filter_map(|phase| line(summary, phase))
            .collect(),
        readouts: readouts(summary, nines),
        ..Chart::new("Percentile spectrum", desc, Plot { height, x, y })
    }
}

fn line(summary: &Summary, (phase, _, class): (Phase, &str, &'static str)) -> Option<Line> {
    let points = summary.spectrum.get(&phase)?;
    let points = points.iter().map(|p| (p.quantile, Some(float(p.value_ns))));
    Some(Line::new(class, points))
}

/// `99.9 %`, or `maximum`.
fn percentile(quantile: f64) -> String {
    if quantile >= 1.0 {
        return "maximum".to_owned();
    }
    format!("{} %", trimmed(quantile * 100.0, 4))
}

/// The value at a quantile: the first point that reaches it.
fn at(points: &[SpectrumPoint], quantile: f64) -> Option<u64> {
    let reached = points.iter().find(|p| p.quantile >= quantile);
    reached.or(points.last()).map(|p| p.value_ns)
}

fn readouts(summary: &Summary, nines: f64) -> Vec<Readout> {
    let steps = 40_u32;
    let quantile = |step: u32| 1.0 - 10_f64.powf(-nines * f64::from(step) / f64::from(steps));
    (0..steps)
        .map(|step| {
            let (from, to) = (quantile(step), quantile(step + 1));
            let words = PHASES.into_iter().filter_map(|(phase, name, _)| {
                let ns = at(summary.spectrum.get(&phase)?, from)?;
                Some(format!("{name} {}", span_of(ns)))
            });
            let words = joined(words, " · ").unwrap_or_default();
            let place = percentile((from * 1e5).round() / 1e5);
            let text = format!("{place}: {words}");
            Readout { from, to, text }
        })
        .collect()
}

fn table(summary: &Summary) -> Table {
    let mut table = Table::new("Percentile spectrum, as a table", "percentile").numbers([
        "latency ms",
        "service ms",
        "network ms",
    ]);
    for quantile in NAMED {
        let cells = PHASES.map(|(phase, ..)| {
            let points = summary.spectrum.get(&phase);
            let ns = points.and_then(|points| at(points, quantile));
            ns.map_or_else(String::new, millis_of)
        });
        table.push(std::iter::once(percentile(quantile)).chain(cells));
    }
    table
}
