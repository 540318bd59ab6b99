//! The stacked bars that answer the question: where the time of a callout went.

use super::figure::{Figure, LegendPart};
use super::pages::Pages;
use super::part::{class, segment};
use super::section::blocks;
use crate::report::chart::{Bar, Stack};
use crate::report::content::document::{Block, Section};
use crate::report::content::joined::joined;
use crate::report::content::numbers::{ratio, share, span};
use crate::report::content::split::rows;
use crate::report::error::ReportError;
use crate::summary::{Part, SplitRow, Summary};

/// The bars at the mean, at three percentiles and of the tail, over the table of the section; empty
/// if nothing succeeded.
pub(super) fn figure(
    pages: &Pages<'_>,
    summary: &Summary,
    section: Option<Section>,
) -> Result<String, ReportError> {
    let rows = rows(summary);
    let (Some(section), Some((_, last))) = (section, rows.last()) else {
        return Ok(String::new());
    };
    let stack = Stack {
        title: "Share of a callout's latency by part".to_owned(),
        desc: rows.iter().map(|(name, row)| told(name, row)).collect(),
        bars: rows.iter().map(|(name, row)| bar(name, row)).collect(),
    };
    let legend = parts(&rows)
        .into_iter()
        .filter(|part| occurs(&rows, *part))
        .map(|part| LegendPart {
            name: part.name(),
            class: class(part),
            detail: span(last.part(part)),
        });
    let mut others = section.blocks;
    let tables: Vec<_> = others
        .extract_if(.., |block| matches!(block, Block::Table(_)))
        .collect();
    let Some(Block::Table(mut table)) = tables.into_iter().next() else {
        return Ok(String::new());
    };
    table.name += ", as a table";
    let title = "Where the time of a callout went.";
    let figure = Figure {
        parts: legend.collect(),
        ..Figure::new(title, note(summary), stack.svg(), table)
    };
    let (before, after) = blocks(pages, &others)?;
    Ok(figure.html(pages)? + &before + &after)
}

fn note(summary: &Summary) -> &'static str {
    if summary.split.mean.samples == 1 {
        return "One callout succeeded; these are its parts.";
    }
    "Each bar is the mean of the callouts whose latency was near that percentile, or of the \
     slowest; its parts add up. The table says how many callouts that is: 30 or more where there \
     are as many. The figures under the bars are those of the last bar."
}

/// The parts that any row has, in the order of the timeline.
fn parts(rows: &[(&'static str, &SplitRow)]) -> Vec<Part> {
    let all = rows.iter().flat_map(|(_, row)| row.parts());
    let mut parts: Vec<_> = all.map(|(part, _)| part).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn occurs(rows: &[(&'static str, &SplitRow)], part: Part) -> bool {
    rows.iter()
        .any(|(_, row)| ratio(row.part(part), row.latency_ns) >= 0.000_05)
}

fn told(name: &str, row: &SplitRow) -> String {
    let parts = row.parts().into_iter().filter(|(_, ns)| *ns > 0.0);
    let parts =
        parts.map(|(part, ns)| format!("{} {}", part.name(), share(ratio(ns, row.latency_ns))));
    let parts = joined(parts, ", ").unwrap_or_default();
    format!("{name} {}: {parts}. ", span(row.latency_ns))
}

fn bar(name: &'static str, row: &SplitRow) -> Bar {
    let segments = row.parts().into_iter().map(|(part, ns)| {
        let fraction = ratio(ns, row.latency_ns);
        let detail = format!("{name}: {} {}, {}", part.name(), span(ns), share(fraction));
        segment(part, fraction, detail)
    });
    Bar {
        name,
        total: span(row.latency_ns),
        segments: segments.collect(),
    }
}
