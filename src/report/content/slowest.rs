//! The slowest iterations, each with its parts.

use super::document::Section;
use super::importance::Importance;
use super::numbers::{grouped, millis, millis_of, ratio, span, span_of};
use super::table::{Cell, Table};
use crate::phase::Phase;
use crate::summary::{Part, SlowIteration, SplitRow, Summary};
use crate::units::float;

/// Iterations shown; `slowest.csv` has them all.
const ROWS_MAX: usize = 20;

/// The slowest successes; `None` if nothing succeeded.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let slowest = &summary.slowest;
    let longest = slowest.iter().map(latency).fold(0.0, f64::max);
    if longest <= 0.0 {
        return None;
    }
    let mut table = Table::new("Slowest callouts", "due at")
        .text("load")
        .numbers(["latency ms"])
        .text("parts")
        .numbers(["status", "arrival", "server ms", "retransmits then"])
        .text("trace")
        .text("trace id");
    for slow in slowest.iter().take(ROWS_MAX) {
        let server = slow.phases_ns.get(&Phase::Server);
        let link = |href| Cell::Link { word: "open", href };
        table.push_cells(vec![
            span_of(slow.due_ns).into(),
            slow.load.clone().into(),
            millis(latency(slow)).into(),
            bar(summary, slow, longest),
            slow.status.map(|status| status.to_string()).into(),
            grouped(slow.seq).into(),
            server.map(|ns| millis_of(*ns)).into(),
            slow.retransmits.map(grouped).into(),
            trace(summary, slow).map_or_else(|| None.into(), link),
            slow.trace_id.clone().into(),
        ]);
    }
    table.drop_empty_columns();
    let intro = "All bars share one scale and the colours of the bars at the top. Rest the pointer \
                 on a part for its length. Retransmits are those of all connections in the seconds \
                 that the callout took.";
    let section = Section::new("slowest", "Slowest callouts", [table.into()]);
    Some(section.of(Importance::Reference).intro(intro))
}

fn latency(iteration: &SlowIteration) -> f64 {
    let ns = iteration.phases_ns.get(&Phase::Latency);
    ns.map_or(0.0, |ns| float(*ns))
}

fn bar(summary: &Summary, iteration: &SlowIteration, longest: f64) -> Cell {
    let parts = parts(summary, iteration).into_iter();
    Cell::Parts {
        title: format!("Arrival {}: {}", iteration.seq, span(latency(iteration))),
        parts: parts
            .map(|(part, ns)| (part, ratio(ns, longest), span(ns)))
            .collect(),
    }
}

/// The parts of one iteration, as the split has them.
fn parts(summary: &Summary, iteration: &SlowIteration) -> Vec<(Part, f64)> {
    let ns = |phase: Phase| iteration.phases_ns.get(&phase).map_or(0.0, |ns| float(*ns));
    // Only a token that was signed when the callout was due is part of its latency.
    let is_jit = summary.signing.mode == "jit";
    let network = ns(Phase::Network);
    let told = iteration.phases_ns.get(&Phase::Server);
    let server_ns = told.map(|server| float(*server).min(network));
    let row = SplitRow {
        lag_ns: ns(Phase::Lag),
        pickup_ns: ns(Phase::Pickup),
        queue_ns: ns(Phase::Queue),
        retry_ns: ns(Phase::Retry),
        exchange_ns: ns(Phase::Exchange),
        sign_wait_ns: ns(Phase::SignWait),
        sign_ns: if is_jit { ns(Phase::Sign) } else { 0.0 },
        connection_ns: ns(Phase::Dns) + ns(Phase::Connect) + ns(Phase::Tls),
        network_ns: network - server_ns.unwrap_or(0.0),
        server_ns,
        other_ns: ns(Phase::Residual),
        ..SplitRow::default()
    };
    let floor = summary.wire.as_ref().and_then(|wire| wire.min_rtt_ns);
    row.with_wire_floor(floor).parts()
}

/// The address of an iteration's trace, where it was sampled and the scenario has a link.
fn trace(summary: &Summary, iteration: &SlowIteration) -> Option<String> {
    let link = summary.run.trace_link.as_deref()?;
    let is_web = link.starts_with("https://") || link.starts_with("http://");
    let id = iteration.trace_id.as_deref()?;
    (is_web && iteration.trace_sampled).then(|| link.replace("{trace_id}", id))
}
