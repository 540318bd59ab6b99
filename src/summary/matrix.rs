//! What signing costs, from variants that took turns in one run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An experiment within a run: variants of one setting that took turns at the same target.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct MatrixResult {
    /// What told the variants apart: `signing`, `key_size` or `algorithm`.
    pub compares: String,
    /// How long each turn was.
    pub block_ns: u64,
    /// The start of each turn that is left out of every figure.
    pub settle_ns: u64,
    /// Turns of each variant that were planned.
    pub rounds: u32,
    /// The variant that the others are held against.
    pub reference: String,
    /// How sure each interval is on its own, 0 to 1.
    pub confidence: f64,
    /// The variants, each also a load of the run.
    pub variants: Vec<VariantResult>,
}

/// One variant.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct VariantResult {
    /// Its name, which is that of its load.
    pub name: String,
    /// What it costs more than the reference; empty of the reference itself, and while the
    /// run goes on.
    pub costs: Vec<MarginalCost>,
    /// Each of its turns.
    pub rounds: Vec<RoundResult>,
}

/// What one figure of a variant is above that of the reference.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct MarginalCost {
    /// The figure: `latency.mean`, `latency.p50`, `latency.p90`, `latency.p99`,
    /// `network.p50`, `network.p99` or `cpu.mean`, the process's own CPU time for a callout.
    pub metric: String,
    /// Rounds in which both had enough callouts for the figure.
    pub rounds: u32,
    /// The median of the reference's turns.
    pub reference_ns: f64,
    /// How much more the variant needs: the Hodges-Lehmann estimate over the differences of
    /// turns of the same round.
    pub more_ns: f64,
    /// The lower end of the interval.
    pub low_ns: f64,
    /// The upper end of the interval.
    pub high_ns: f64,
}

/// One turn of a variant, its start left out.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RoundResult {
    /// The number of the round, from 0.
    pub round: u32,
    /// Callouts due in it that succeeded.
    pub ok: u64,
    /// Callouts due in it that failed.
    pub failed: u64,
    /// Mean latency of the successes.
    pub latency_mean_ns: Option<f64>,
    /// Their median latency.
    pub latency_p50_ns: Option<u64>,
    /// 90th percentile.
    pub latency_p90_ns: Option<u64>,
    /// 99th percentile.
    pub latency_p99_ns: Option<u64>,
    /// Median of the network phase.
    pub network_p50_ns: Option<u64>,
    /// 99th percentile of the network phase.
    pub network_p99_ns: Option<u64>,
    /// The process's own CPU time for each callout begun in the turn, its start included;
    /// with the embedded target that holds the target's too.
    pub cpu_ns: Option<f64>,
}
