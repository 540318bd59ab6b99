//! What a Salesforce org did and lost.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a Salesforce org did and lost in one load, its warm-up included.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct OrgResult {
    /// The preset's name.
    pub preset: String,
    /// Transactions begun.
    pub transactions: u64,
    /// Callouts that a Finalizer enqueued again after a failure.
    pub re_enqueued: u64,
    /// Leads never posted, or given up, by the Salesforce limit that took them; only what
    /// occurred.
    pub lost: BTreeMap<String, u64>,
    /// Leads of transactions that were due and that the end of the load came before; the rest
    /// of a backlog.
    #[serde(default)]
    pub left_over: u64,
    /// Requests sent for each lead: retries after a 401 and what was enqueued again counted.
    /// Absent where nothing was sent.
    pub amplification: Option<f64>,
}
