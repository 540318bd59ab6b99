//! What each process of several did that made the load together.

use super::document::Section;
use super::importance::Importance;
use super::numbers::{grouped, millis_of, or_dash, rate, share};
use super::table::{ColumnKind, Table};
use crate::summary::{ShardResult, Summary};

/// A row for each shard; `None` if one process made the load.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let mut table = Table::new("Shards (ms)", "shard (ms)")
        .numbers(["planned", "ok", "failed", "dropped", "achieved"])
        .numbers(["p50", "p99", "lag p99", "CPU", "signers"])
        .column("measurement", ColumnKind::Text, Importance::Essential);
    for shard in summary.shards.iter().flatten() {
        table.push(cells(shard));
    }
    let intro = "Each shard is a process that made its share of the load. The other figures are of all \
                 shards together: their histograms are added, so the percentiles are exact. The measurement \
                 is as good as that of the worst shard.";
    let section = Section::new("shards", "Shards", [table.into()]);
    section.intro(intro).unless_empty()
}

fn cells(shard: &ShardResult) -> [String; 12] {
    let millis = |ns: Option<u64>| or_dash(ns.map(millis_of));
    let verdict = if shard.ended {
        shard.verdict.to_string()
    } else {
        "cut off".to_owned()
    };
    [
        shard.label(),
        grouped(shard.planned),
        grouped(shard.ok),
        grouped(shard.failed),
        grouped(shard.dropped),
        or_dash(shard.achieved_per_s.map(rate)),
        millis(shard.latency_p50_ns),
        millis(shard.latency_p99_ns),
        millis(shard.lag_p99_ns),
        or_dash(shard.own_cpu.map(share)),
        or_dash(shard.signer_utilisation.map(share)),
        verdict,
    ]
}
