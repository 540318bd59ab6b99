//! How much runs of one build differ: what is stored beside them for later comparisons.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of this version of the format.
pub const NOISE_SCHEMA: &str = "leadbench.noise/v1";

/// The noise floor of a set of runs of one build, from comparing them among themselves.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct NoiseFloor {
    /// `leadbench.noise/v1`.
    pub schema: String,
    /// The scenario of the runs.
    pub scenario: String,
    /// Pairs of runs that were compared.
    pub pairs: u64,
    /// For each metric by name the smallest change that so many pairs would have found in 80 % of
    /// cases, as `change` counts in a comparison.
    pub detectable: BTreeMap<String, f64>,
    /// Gating metrics that were found to have changed, though nothing had: false alarms.
    pub alarms: Vec<String>,
}
