//! Distributions over fixed buckets, which other tools can add up and draw over time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The upper ends of the buckets, in nanoseconds: from 0.1 ms, for a signature, to 120 s, the
/// longest callout of Salesforce.
pub const BUCKET_ENDS_NS: [u64; 19] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    30_000_000_000,
    60_000_000_000,
    120_000_000_000,
];

/// How many successes took no longer than each of some fixed spans.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Buckets {
    /// The spans, ascending.
    pub le_ns: Vec<u64>,
    /// For each phase, and for each `server.<name>` of `Server-Timing`: how many took up to each
    /// span, those of shorter ones included; a span is exact to 0.1 %.
    pub phases: BTreeMap<String, Vec<u64>>,
}
