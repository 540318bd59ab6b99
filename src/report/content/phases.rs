//! The distribution of every phase: those of the timeline, and under `server` the parts that the
//! API sent.

use std::collections::BTreeMap;

use super::document::Section;
use super::importance::Importance;
use super::numbers::{grouped, millis, millis_of};
use super::scope::Scope;
use super::table::{Cell, ColumnKind, Row, Table};
use crate::phase::Phase;
use crate::summary::{PhaseStats, ServerTimingResult};

/// The phases of the successes and of the failures; `None` if neither took any time.
pub(crate) fn section(scope: &Scope<'_>) -> Option<Section> {
    let tables = [
        table("Phases (ms)", scope.phases, scope.server_timing),
        table("Phases of failures (ms)", scope.failed_phases, None),
    ];
    let section = Section::new("phases", "Phases", tables.map(Into::into));
    let intro = "In the order of the timeline. Percentiles of phases do not add up to those of the \
                 latency.";
    section.of(Importance::Detail).intro(intro).unless_empty()
}

fn table(
    name: &str,
    phases: &BTreeMap<Phase, PhaseStats>,
    told: Option<&ServerTimingResult>,
) -> Table {
    let mut table = Table::new(name, "phase (ms)")
        .numbers(["count", "mean", "p50", "p90", "p99", "p99.9", "max"])
        .column("what it is", ColumnKind::Wrapped, Importance::Reference);
    for (phase, stats) in phases {
        let name = phase.to_string();
        push(
            &mut table,
            name,
            stats,
            meaning(*phase),
            *phase == Phase::Latency,
        );
        let metrics = told.filter(|_| *phase == Phase::Server);
        for (metric, stats) in metrics.iter().flat_map(|told| &told.metrics) {
            let name = format!("{}.{metric}", Phase::Server);
            let meaning = "a part of the server's time, by its Server-Timing";
            push(&mut table, name, stats, meaning, false);
        }
    }
    table
}

fn push(table: &mut Table, name: String, stats: &PhaseStats, meaning: &str, is_total: bool) {
    if !stats.took_time() {
        return;
    }
    let cells = [
        name,
        grouped(stats.count),
        millis(stats.mean_ns),
        millis_of(stats.p50_ns),
        millis_of(stats.p90_ns),
        millis_of(stats.p99_ns),
        millis_of(stats.p99_9_ns),
        millis_of(stats.max_ns),
        meaning.to_owned(),
    ];
    let cells = cells.map(Cell::Text).to_vec();
    table.rows.push(Row { is_total, cells });
}

/// What a phase is, in a clause.
const fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Lag => "due to started, without queue: the generator's own lateness",
        Phase::Queue => "the wait for a free slot",
        Phase::Retry => "attempts that were made again",
        Phase::SignWait => "the wait for a token, without the signing itself",
        Phase::Sign => "serialising the claims and signing them",
        Phase::SignCpu => "the signer thread's CPU time for that",
        Phase::Exchange => "the wait for an access token, without the signing",
        Phase::Dns => "name resolution, where the callout waited for it",
        Phase::Connect => "TCP handshake, where the callout waited for it",
        Phase::Tls => "TLS handshake, where the callout waited for it",
        Phase::TokenAge => {
            "the token's age when the first byte was written; not part of the latency"
        }
        Phase::TokenLeft => "the token's remaining validity then; not part of the latency",
        Phase::Send => "first to last byte written",
        Phase::Wait => "last byte written to first byte arrived",
        Phase::Receive => "first to last byte arrived",
        Phase::Pickup => {
            "last byte arrived in the kernel to read here: the generator's own lateness"
        }
        Phase::Network => "send + wait + receive: first byte written to last byte arrived",
        Phase::Server => "the Server-Timing total of the same answer",
        Phase::Wire => "network minus server: the wire, and all else outside the server's account",
        Phase::Service => "started to last byte read",
        Phase::Latency => "due to last byte read: what the caller felt",
        Phase::Residual => "latency minus the sum of its parts",
    }
}
