//! Whether recordings are the shards of one run, each of them once.

use super::RunFacts;
use crate::plan::Shard;

/// Why recordings do not add up to a run; each is named by its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ShardFault {
    /// It is a whole run.
    Whole(usize),
    /// It is of another run than the first.
    OtherRun(usize),
    /// It is of the same run, but differs in this from the first.
    Differs(usize, &'static str),
    /// Both are the same shard.
    Twice(usize, usize),
}

/// Recordings that add up to a run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShardSet {
    /// The places of the recordings, in the order of their shards.
    pub order: Vec<usize>,
    /// The shards of which there is no recording.
    pub missing: Vec<Shard>,
}

/// Puts the recordings in order.
///
/// # Errors
///
/// They are not the shards of one run.
pub fn shard_set(all: &[&RunFacts]) -> Result<ShardSet, ShardFault> {
    let mut numbered: Vec<(Shard, usize)> = Vec::new();
    for (place, facts) in all.iter().enumerate() {
        let shard = facts.run.shard.as_ref().and_then(|text| text.parse().ok());
        let shard: Shard = shard.ok_or(ShardFault::Whole(place))?;
        let first = all[0];
        if facts.run.id != first.run.id {
            return Err(ShardFault::OtherRun(place));
        }
        if let Some(what) = difference(first, facts) {
            return Err(ShardFault::Differs(place, what));
        }
        if let Some((_, other)) = numbered.iter().find(|(known, _)| *known == shard) {
            return Err(ShardFault::Twice(*other, place));
        }
        numbered.push((shard, place));
    }
    numbered.sort_unstable();
    let of = numbered.first().map_or(0, |(shard, _)| shard.of());
    let missing = (1..=of).filter_map(|number| Shard::new(number, of));
    let missing = missing.filter(|one| numbered.iter().all(|(shard, _)| shard != one));
    Ok(ShardSet {
        missing: missing.collect(),
        order: numbered.into_iter().map(|(_, place)| place).collect(),
    })
}

/// What two shards of a run must have in common and do not.
fn difference(one: &RunFacts, other: &RunFacts) -> Option<&'static str> {
    let of = |facts: &RunFacts| {
        let text = facts.run.shard.as_deref().unwrap_or_default();
        text.split_once('/').map(|(_, of)| of.to_owned())
    };
    let loads = |facts: &RunFacts| {
        let loads = facts.loads.iter().map(|load| {
            let planned = (
                load.start,
                load.warmup,
                load.planned_end,
                load.turns.clone(),
            );
            (load.name.clone(), load.schedule_sha256.clone(), planned)
        });
        loads.collect::<Vec<_>>()
    };
    let checks = [
        (
            one.run.version != other.run.version,
            "the version of leadbench",
        ),
        (of(one) != of(other), "the number of shards"),
        (
            one.run.scenario_sha256 != other.run.scenario_sha256,
            "the scenario",
        ),
        (one.run.overlays != other.run.overlays, "the overlays"),
        (
            one.run.overrides != other.run.overrides,
            "the overrides of the command line",
        ),
        (one.run.seed != other.run.seed, "the seed"),
        (one.run.started_at != other.run.started_at, "the start"),
        (one.run.target != other.run.target, "the target"),
        (one.thresholds != other.thresholds, "the thresholds"),
        (loads(one) != loads(other), "the loads"),
    ];
    checks
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
}
