//! What a coordinator tells its agents of a run.

use anyhow::anyhow;

use super::{Args, fleet_share, redact};
use crate::cli::exit::{Code, Failure};
use crate::cli::{scenario_file, secrets};
use crate::fleet::{self, RunSpec};
use crate::plan::{Override, Plan};
use crate::runner::Identity;

/// Refuses a run whose secrets would be sent to the broker.
pub(super) fn refuse_secrets(
    loaded: &scenario_file::Loaded,
    overrides: &[Override],
) -> Result<(), Failure> {
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

/// What agents are told of a run.
pub(super) fn spec(
    args: &Args,
    agents: u32,
    loaded: &scenario_file::Loaded,
    plan: &Plan,
    overrides: Vec<Override>,
    identity: &Identity,
) -> RunSpec {
    RunSpec {
        schema: fleet::SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run: identity.id.clone(),
        entropy: identity.entropy,
        agents,
        scenario_file: identity.scenario_file.clone(),
        scenario: loaded.text.clone(),
        overlays: loaded.overlays.clone(),
        overrides,
        plan_sha256: fleet_share::plan_sha256(plan),
        commit: identity.commit.clone(),
        labels: identity.labels.clone(),
        preflight: !args.no_preflight,
        early_stop: !args.no_early_stop,
        force: args.force,
    }
}
