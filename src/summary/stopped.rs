//! Why leadbench itself ended a run before its time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::AnyReasonCode;

/// The first callouts of a run that all failed alike, for which it was ended.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Stopped {
    /// Why, for machines: `first_callouts_failed_alike` or, in more than one way,
    /// `first_callouts_failed`.
    pub code: AnyReasonCode,
    /// How many callouts had failed, the warm-up's included.
    pub count: u64,
    /// How: the name of an outcome.
    pub outcome: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What the first of them said; absent where it said nothing.
    pub reason: Option<String>,
}

/// The one callout that was made before the load, to find out whether any can succeed. It is in
/// no other figure.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct PreflightResult {
    /// Callouts that were made until one succeeded.
    pub callouts: u32,
    /// The HTTP status of the last.
    pub status: u16,
    /// How long the last took: a connection of its own, the request and its answer.
    pub latency_ns: u64,
}
