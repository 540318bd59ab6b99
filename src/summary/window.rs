//! One second of the run, and single iterations worth a look.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Phase;

/// One second of the run.
///
/// Latencies stand in the second in which the iteration was due, throughput in the
/// second in which it was sent. Percentiles are absent where nothing succeeded.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Window {
    /// Whole seconds since the start of the run.
    pub start_s: u64,
    /// Whether the second lies in the warm-up.
    pub warmup: bool,
    /// Arrivals that came due in it.
    pub planned: u64,
    /// Iterations that began in it.
    pub started: u64,
    /// Answers that came in it, of whatever status, whenever they were asked for. Absent in
    /// files of earlier versions and where only the interval log is left.
    #[serde(default)]
    pub answered: Option<u64>,
    /// Iterations that ended in it, with an answer or without.
    #[serde(default)]
    pub ended: Option<u64>,
    /// Of these, those that were given up for want of an answer in time.
    #[serde(default)]
    pub timed_out: Option<u64>,
    /// Iterations sent in it that succeeded.
    pub ok: u64,
    /// Iterations sent in it that failed.
    pub failed: u64,
    /// Arrivals dropped in it.
    pub dropped: u64,
    /// Callouts open at its end.
    pub in_flight: u64,
    /// Median latency of the iterations due in it.
    pub latency_p50_ns: Option<u64>,
    /// 90th percentile of the latency.
    pub latency_p90_ns: Option<u64>,
    /// 99th percentile of the latency.
    pub latency_p99_ns: Option<u64>,
    /// Longest latency.
    pub latency_max_ns: Option<u64>,
    /// Median of the network phase.
    pub network_p50_ns: Option<u64>,
    /// 99th percentile of the network phase.
    pub network_p99_ns: Option<u64>,
    /// 99th percentile of signing.
    pub sign_p99_ns: Option<u64>,
    /// 99th percentile of the generator's lateness.
    pub lag_p99_ns: Option<u64>,
    /// The generator's own CPU time in this second as a share of all cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// 99th percentile of how long answers lay in the kernel before the generator read them.
    #[serde(default)]
    pub pickup_p99_ns: Option<u64>,
    /// Segments that were sent again in it, of all connections. Absent where the kernel does
    /// not tell, and in files of earlier versions.
    #[serde(default)]
    pub retransmits: Option<u64>,
    /// The median over the connections of the smoothed round trip at its end.
    #[serde(default)]
    pub smoothed_rtt_p50_ns: Option<u64>,
}

/// One iteration, whole.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SlowIteration {
    /// The name of its load, in a run of several; absent in files of earlier versions.
    #[serde(default)]
    pub load: Option<String>,
    /// The number of the arrival, within its load.
    pub seq: u64,
    /// When it was due, since the start of the run.
    pub due_ns: u64,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The id of its trace (W3C Trace Context), where callouts carry one. Absent in files of
    /// earlier versions.
    #[serde(default)]
    pub trace_id: Option<String>,
    /// Whether that trace was sampled, so that it can be found.
    #[serde(default)]
    pub trace_sampled: bool,
    /// Segments that were sent again, on any connection, in the seconds that it took. Absent
    /// where the kernel does not tell, and in files of earlier versions.
    #[serde(default)]
    pub retransmits: Option<u64>,
    /// Its phases.
    pub phases_ns: BTreeMap<Phase, u64>,
}
