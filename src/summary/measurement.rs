//! Whether the measurement itself can be trusted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the figures describe the target or the generator.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Measurement {
    /// The verdict: the worst of its reasons.
    pub verdict: Validity,
    /// Why, in words; empty when valid.
    pub reasons: Vec<String>,
    /// The generator's own CPU time, from the first arrival to the end of the last callout, as
    /// a share of all cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// That time itself in nanoseconds; absent in files of earlier versions.
    #[serde(default)]
    pub own_cpu_ns: Option<u64>,
    /// CPU time that a hypervisor gave to others, as a share of all cores, 0 to 1.
    pub steal: Option<f64>,
    /// How late a thread was that does nothing but wake up every 10 ms, at the 99th
    /// percentile: the machine's own lateness. Absent in files of earlier versions.
    #[serde(default)]
    pub wakeup_p99_ns: Option<u64>,
    /// How late that thread was at most.
    #[serde(default)]
    pub wakeup_max_ns: Option<u64>,
    /// The share of the successes whose last byte the kernel dated, 0 to 1: of the others the
    /// wait until they were read is part of `network`. Absent in files of earlier versions.
    #[serde(default)]
    pub kernel_stamps: Option<f64>,
    /// The largest resident memory of this process in bytes.
    pub peak_rss_bytes: Option<u64>,
}

/// How far the figures can be trusted.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Validity {
    /// The generator kept out of the way.
    #[default]
    Valid,
    /// The figures are usable with the reasons in mind.
    Degraded,
    /// The generator, not the target, was the limit.
    Invalid,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Valid => "valid",
            Self::Degraded => "degraded",
            Self::Invalid => "invalid",
        })
    }
}
