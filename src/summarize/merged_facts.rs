//! What several shards of a run know, as that of the whole run.

use std::sync::Arc;

use crate::recording::{LoadFacts, RunFacts, WireTally};
use crate::summary::{OrgResult, RunState, Signing, TokenEndpointResult, Warning};
use crate::units::float;

/// The facts of the whole run. What all shards have in common is that of the first.
pub(super) fn merged_facts(shards: &[&RunFacts]) -> RunFacts {
    let Some((first, others)) = shards.split_first() else {
        unreachable!("a run has a shard");
    };
    let mut merged = (*first).clone();
    merged.run.shard = None;
    merged.run.agent = None;
    merged.run.state = state(shards);
    merged.elapsed = shards
        .iter()
        .map(|facts| facts.elapsed)
        .max()
        .unwrap_or_default();
    for (number, load) in merged.loads.iter_mut().enumerate() {
        for other in others.iter().filter_map(|facts| facts.loads.get(number)) {
            add_load(load, other);
        }
    }
    merged.run.load.io_workers = shards.iter().map(|facts| facts.run.load.io_workers).sum();
    merged.signing = signing(shards);
    merged.token_endpoint = shards
        .iter()
        .filter_map(|facts| facts.token_endpoint)
        .reduce(both_endpoints);
    merged.warnings = warnings(shards);
    merged.wire = wire(shards);
    merged
}

/// The run has ended as planned only if each shard has.
fn state(shards: &[&RunFacts]) -> RunState {
    let is_any = |state| shards.iter().any(|facts| facts.run.state == state);
    [RunState::Running, RunState::Stopped, RunState::Interrupted]
        .into_iter()
        .find(|state| is_any(*state))
        .unwrap_or(RunState::Finished)
}

fn add_load(load: &mut LoadFacts, other: &LoadFacts) {
    load.end = load.end.zip(other.end).map(|(one, other)| one.max(other));
    load.asked_per_s = load
        .asked_per_s
        .zip(other.asked_per_s)
        .map(|(one, other)| one + other);
    load.measured_at_most = load
        .measured_at_most
        .zip(other.measured_at_most)
        .map(|(one, other)| one.saturating_add(other));
    load.late = load.late.saturating_add(other.late);
    load.salesforce = match (load.salesforce.take(), &other.salesforce) {
        (Some(one), Some(other)) => Some(both_orgs(one, other)),
        (one, other) => one.or_else(|| other.clone()),
    };
}

fn both_orgs(mut one: OrgResult, other: &OrgResult) -> OrgResult {
    one.transactions += other.transactions;
    one.re_enqueued += other.re_enqueued;
    one.left_over += other.left_over;
    for (limit, lost) in &other.lost {
        *one.lost.entry(limit.clone()).or_default() += lost;
    }
    one
}

/// The signers of all shards: their threads and tokens add up, and the busiest decides.
fn signing(shards: &[&RunFacts]) -> Signing {
    let all = || shards.iter().map(|facts| &facts.signing);
    let most = |of: fn(&Signing) -> Option<f64>| all().filter_map(of).reduce(f64::max);
    let calibrated: Vec<f64> = all()
        .filter_map(|signing| signing.calibrated_per_s)
        .collect();
    Signing {
        threads: all()
            .map(|signing| signing.threads)
            .fold(0, u32::saturating_add),
        calibrated_per_s: (!calibrated.is_empty())
            .then(|| calibrated.iter().sum::<f64>() / float(calibrated.len())),
        utilisation: most(|signing| signing.utilisation),
        predicted_utilisation: most(|signing| signing.predicted_utilisation),
        tokens_minted: all()
            .map(|signing| signing.tokens_minted)
            .fold(0, u64::saturating_add),
        ..shards[0].signing.clone()
    }
}

fn both_endpoints(one: TokenEndpointResult, other: TokenEndpointResult) -> TokenEndpointResult {
    let requests = one.requests.saturating_add(other.requests);
    let spent = one.mean_ns * float(one.requests) + other.mean_ns * float(other.requests);
    TokenEndpointResult {
        requests,
        failed: one.failed.saturating_add(other.failed),
        mean_ns: spent / float(requests.max(1)),
        max_ns: one.max_ns.max(other.max_ns),
    }
}

/// Each warning once.
fn warnings(shards: &[&RunFacts]) -> Vec<Warning> {
    let mut told: Vec<Warning> = Vec::new();
    for warning in shards.iter().flat_map(|facts| &facts.warnings) {
        if !told.contains(warning) {
            told.push(warning.clone());
        }
    }
    told
}

fn wire(shards: &[&RunFacts]) -> Option<Arc<WireTally>> {
    let mut tallies = shards.iter().filter_map(|facts| facts.wire.as_ref());
    let mut all = (**tallies.next()?).clone();
    for tally in tallies {
        all.merge(tally);
    }
    Some(Arc::new(all))
}
