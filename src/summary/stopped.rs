//! Why leadbench itself ended a run before its time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::AnyReasonCode;
use super::reason_code::ReasonCode;

/// Why a run was ended: its first callouts all failed, or it was certain to break a threshold.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Stopped {
    /// Why, for machines: `first_callouts_failed_alike` or, in more than one way,
    /// `first_callouts_failed`; or `threshold_certain_to_break`.
    pub code: AnyReasonCode,
    /// How many callouts had failed, the warm-up's included; or broke the threshold.
    pub count: u64,
    /// How they failed: the name of an outcome. Empty if a threshold ended the run.
    pub outcome: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What the first of them said; absent where it said nothing.
    pub reason: Option<String>,
    /// The threshold with `abort = true` that ended the run, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<BrokenThreshold>,
}

/// A threshold that a run is certain to break, whatever is still to come.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct BrokenThreshold {
    /// The metric: `latency.p99`.
    pub metric: String,
    /// How it must stand to the limit: `<`.
    pub comparison: String,
    /// The limit in words: `250 ms`.
    pub limit_text: String,
    /// How many callouts broke it so far; for a mean, how many there were.
    pub count: u64,
    /// How many may break it, if the limit is on a percentile or a share.
    pub allowed: Option<u64>,
    /// How many callouts the run would have measured at most, if that matters.
    pub at_most: Option<u64>,
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

impl From<BrokenThreshold> for Stopped {
    /// An end for a threshold that is certain to break.
    fn from(threshold: BrokenThreshold) -> Self {
        Self {
            code: AnyReasonCode::Known(ReasonCode::ThresholdCertainToBreak),
            count: threshold.count,
            outcome: String::new(),
            status: None,
            reason: None,
            threshold: Some(threshold),
        }
    }
}
