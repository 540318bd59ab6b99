//! What the kernel knew of the connections: round trips, retransmissions.

use super::block::{Column, facts};
use super::course::{self, course};
use super::timeline::{ROWS_MAX, WINDOWS_MIN, drawn, frame, readouts, stretch};
use super::{Fact, Figure, Pages, Section, Table};
use crate::report::chart::{Chart, Scale, buckets, plain};
use crate::report::figures::{grouped, millis, span};
use crate::report::{ReportError, phrases};
use crate::summary::{Summary, WireResult};
use crate::units::float;

/// The least height of the axis of retransmissions, so that one does not look like many.
const RESENT_MIN: f64 = 10.0;

/// Connections shown; `summary.json` has more.
const ROWS_SHOWN: usize = 10;

/// Round trips and retransmissions; nothing where nobody looked.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let Some(wire) = &summary.wire else {
        return Ok(None);
    };
    let mut body = String::new();
    if wire.connections > 0 {
        body += &facts(pages, &list(wire))?;
        if wire.retransmits > 0 && summary.windows.len() >= WINDOWS_MIN {
            body += &resent(summary).html(pages)?;
        }
        body += &worst(wire).html(pages)?;
    }
    Ok(Some(Section {
        id: "connections",
        title: "Connections".into(),
        lead: Some(format!(
            "What the kernel knows of each connection (TCP_INFO), asked once a second, the \
             warm-up included: {}. Round trips are to whoever ends TCP, the target or a load \
             balancer before it.",
            phrases::wire(wire)
        )),
        body,
    }))
}

fn list(wire: &WireResult) -> Vec<Fact> {
    let fact = |name, value| Fact { name, value };
    let ns = |name, ns: Option<u64>| ns.map(|ns| fact(name, span(float(ns))));
    let mut list = vec![fact("Connections seen", grouped(wire.connections))];
    list.extend(ns("Shortest round trip", wire.min_rtt_ns));
    list.extend(ns("Its median over them", wire.min_rtt_p50_ns));
    list.extend(ns("Smoothed, median", wire.smoothed_rtt_p50_ns));
    list.extend(ns("Smoothed, longest", wire.smoothed_rtt_max_ns));
    list.push(fact("Retransmissions", grouped(wire.retransmits)));
    if wire.peer_limited_ns > 0 {
        let limited = span(float(wire.peer_limited_ns));
        list.push(fact("Held up by the peer's window", limited));
    }
    list
}

fn resent(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let most = windows.iter().filter_map(|w| w.retransmits).max();
    let most = float(most.unwrap_or(0));
    let (lines, bands) = drawn(vec![course(windows, "s1", |w| w.retransmits)]);
    let chart = Chart {
        title: "Retransmissions over time".to_owned(),
        desc: format!("At most {most} in a second."),
        lines,
        bands,
        readouts: readouts(windows, |bucket| {
            let most = bucket.iter().filter_map(|w| w.retransmits).max();
            format!("{} sent again", grouped(most.unwrap_or(0)))
        }),
        ..frame(
            summary,
            110.0,
            "segments sent again",
            Scale::linear(most.max(RESENT_MIN)),
            plain,
        )
    };
    let mut table = Table::new(
        "Retransmissions over time, as a table",
        &[
            ("second", Column::Text),
            ("retransmissions", Column::Number),
        ],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let bucket = &windows[bucket];
        let most = bucket.iter().filter_map(|w| w.retransmits).max();
        table.push(vec![
            stretch(bucket),
            most.map_or_else(String::new, grouped),
        ]);
    }
    Figure {
        title: "Retransmissions",
        note: format!(
            "in each second, of all connections: each one costs its callout a timeout of 200 ms \
             or a few round trips.{}",
            course::note(windows)
        ),
        svg: chart.svg(),
        lines: Vec::new(),
        parts: Vec::new(),
        table,
    }
}

fn worst(wire: &WireResult) -> Table {
    let mut table = Table::new(
        "Connections with the most retransmissions, then the longest round trips",
        &[
            ("from", Column::Text),
            ("retransmissions", Column::Number),
            ("shortest round trip ms", Column::Number),
            ("smoothed ms", Column::Number),
            ("seen from", Column::Number),
            ("to", Column::Number),
        ],
    );
    table.caption = Some(table.name.clone());
    for connection in wire.worst.iter().take(ROWS_SHOWN) {
        let shortest = connection.min_rtt_ns.map(|ns| millis(float(ns)));
        table.push(vec![
            connection.local.clone(),
            grouped(connection.retransmits),
            shortest.unwrap_or_default(),
            millis(float(connection.smoothed_rtt_ns)),
            format!("{} s", connection.first_s),
            format!("{} s", connection.last_s + 1),
        ]);
    }
    table
}
