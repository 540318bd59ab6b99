//! The stacked bars that answer the question: where the time of a callout went.

use super::block::{Column, Row};
use super::{Figure, LegendPart, Pages, Table};
use crate::report::chart::{Bar, Segment, Stack};
use crate::report::figures::{counted, millis, ratio, share, span};
use crate::report::{ReportError, phrases};
use crate::summary::{Part, SplitRow, Summary};

/// The class of a part in the style sheet.
pub(super) const fn class(part: Part) -> &'static str {
    match part {
        Part::Lag => "c-lag",
        Part::Queue => "c-queue",
        Part::Retry => "c-retry",
        Part::SignWait => "c-signwait",
        Part::Sign => "c-sign",
        Part::Connection => "c-conn",
        Part::WireFloor => "c-wire",
        Part::Server => "c-server",
        Part::Outside | Part::BeyondWire | Part::Network => "c-net",
        Part::Pickup => "c-pickup",
        Part::Exchange | Part::Other => "c-other",
    }
}

/// The bars at the mean, at three percentiles and of the tail; nothing when nothing succeeded.
pub(super) fn figure(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    let rows = rows(summary);
    let Some((_, worst)) = rows.last() else {
        return Ok(String::new());
    };
    let title = "Share of a callout's latency by part";
    let stack = Stack {
        title: title.to_owned(),
        desc: rows.iter().map(|(name, row)| told(name, row)).collect(),
        bars: rows.iter().map(|(name, row)| bar(name, row)).collect(),
    };
    let legend = parts(&rows)
        .into_iter()
        .filter(|part| occurs(&rows, *part))
        .map(|part| (part, worst.part(part)));
    let figure = Figure {
        title: "Where the time of a callout went.",
        note: note(summary),
        svg: stack.svg(),
        lines: Vec::new(),
        parts: legend
            .map(|(part, ns)| LegendPart {
                name: part.name(),
                class: class(part),
                detail: span(ns),
            })
            .collect(),
        table: table(&rows),
    };
    figure.html(pages)
}

/// The rows that have samples; one alone where all callouts are in each of them.
fn rows(summary: &Summary) -> Vec<(&'static str, &SplitRow)> {
    if summary.split.mean.samples == 1 {
        return vec![("the callout", &summary.split.mean)];
    }
    summary.split.rows()
}

fn note(summary: &Summary) -> String {
    if summary.split.mean.samples == 1 {
        return "One callout succeeded; these are its parts.".to_owned();
    }
    let why = phrases::parts(summary);
    format!(
        "Each bar is the mean of the callouts whose latency was near that percentile, or of the \
         slowest; its parts add up. The table says how many callouts that is: 30 or more where \
         there are as many. The figures under the bars are those of the last bar. {why}"
    )
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
    let parts: Vec<String> = row
        .parts()
        .into_iter()
        .filter(|(_, ns)| *ns > 0.0)
        .map(|(part, ns)| format!("{} {}", part.name(), share(ratio(ns, row.latency_ns))))
        .collect();
    format!("{name} {}: {}. ", span(row.latency_ns), parts.join(", "))
}

fn bar(name: &'static str, row: &SplitRow) -> Bar {
    let segments = row.parts().into_iter().map(|(part, ns)| {
        let fraction = ratio(ns, row.latency_ns);
        Segment {
            name: part.name(),
            class: class(part),
            share: fraction,
            detail: format!("{name}: {} {}, {}", part.name(), span(ns), share(fraction)),
        }
    });
    Bar {
        name,
        total: span(row.latency_ns),
        segments: segments.collect(),
    }
}

fn table(rows: &[(&'static str, &SplitRow)]) -> Table {
    let mut head = vec![("part (ms)", Column::Text)];
    for (name, _) in rows {
        head.push((name, Column::Number));
        head.push(("share", Column::Number));
    }
    let mut table = Table::new("Where the time went, as a table", &head);
    for part in parts(rows) {
        if !rows.iter().any(|(_, row)| row.part(part) > 0.0) {
            continue;
        }
        let mut cells = vec![part.name().to_owned()];
        for (_, row) in rows {
            let ns = row.part(part);
            cells.extend([millis(ns), share(ratio(ns, row.latency_ns))]);
        }
        table.push(cells);
    }
    let mut total = vec!["latency".to_owned()];
    let mut samples = vec!["mean of".to_owned()];
    for (_, row) in rows {
        total.extend([millis(row.latency_ns), "100 %".to_owned()]);
        samples.extend([counted(row.samples, "callout", "callouts"), String::new()]);
    }
    table.rows.push(Row {
        strong: true,
        cells: total,
    });
    table.push(samples);
    table
}
