//! Each load of several on its own.

use super::document::Section;
use super::importance::Importance;
use super::numbers::{grouped, millis_of, or_dash, rate, share};
use super::table::{ColumnKind, Table};
use crate::phase::Phase;
use crate::summary::{LoadResult, PhaseStats, Summary};
use crate::units::Nanos;

/// The section's place.
pub(crate) const ID: &str = "loads";

/// The loads where there are several; a single one is the run itself.
pub(crate) fn several(summary: &Summary) -> &[LoadResult] {
    match summary.loads.as_slice() {
        [] | [_] => &[],
        loads => loads,
    }
}

/// A row for each load; `None` if the run has one load.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let mut table = Table::new("Loads (ms)", "load (ms)")
        .numbers(["from", "planned", "ok", "failed", "asked", "achieved"])
        .numbers(["p50", "p99", "network p99"])
        .column("what it is", ColumnKind::Wrapped, Importance::Reference);
    for load in several(summary) {
        table.push(cells(load));
    }
    let intro = "The other figures are of all loads together; here each load stands alone.";
    let section = Section::new(ID, "Loads", [table.into()]);
    section.intro(intro).unless_empty()
}

fn cells(load: &LoadResult) -> [String; 11] {
    let at = |phase: Phase, of: fn(&PhaseStats) -> u64| {
        let stats = load.phases.get(&phase).filter(|stats| stats.count > 0);
        or_dash(stats.map(|stats| millis_of(of(stats))))
    };
    let counts = &load.counts;
    let failed = match counts.failed {
        0 => "0".to_owned(),
        some => format!(
            "{} ({})",
            grouped(some),
            share(counts.failed_share().unwrap_or_default())
        ),
    };
    [
        load.name.clone(),
        Nanos(load.start_ns).to_string(),
        grouped(counts.planned),
        grouped(counts.ok),
        failed,
        or_dash(load.rates.asked_per_s.map(rate)),
        rate(load.rates.achieved_per_s),
        at(Phase::Latency, |stats| stats.p50_ns),
        at(Phase::Latency, |stats| stats.p99_ns),
        at(Phase::Network, |stats| stats.p99_ns),
        load.description.clone(),
    ]
}
