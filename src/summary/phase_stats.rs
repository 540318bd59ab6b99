//! A distribution in a dozen numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The distribution of one phase, in nanoseconds; percentiles are exact to 0.1 %.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PhaseStats {
    /// Samples.
    pub count: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The arithmetic mean.
    pub mean_ns: f64,
    /// The standard deviation.
    pub stdev_ns: f64,
    /// The median.
    pub p50_ns: u64,
    /// The 90th percentile.
    pub p90_ns: u64,
    /// The 95th percentile.
    pub p95_ns: u64,
    /// The 99th percentile.
    pub p99_ns: u64,
    /// The 99.9th percentile.
    pub p99_9_ns: u64,
    /// The 99.99th percentile.
    pub p99_99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

impl PhaseStats {
    /// Whether any sample took longer than nothing: a phase that never did is no news.
    pub const fn took_time(&self) -> bool {
        self.max_ns > 0
    }
}

/// One point of a percentile spectrum.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SpectrumPoint {
    /// The percentile as a fraction of 1; the last point is 1, the maximum.
    pub quantile: f64,
    /// The value at the percentile.
    pub value_ns: u64,
}
