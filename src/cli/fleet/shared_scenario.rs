//! A scenario that agents are to run, as each of them will read it.

use std::path::Path;

use anyhow::anyhow;

use super::FleetArgs;
use super::local::LocalFleet;
use crate::cli::exit::{Code, Failure};
use crate::cli::key_folder::KeysArgs;
use crate::cli::run::{redact, sharded};
use crate::cli::scenario_file::{self, Loaded};
use crate::cli::secrets;
use crate::plan::{Override, Plan, Shard};
use crate::scenario::{Shorthand, shorthand};

/// A scenario with all that the command line changes in it.
pub(in crate::cli) struct SharedScenario {
    pub(in crate::cli) loaded: Loaded,
    pub(in crate::cli) overrides: Vec<Override>,
    /// What a try on this machine needs.
    pub(super) local: Option<LocalFleet>,
}

impl SharedScenario {
    /// Reads a scenario again as agents will, with these overrides; for a try on this machine, starts an
    /// embedded target, for all agents to send to.
    ///
    /// # Errors
    ///
    /// It has a secret in it, or its target or key cannot be used.
    pub(in crate::cli) fn of(
        file: &Path,
        loaded: Loaded,
        mut overrides: Vec<Override>,
        (args, keys): (&FleetArgs, &KeysArgs),
    ) -> Result<Self, Failure> {
        let local = match &args.broker.nats {
            Some(_) => None,
            None => Some(LocalFleet::prepare(&loaded.plan, keys)?),
        };
        if let Some(url) = local.as_ref().and_then(LocalFleet::target) {
            overrides.push(shorthand(Shorthand::Target, url));
        }
        refuse_secrets(&loaded, &overrides)?;
        let loaded = scenario_file::of_text(file, loaded.text, loaded.overlays, &overrides)?;
        Ok(Self {
            loaded,
            overrides,
            local,
        })
    }
}

/// Refuses a plan that so many agents cannot share.
pub(in crate::cli) fn check_shares(plan: &Plan, agents: u32) -> Result<(), Failure> {
    let one = Shard::new(1, agents).ok_or_else(|| Failure::internal(anyhow!("{agents} agents")))?;
    plan.clone().take_shard(one).map_err(|error| {
        let hint = "use fewer agents, or more of what they share";
        sharded::not_shared(error).hint(hint)
    })
}

/// Refuses a run whose secrets would be sent to the broker.
fn refuse_secrets(loaded: &Loaded, overrides: &[Override]) -> Result<(), Failure> {
    let texts = loaded.overlays.iter().map(|(_, text)| text);
    let mut texts = texts.chain([&loaded.text]);
    let has_secret = texts.any(|text| secrets::strike(text) != *text);
    let is_given = overrides
        .iter()
        .any(|one| redact::override_without_secret(one).value != one.value);
    if !has_secret && !is_given {
        return Ok(());
    }
    let what = anyhow!(
        "the scenario, an overlay or --set has a secret in it, which would be sent to the broker"
    );
    Err(Failure::new(Code::ScenarioInvalid, what).hint(
        "let each agent read it where it runs: { env = \"NAME\" } or { file = \"path\" } in place of the value",
    ))
}
