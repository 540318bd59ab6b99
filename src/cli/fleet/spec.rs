//! What a coordinator tells its agents of a run.

use super::SharedScenario;
use crate::cli::run::identity::sha256;
use crate::fleet::{self, RunSpec, TrialSpec};
use crate::plan::Plan;
use crate::runner::Identity;

/// What agents are told of a run with this plan; `trial` says how a search changed the plan.
pub(in crate::cli) fn spec(
    (shared, plan): (&SharedScenario, &Plan),
    agents: u32,
    identity: &Identity,
    trial: Option<TrialSpec>,
    force: bool,
) -> RunSpec {
    RunSpec {
        schema: fleet::SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run: identity.id.clone(),
        entropy: identity.entropy,
        agents,
        scenario_file: identity.scenario_file.clone(),
        scenario: shared.loaded.text.clone(),
        overlays: shared.loaded.overlays.clone(),
        overrides: shared.overrides.clone(),
        plan_sha256: plan_sha256(plan),
        trial,
        commit: identity.commit.clone(),
        labels: identity.labels.clone(),
        force,
    }
}

/// SHA-256 of a plan: what all who make a run together must have alike.
pub(super) fn plan_sha256(plan: &Plan) -> String {
    let plan = Plan {
        // The same overrides may have been given by other flags.
        overrides: Vec::new(),
        ..plan.clone()
    };
    sha256(&format!("{plan:?}"))
}
