//! One load of several, summarised.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Counts, Model, OrgResult, PhaseStats, Rates, Split};
use crate::phase::Phase;

/// One load, summarised on its own; the run's own figures are those of all loads together.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct LoadResult {
    /// Its name.
    pub name: String,
    /// In words: `200/s poisson for 30 s`.
    pub description: String,
    /// Whether its arrivals waited for answers.
    pub model: Model,
    /// When it began, since the start of the run.
    pub start_ns: u64,
    /// How long it lasted, warm-up included, drain excluded.
    pub duration_ns: u64,
    /// The warm-up that is left out of its figures.
    pub warmup_ns: u64,
    /// SHA-256 of its first 100,000 due instants, as 64-bit little-endian nanoseconds
    /// since the start of the run: the same seed gives the same schedule for ever. Absent
    /// in a closed model, which has none.
    pub schedule_sha256: Option<String>,
    /// What was planned, done and left undone, outside the warm-up.
    pub counts: Counts,
    /// What was asked for and what came of it.
    pub rates: Rates,
    /// Iterations that waited for a token which should have been ready.
    pub starved: u64,
    /// Of these, those whose token was ready but expired before they could send it. Absent in
    /// files of earlier versions.
    #[serde(default)]
    pub expired: u64,
    /// How long it goes on by the plan; absent where its iterations end it, and in files of
    /// earlier versions.
    #[serde(default)]
    pub planned_duration_ns: Option<u64>,
    /// Percentiles of each phase over the successful iterations.
    pub phases: BTreeMap<Phase, PhaseStats>,
    /// Percentiles of each phase over the failed iterations.
    pub failed_phases: BTreeMap<Phase, PhaseStats>,
    /// Where the time of a callout went.
    pub split: Split,
    /// How iterations ended; only what occurred.
    pub outcomes: BTreeMap<String, u64>,
    /// What the org did and lost, in a load of kind `salesforce`.
    #[serde(default)]
    pub salesforce: Option<OrgResult>,
}
