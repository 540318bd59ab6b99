//! The slowest iterations, each with its own bar.

use super::block::Column;
use super::{Pages, Section, Table, cost};
use crate::phase::Phase;
use crate::report::ReportError;
use crate::report::chart::{Segment, waterfall};
use crate::report::figures::{grouped, millis, ratio, span};
use crate::summary::{Part, SlowIteration, SplitRow, Summary};
use crate::units::float;

/// Iterations shown; `slowest.csv` has them all.
const ROWS_MAX: usize = 20;

/// The slowest successes; nothing where nothing succeeded.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    let longest = summary
        .slowest
        .iter()
        .filter_map(latency)
        .fold(0.0, f64::max);
    if longest <= 0.0 {
        return Ok(None);
    }
    let has_server = summary
        .slowest
        .iter()
        .any(|slow| slow.phases_ns.contains_key(&Phase::Server));
    let mut head = vec![
        ("due at", Column::Text),
        ("latency ms", Column::Number),
        ("course", Column::Drawing),
        ("status", Column::Number),
        ("arrival", Column::Number),
    ];
    let has_load = summary.slowest.iter().any(|slow| slow.load.is_some());
    if has_load {
        head.insert(1, ("load", Column::Text));
    }
    if has_server {
        head.push(("server ms", Column::Number));
    }
    let slowest = || summary.slowest.iter();
    let has_resent = slowest().any(|slow| slow.retransmits.is_some());
    if has_resent {
        head.push(("retransmits then", Column::Number));
    }
    let has_trace = slowest().any(|slow| slow.trace_id.is_some());
    let has_link = slowest().any(|slow| !trace(summary, slow).is_empty());
    if has_link {
        head.push(("trace", Column::Link("open")));
    }
    if has_trace {
        head.push(("trace id", Column::Text));
    }
    let mut table = Table::new("Slowest callouts", &head);
    for iteration in summary.slowest.iter().take(ROWS_MAX) {
        let mut cells = row(summary, iteration, longest);
        if has_load {
            cells.insert(1, iteration.load.clone().unwrap_or_default());
        }
        if !has_server {
            cells.pop();
        }
        if has_resent {
            cells.push(iteration.retransmits.map_or_else(String::new, grouped));
        }
        if has_link {
            cells.push(trace(summary, iteration));
        }
        if has_trace {
            cells.push(iteration.trace_id.clone().unwrap_or_default());
        }
        table.push(cells);
    }
    Ok(Some(Section {
        id: "slowest",
        title: "Slowest callouts".into(),
        lead: Some(
            "All bars share one scale and the colours of the bars at the top. Rest the \
             pointer on a part for its length. Retransmits are those of all connections in the \
             seconds that the callout took."
                .to_owned(),
        ),
        body: table.html(pages)?,
    }))
}

fn latency(iteration: &SlowIteration) -> Option<f64> {
    let ns = iteration.phases_ns.get(&Phase::Latency)?;
    Some(float(*ns))
}

fn row(summary: &Summary, iteration: &SlowIteration, longest: f64) -> Vec<String> {
    let latency = latency(iteration).unwrap_or(0.0);
    let segments: Vec<Segment> = parts(summary, iteration)
        .into_iter()
        .map(|part| Segment {
            name: part.0.name(),
            class: cost::class(part.0),
            share: ratio(part.1, longest),
            detail: format!("{} {}", part.0.name(), span(part.1)),
        })
        .collect();
    let told: Vec<&str> = segments
        .iter()
        .filter(|segment| segment.share > 0.0)
        .map(|segment| segment.detail.as_str())
        .collect();
    let title = format!("Arrival {}: {}", iteration.seq, span(latency));
    let server = iteration.phases_ns.get(&Phase::Server);
    vec![
        span(float(iteration.due_ns)),
        millis(latency),
        waterfall(&title, &told.join(", "), &segments),
        iteration
            .status
            .map_or_else(String::new, |status| status.to_string()),
        grouped(iteration.seq),
        server.map_or_else(String::new, |ns| millis(float(*ns))),
    ]
}

/// The parts of one iteration, named as those of the split.
fn parts(summary: &Summary, iteration: &SlowIteration) -> Vec<(Part, f64)> {
    let ns = |phase: Phase| iteration.phases_ns.get(&phase).map_or(0.0, |ns| float(*ns));
    // Only a token signed when due was signed on the callout's own time.
    let signing = if summary.signing.mode == "jit" {
        ns(Phase::Sign)
    } else {
        0.0
    };
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
        sign_ns: signing,
        connection_ns: ns(Phase::Dns) + ns(Phase::Connect) + ns(Phase::Tls),
        network_ns: network - server_ns.unwrap_or(0.0),
        server_ns,
        other_ns: ns(Phase::Residual),
        ..SplitRow::default()
    };
    let floor = summary.wire.as_ref().and_then(|wire| wire.min_rtt_ns);
    row.with_wire_floor(floor).parts()
}

/// The way to an iteration's trace, where it was sampled and the scenario says where traces are.
fn trace(summary: &Summary, iteration: &SlowIteration) -> String {
    let link = summary.run.trace_link.as_deref();
    let link = link.filter(|link| link.starts_with("https://") || link.starts_with("http://"));
    match (&iteration.trace_id, link) {
        (Some(id), Some(link)) if iteration.trace_sampled => link.replace("{trace_id}", id),
        _ => String::new(),
    }
}
