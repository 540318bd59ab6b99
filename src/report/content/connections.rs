//! What the kernel knew of the connections: round trips and retransmissions.

use super::document::{Facts, Layout, Section, text};
use super::importance::Importance;
use super::numbers::{grouped, millis_of, span_of};
use super::table::Table;
use crate::summary::{Summary, WireResult};

/// The section's place.
pub(crate) const ID: &str = "connections";

/// Connections shown; `summary.json` has more.
const CONNECTIONS_MAX: usize = 10;

/// Round trips and retransmissions; `None` if the kernel was not asked.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let wire = summary.wire.as_ref()?;
    let unknown = match &wire.unavailable {
        Some(why) => format!("Round trips were not measured: {why}."),
        None if wire.connections == 0 => {
            "No connection was open when the kernel was asked, once a second.".to_owned()
        }
        None => String::new(),
    };
    let blocks = if unknown.is_empty() {
        [facts(wire).into(), worst(wire).into()]
    } else {
        [text(unknown), None]
    };
    let section = Section::new(ID, "Connections", blocks).of(Importance::Detail);
    Some(section.intro(
        "What the kernel knows of each connection (TCP_INFO), asked once a second, the warm-up \
         included. Round trips are to the machine that ends TCP: the target, or a load balancer \
         before it.",
    ))
}

fn facts(wire: &WireResult) -> Facts {
    let limited = Some(wire.peer_limited_ns).filter(|ns| *ns > 0);
    let facts = [
        ("connections", Some(grouped(wire.connections))),
        ("shortest round trip", wire.min_rtt_ns.map(span_of)),
        ("median of the shortest", wire.min_rtt_p50_ns.map(span_of)),
        ("smoothed median", wire.smoothed_rtt_p50_ns.map(span_of)),
        ("smoothed longest", wire.smoothed_rtt_max_ns.map(span_of)),
        ("retransmissions", Some(grouped(wire.retransmits))),
        ("held up by the peer's window", limited.map(span_of)),
    ];
    Facts::known("Wire", Layout::NameFirst, facts)
}

fn worst(wire: &WireResult) -> Table {
    let name = "Connections with the most retransmissions, then the longest round trips";
    let mut table = Table::new(name, "from")
        .numbers(["retransmissions", "shortest round trip ms", "smoothed ms"])
        .numbers(["seen from", "to"])
        .of(Importance::Reference);
    for connection in wire.worst.iter().take(CONNECTIONS_MAX) {
        let shortest = connection.min_rtt_ns.map(millis_of);
        table.push([
            connection.local.clone(),
            grouped(connection.retransmits),
            shortest.unwrap_or_default(),
            millis_of(connection.smoothed_rtt_ns),
            format!("{} s", connection.first_s),
            format!("{} s", connection.last_s + 1),
        ]);
    }
    table
}
