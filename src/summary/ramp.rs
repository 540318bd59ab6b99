//! Where a load whose rate changes no longer held its thresholds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The second from which a threshold no longer held until the end of the load.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RampBreak {
    /// The metric: `latency.p99`.
    pub metric: String,
    /// How it must stand to the limit: `<`.
    pub comparison: String,
    /// The limit in words: `250 ms`.
    pub limit_text: String,
    /// The second, since the start of the run.
    pub since_s: u64,
    /// Callouts due a second around it.
    pub due_per_s: Option<f64>,
}
