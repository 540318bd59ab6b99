//! What one iteration measured.

mod negative;
mod outcome;
mod phases;
mod server_timing;
mod tcp_reading;
mod trace;

pub use negative::NegativeSample;
pub use outcome::Outcome;
pub use phases::{LATENCY_AND_PARTS, Phases};
pub use server_timing::{LeftOut, MetricNames, SERVER_METRICS_MAX, ServerTiming};
pub use tcp_reading::TcpReading;
pub use trace::{TraceId, TraceParent, Traces};

use crate::units::Nanos;

/// One iteration, measured. Plain data, copied by value on the hot path.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of one iteration, none of which excludes another"
)]
pub struct Sample {
    /// The number of the arrival within its load, from 0.
    pub seq: u64,
    /// When it was planned; in a closed model, when it started.
    pub due: Nanos,
    /// When its slot was free and its work began.
    pub started: Nanos,
    /// When its last byte had been read, or it had failed.
    pub finished: Nanos,
    /// Where the time went.
    pub phases: Phases,
    /// What its answer's `Server-Timing` said.
    pub server_timing: ServerTiming,
    /// How it ended.
    pub outcome: Outcome,
    /// The HTTP status, where one arrived.
    pub status: Option<u16>,
    /// Whether its signing was waited for, and so is part of its latency.
    pub signed_in_path: bool,
    /// Whether it was sent again with a fresh token, after a 401, or another status of `refresh_on`.
    pub retried: bool,
    /// Whether it was sent again as it was, after its connection was closed without an answer.
    pub resent: bool,
    /// Whether a token that should have been ready was not.
    pub starved: bool,
    /// Whether that was because it had expired before the callout could send it.
    pub expired: bool,
    /// Bytes of the request's body.
    pub body_bytes: u32,
    /// Bytes of the response's body.
    pub response_bytes: u32,
}

impl Sample {
    /// An iteration that has begun; its outcome is `signing` until it has a token.
    pub fn begun(seq: u64, due: Nanos, started: Nanos, phases: Phases) -> Self {
        Self {
            seq,
            due,
            started,
            finished: started,
            phases,
            server_timing: ServerTiming::default(),
            outcome: Outcome::Signing,
            status: None,
            signed_in_path: false,
            retried: false,
            resent: false,
            starved: false,
            expired: false,
            body_bytes: 0,
            response_bytes: 0,
        }
    }
}
