//! What is said, as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::Override;
use crate::units::Nanos;

/// The name of this version of the messages.
pub const SCHEMA: &str = "leadbench.fleet/v1";

/// What is to be run. It holds no key, and no secret of the scenario.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunSpec {
    /// `leadbench.fleet/v1`.
    pub schema: String,
    /// The version of leadbench, which all must have.
    pub version: String,
    /// The id of the run.
    pub run: String,
    /// What tells its leads and traces from those of other runs.
    pub entropy: u64,
    /// How many agents make the load.
    pub agents: u32,
    /// The scenario file as it was named.
    pub scenario_file: String,
    /// Its text.
    pub scenario: String,
    /// The names and texts of the overlays.
    pub overlays: Vec<(String, String)>,
    /// What the command line changes.
    pub overrides: Vec<Override>,
    /// How a search changed the plan, if the run is a trial of one.
    pub trial: Option<TrialSpec>,
    /// SHA-256 of the checked plan, which all must have alike, with the files that the scenario names.
    pub plan_sha256: String,
    /// The commit under test.
    pub commit: Option<String>,
    /// Labels to find the run by.
    pub labels: BTreeMap<String, String>,
    /// Whether to run even if signers cannot keep up.
    pub force: bool,
}

/// A trial of a search: what is offered in place of the scenario's load.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TrialSpec {
    /// The id of the search. Agents that make a trial of it make the others too.
    pub search: String,
    /// How many trials there were before.
    pub number: u64,
    /// The name of the load that changes.
    pub load: String,
    /// What is offered: `113.1/s`, or a number of users. Without it a few probes see how the target is.
    pub offered: Option<String>,
    /// How long.
    pub span: Nanos,
    /// The highest load that the search may try, which an agent refuses at once if it may not make it.
    pub highest: String,
    /// How long that may take.
    pub longest: Nanos,
}

/// An agent, as `leadbench agents` lists it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AgentInfo {
    /// What tells it from others of its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version of leadbench.
    pub version: String,
    /// Logical processors.
    pub cores: u32,
    /// How many tokens it can sign a second, as measured before its last run.
    pub signs_per_s: Option<f64>,
    /// Its wall clock when it said so, since the Unix epoch.
    #[serde(rename = "wall_ns")]
    pub wall: Nanos,
    /// The run that it has a place in.
    pub run: Option<String>,
}

/// An agent that is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedAgent {
    /// What it says.
    #[serde(flatten)]
    pub info: AgentInfo,
    /// How far its clock is ahead of the broker's, in nanoseconds; less by the time that its message took.
    pub ahead_ns: i64,
    /// How long ago it said so.
    #[serde(rename = "seen_ns")]
    pub seen: Nanos,
}

/// An agent is prepared: nothing but the start is missing.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Ready {
    /// The agent's name.
    pub name: String,
    /// Its version of leadbench.
    pub version: String,
    /// SHA-256 of the plan as it has checked it.
    pub plan_sha256: String,
    /// SHA-256 of the public keys that it signs with.
    pub keys_sha256: String,
    /// How long it needs from the start being known to the first arrival.
    pub run_up: Nanos,
    /// How far its wall clock is ahead of the coordinator's, in nanoseconds.
    pub ahead_ns: i64,
    /// By how much that may be wrong.
    pub offset_error: Nanos,
    /// Why it cannot run, if it cannot.
    pub refused: Option<String>,
    /// Whether that is because the target could not be reached, or refused the callout before the load.
    pub is_of_target: bool,
}

/// When the load begins.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Arm {
    /// By the coordinator's wall clock, since the Unix epoch.
    pub start: Nanos,
}

/// An agent has come to its end.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AgentEnd {
    /// How many frames it sent.
    pub frames: u64,
    /// What broke it, if anything did.
    pub broken: Option<String>,
    /// How far its start was from the instant that was named, by its own clock.
    pub skew: Nanos,
}
