//! What one shard of a run did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::Reason;
use super::run::RunState;
use super::validity::Validity;

/// One shard of a run: a process that made its share of the load. The figures of the run are those of
/// all shards together; these show whether the shards were alike.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ShardResult {
    /// Its number and how many there are: `2/8`.
    pub name: String,
    /// The name of the agent that made it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether it came to its end.
    pub state: RunState,
    /// Whether its recording has an end. If it has none, the shard was cut off.
    pub ended: bool,
    /// The time since the start of the run up to which it recorded.
    pub until_ns: u64,
    /// Arrivals that came due, outside the warm-up.
    pub planned: u64,
    /// Iterations begun.
    pub started: u64,
    /// Iterations that succeeded.
    pub ok: u64,
    /// Iterations that failed.
    pub failed: u64,
    /// Arrivals never begun because every slot was taken.
    pub dropped: u64,
    /// Callouts a second that counted as a success within the measured span.
    pub achieved_per_s: Option<f64>,
    /// The median of the latency.
    pub latency_p50_ns: Option<u64>,
    /// Its 99th percentile.
    pub latency_p99_ns: Option<u64>,
    /// The 99th percentile of the lateness of this generator.
    pub lag_p99_ns: Option<u64>,
    /// Tokens that it signed.
    pub tokens_minted: u64,
    /// The share of its signer threads' time that it needed, 0 to 1.
    pub signer_utilisation: Option<f64>,
    /// Its CPU time as a share of all its cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// Whether its measurement can be trusted.
    pub verdict: Validity,
    /// The reasons in words, the worst first.
    pub reasons: Vec<String>,
    /// The same reasons in the same order, with their codes.
    pub coded_reasons: Vec<Reason>,
}

impl ShardResult {
    /// Its number, and its agent if it has one: `2/8 (host-b)`.
    pub fn label(&self) -> String {
        match &self.agent {
            Some(agent) => format!("{} ({agent})", self.name),
            None => self.name.clone(),
        }
    }
}
