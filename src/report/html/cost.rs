//! The stacked bars that answer the question: where the time of a callout went.

use super::block::{Column, Row};
use super::{Figure, LegendPart, Pages, Table};
use crate::report::ReportError;
use crate::report::chart::{Bar, Segment, Stack};
use crate::report::figures::{counted, millis, ratio, share, span};
use crate::summary::{SplitRow, Summary};

/// The class of a part in the style sheet, by its name in `SplitRow::parts`.
pub(super) fn class(part: &str) -> &'static str {
    match part {
        "generator lag" => "c-lag",
        "queue" => "c-queue",
        "retry" => "c-retry",
        "signer wait" => "c-signwait",
        "signing" => "c-sign",
        "connection" => "c-conn",
        "network" | "network + server" => "c-net",
        "server" => "c-server",
        _ => "c-other",
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
    let legend = worst
        .parts()
        .into_iter()
        .filter(|(name, _)| occurs(&rows, name));
    let figure = Figure {
        title: "Where the time of a callout went.",
        note: note(summary),
        svg: stack.svg(),
        lines: Vec::new(),
        parts: legend
            .map(|(name, ns)| LegendPart {
                name,
                class: class(name),
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
    let server = if summary.split.mean.server_ns.is_none() {
        " The target sent no Server-Timing, so network and server cannot be told apart."
    } else {
        ""
    };
    format!(
        "Each bar is the mean of callouts whose latency was near that percentile, or of the \
         slowest hundredth of all, so its parts add up. The figures under the bars are those \
         of the last bar.{server}"
    )
}

fn occurs(rows: &[(&'static str, &SplitRow)], part: &str) -> bool {
    rows.iter().any(|(_, row)| {
        row.parts()
            .iter()
            .any(|(name, ns)| *name == part && ratio(*ns, row.latency_ns) >= 0.000_05)
    })
}

fn told(name: &str, row: &SplitRow) -> String {
    let parts: Vec<String> = row
        .parts()
        .into_iter()
        .filter(|(_, ns)| *ns > 0.0)
        .map(|(part, ns)| format!("{part} {}", share(ratio(ns, row.latency_ns))))
        .collect();
    format!("{name} {}: {}. ", span(row.latency_ns), parts.join(", "))
}

fn bar(name: &'static str, row: &SplitRow) -> Bar {
    let segments = row.parts().into_iter().map(|(part, ns)| {
        let fraction = ratio(ns, row.latency_ns);
        Segment {
            name: part,
            class: class(part),
            share: fraction,
            detail: format!("{name}: {part} {}, {}", span(ns), share(fraction)),
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
    let parts: Vec<Vec<(&str, f64)>> = rows.iter().map(|(_, row)| row.parts()).collect();
    for (place, (name, _)) in parts.first().into_iter().flatten().enumerate() {
        let mut cells = vec![(*name).to_owned()];
        for ((_, row), parts) in rows.iter().zip(&parts) {
            let ns = parts.get(place).map_or(0.0, |part| part.1);
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
