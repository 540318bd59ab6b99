//! How latencies were spread over the run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts of successes by when they were due and how long they took.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Heatmap {
    /// Seconds that a column stands for; the first begins with the run.
    pub column_s: u64,
    /// Where each row begins, lowest first; the last ends where the next would begin, an
    /// eighth of an octave higher.
    pub row_from_ns: Vec<u64>,
    /// For each column the counts of all rows; a column in which nothing succeeded has none.
    pub counts: Vec<Vec<u64>>,
}
