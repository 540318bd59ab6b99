//! Bad tokens for a run: their keys, and the threads that make them.

use std::sync::Arc;

use super::failure::RunFailure;
use super::job::{Credential, Keys};
use crate::clock::Clock;
use crate::engine::Negatives;
use crate::keys::{KeySize, PrivateKey, UniqueName, generate};
use crate::plan::{Fault, Plan};
use crate::token::{BadTokenCache, Forger};
use crate::units::count;

/// The keys of bad tokens besides the good keys.
#[derive(Debug)]
pub(super) struct BadTokenKeys {
    /// A key that no target knows.
    key: PrivateKey,
    /// The name of the other key pair that the target trusts, if the scenario names one.
    other_kid: Option<String>,
}

impl BadTokenKeys {
    /// Makes them, if the plan sends bad tokens. Making a key takes time, so this comes before the run's
    /// clock is set.
    pub(super) fn of(plan: &Plan, keys: &Keys) -> Result<Option<Self>, RunFailure> {
        if plan.negative.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            key: stranger()?,
            other_kid: keys
                .other
                .as_ref()
                .map(|other| other.name.as_str().to_owned()),
        }))
    }
}

/// The bad tokens of each load that sends tokens, with the load's number.
pub(super) fn negatives(
    plan: &Plan,
    credentials: &[Credential],
    bad_token_keys: Option<&BadTokenKeys>,
    clock: Clock,
) -> Result<Vec<(usize, Arc<Negatives>)>, RunFailure> {
    let (Some(mix), Some(bad_token_keys)) = (&plan.negative, bad_token_keys) else {
        return Ok(Vec::new());
    };
    let mut negatives = Vec::new();
    for Credential { auth, key, loads } in credentials {
        for load in loads {
            let prepare = |key: &PrivateKey| key.prepare().map_err(RunFailure::environment);
            let forger = Forger::new(
                auth,
                prepare(key)?,
                prepare(&bad_token_keys.key)?,
                key.public_key().to_pem(),
                bad_token_keys.other_kid.clone(),
            );
            let faults: Vec<Fault> = mix.faults.iter().map(|one| one.fault).collect();
            let clock = clock.skewed(auth.clock_skew);
            let bad_tokens =
                BadTokenCache::start(forger, faults, clock).map_err(RunFailure::environment)?;
            let one = Negatives::new(mix.clone(), plan.lead.seed, count(*load), bad_tokens);
            negatives.push((*load, Arc::new(one)));
        }
    }
    Ok(negatives)
}

/// A key that no target has ever seen.
fn stranger() -> Result<PrivateKey, RunFailure> {
    let name = UniqueName::parse("stranger").map_err(RunFailure::environment)?;
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let pair = generate(&name, KeySize::Rsa2048, now).map_err(RunFailure::environment)?;
    PrivateKey::from_pem(pair.private_key_pem.as_bytes()).map_err(RunFailure::environment)
}
