//! What the API's `Server-Timing` told.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PhaseStats;

/// What the `Server-Timing` of the successful answers told (W3C Server Timing).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ServerTimingResult {
    /// Successes.
    pub successes: u64,
    /// Of these, those whose answer told the server's total: the phase `server` is of them.
    pub with_total: u64,
    /// The metrics that the scenario takes for the total, added up; empty where it names none,
    /// and `total` counts or else the largest.
    pub total_metrics: Vec<String>,
    /// The distribution of each further metric, by its name: the phases `server.<name>`.
    pub metrics: BTreeMap<String, PhaseStats>,
    /// Answers with several durations and no total, whose largest duration stands for it.
    pub no_total: u64,
    /// Answers that had a metric without a `dur`.
    pub no_duration: u64,
    /// Answers that had a `dur` which is no duration.
    pub not_a_duration: u64,
    /// Answers that had more metrics, names or bytes than are read.
    pub too_much: u64,
    /// Answers that had a duration longer than the wait for them.
    pub too_long: u64,
}
