//! Where the time of a callout went: the product's one question, answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the time went: on average, near three percentiles of the latency, and in its tail.
///
/// Percentiles of phases do not add up. So each row is the mean over the iterations
/// whose latency fell into the same narrow band (9 % wide at most) as the percentile,
/// and its parts add up to its latency.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Split {
    /// Over all successful iterations.
    pub mean: SplitRow,
    /// Over those near the median.
    pub p50: SplitRow,
    /// Over those near the 90th percentile.
    pub p90: SplitRow,
    /// Over those near the 99th percentile.
    pub p99: SplitRow,
    /// Over the slowest hundredth of them, wherever in the tail they lie; only with 100 and
    /// more. Absent in files of earlier versions.
    #[serde(default)]
    pub slowest: SplitRow,
}

/// One stack of parts, in nanoseconds; the parts add up to `latency_ns`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SplitRow {
    /// Iterations that the row is the mean of; 0 means that there is no row.
    pub samples: u64,
    /// Their mean latency.
    pub latency_ns: f64,
    /// The generator's own lateness.
    pub lag_ns: f64,
    /// The wait for a free slot.
    pub queue_ns: f64,
    /// Attempts answered with 401 and sent again.
    pub retry_ns: f64,
    /// The wait for a signer or a ready token.
    pub sign_wait_ns: f64,
    /// Signing, where the iteration waited for it (`jit`).
    pub sign_ns: f64,
    /// The wait for an access token. Absent in files of earlier versions.
    #[serde(default)]
    pub exchange_ns: f64,
    /// Name resolution, TCP and TLS handshakes.
    pub connection_ns: f64,
    /// The network without the server where `Server-Timing` tells them apart, else with it.
    pub network_ns: f64,
    /// The server by its own `Server-Timing`; absent when it sent none.
    pub server_ns: Option<f64>,
    /// What no part accounts for.
    pub other_ns: f64,
}

impl Split {
    /// The rows that have samples, with the names that reports print.
    pub fn rows(&self) -> Vec<(&'static str, &SplitRow)> {
        let all = [
            ("mean", &self.mean),
            ("near p50", &self.p50),
            ("near p90", &self.p90),
            ("near p99", &self.p99),
            ("slowest 1 %", &self.slowest),
        ];
        let has_samples = |(_, row): &(_, &SplitRow)| row.samples > 0;
        all.into_iter().filter(has_samples).collect()
    }
}

impl SplitRow {
    /// The parts in the order of the timeline, with the names that reports print.
    pub fn parts(&self) -> Vec<(&'static str, f64)> {
        let mut parts = vec![
            ("generator lag", self.lag_ns),
            ("queue", self.queue_ns),
            ("retry", self.retry_ns),
            ("signer wait", self.sign_wait_ns),
            ("signing", self.sign_ns),
            ("token exchange", self.exchange_ns),
            ("connection", self.connection_ns),
        ];
        match self.server_ns {
            Some(server) => parts.extend([("network", self.network_ns), ("server", server)]),
            None => parts.push(("network + server", self.network_ns)),
        }
        parts.push(("other", self.other_ns));
        parts
    }
}
