//! What became of bad tokens, and of the good traffic beside them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of bad tokens, and of the good traffic beside them; outside the warm-up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct NegativeResult {
    /// Each fault, in the order of the scenario's names.
    pub faults: Vec<FaultResult>,
    /// Bad tokens that were taken for good.
    pub false_accepts: u64,
    /// Good tokens that were refused with 401 or 403, a fresh one too.
    pub false_rejects: u64,
    /// Bad tokens that were answered with 5xx.
    pub server_errors: u64,
    /// By how much the p99 of the good traffic differs between the seconds with bad tokens and
    /// those without; absent where they were sent all the time, or for too short a time.
    pub p99_shift: Option<P99Shift>,
}

/// One fault.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct FaultResult {
    /// Its name.
    pub fault: String,
    /// What it is, in words.
    pub meaning: String,
    /// The statuses that are right: `401`, `2xx or 401`.
    pub expected: String,
    /// Callouts with it that ended.
    pub sent: u64,
    /// Of these, answered as expected.
    pub as_expected: u64,
    /// Of these, taken although they should not have been.
    pub false_accepts: u64,
    /// Of these, answered with 5xx.
    pub server_errors: u64,
    /// Of these, not answered at all.
    pub unanswered: u64,
    /// Answers of 401 without the challenge that RFC 6750 asks for.
    pub without_challenge: u64,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
}

/// By how much the p99 of the good traffic moved, with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct P99Shift {
    /// Pairs of seconds that were compared.
    pub pairs: u64,
    /// The Hodges-Lehmann estimate.
    pub estimate_ns: f64,
    /// The lower end of the interval.
    pub low_ns: f64,
    /// The upper end of the interval.
    pub high_ns: f64,
    /// Whether the interval leaves out 0.
    pub moved: bool,
}
