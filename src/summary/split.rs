//! Where the time of a callout went: the product's one question, answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the time went: on average, near three percentiles of the latency, and in its tail.
///
/// Percentiles of phases do not add up. So each row is the mean over iterations whose latency
/// was about that of the percentile, and its parts add up to its latency. A row is of 30
/// iterations or more where there are as many: the band of latencies is as wide as that takes.
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
    /// Over the slowest hundredth of them, wherever in the tail they lie, or the slowest 30
    /// where that is more; only with 100 and more. Absent in files of earlier versions.
    #[serde(default)]
    pub slowest: SplitRow,
}

/// One stack of parts, in nanoseconds; the parts add up to `latency_ns`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SplitRow {
    /// Iterations that the row is the mean of; 0 means that there is no row.
    pub samples: u64,
    /// Whether the band was made wider than usual, so that enough iterations are in it. Absent
    /// in files of earlier versions.
    #[serde(default)]
    pub widened: bool,
    /// Of the iterations, those whose answer told the server's time; of the others all of the
    /// network is outside it. Absent in files of earlier versions.
    #[serde(default)]
    pub server_samples: Option<u64>,
    /// Their mean latency.
    pub latency_ns: f64,
    /// The generator's own lateness before it sent.
    pub lag_ns: f64,
    /// The generator's own lateness in reading what had arrived. Absent in files of earlier
    /// versions.
    #[serde(default)]
    pub pickup_ns: f64,
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
    /// Deprecated, for it is not the phase `network`: that without `server_ns`. It is what
    /// `wire_floor_ns` and `outside_ns` add up to.
    pub network_ns: f64,
    /// What the wire took at least: one round trip, the shortest that the kernel saw. Absent
    /// where it saw none, and in files of earlier versions.
    #[serde(default)]
    pub wire_floor_ns: Option<f64>,
    /// The server by its own `Server-Timing`; absent when no answer of the run had any.
    pub server_ns: Option<f64>,
    /// The rest of the phase `network`: before and around the server's own account, such as
    /// queues before its handler, proxies, and the network beyond one round trip; with the server
    /// itself where it gives no account. Absent in files of earlier versions.
    #[serde(default)]
    pub outside_ns: Option<f64>,
    /// What no part accounts for.
    pub other_ns: f64,
}

/// A part of the latency, in the order of the timeline.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The generator's lateness before it sent.
    Lag,
    /// The wait for a free slot.
    Queue,
    /// Attempts that were made again.
    Retry,
    /// The wait for a signer or a ready token.
    SignWait,
    /// Signing.
    Sign,
    /// The wait for an access token.
    Exchange,
    /// Name resolution and handshakes.
    Connection,
    /// One round trip.
    WireFloor,
    /// The server, by its own account.
    Server,
    /// The network beyond the server's account.
    Outside,
    /// The network beyond one round trip, of a server that gives no account.
    BeyondWire,
    /// All of the network, where nothing tells it apart.
    Network,
    /// The generator's lateness in reading.
    Pickup,
    /// What no part accounts for.
    Other,
}

impl Part {
    /// The name that reports print.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lag => "generator lag",
            Self::Queue => "queue",
            Self::Retry => "retry",
            Self::SignWait => "signer wait",
            Self::Sign => "signing",
            Self::Exchange => "token exchange",
            Self::Connection => "connection",
            Self::WireFloor => "wire (at least)",
            Self::Server => "server (its own account)",
            Self::Outside => "outside the server's account",
            Self::BeyondWire => "server and around it",
            Self::Network => "network (server within)",
            Self::Pickup => "generator pickup",
            Self::Other => "other",
        }
    }
}

/// Up to so many iterations are in each row, near whichever percentile.
const ROWS_APART_MIN: u64 = 30;

impl Split {
    /// The rows that have samples, with the names that reports print.
    pub fn rows(&self) -> Vec<(&'static str, &SplitRow)> {
        let slowest = if self.slowest.widened {
            "slowest 30"
        } else {
            "slowest 1 %"
        };
        let all = [
            ("mean", &self.mean),
            ("near p50", &self.p50),
            ("near p90", &self.p90),
            ("near p99", &self.p99),
            (slowest, &self.slowest),
        ];
        // So few are all in every row.
        let rows = if self.mean.samples <= ROWS_APART_MIN {
            1
        } else {
            all.len()
        };
        let has_samples = |(_, row): &(_, &SplitRow)| row.samples > 0;
        all.into_iter().take(rows).filter(has_samples).collect()
    }

    /// The parts that any row has, in the order of the timeline.
    pub fn parts(&self) -> Vec<Part> {
        let rows = self.rows().into_iter();
        let mut parts: Vec<_> = rows
            .flat_map(|(_, row)| row.parts())
            .filter(|(_, ns)| *ns > 0.0)
            .map(|(part, _)| part)
            .collect();
        parts.sort();
        parts.dedup();
        parts
    }
}

impl SplitRow {
    /// The parts in the order of the timeline.
    pub fn parts(&self) -> Vec<(Part, f64)> {
        let mut parts = vec![
            (Part::Lag, self.lag_ns),
            (Part::Queue, self.queue_ns),
            (Part::Retry, self.retry_ns),
            (Part::SignWait, self.sign_wait_ns),
            (Part::Sign, self.sign_ns),
            (Part::Exchange, self.exchange_ns),
            (Part::Connection, self.connection_ns),
        ];
        parts.extend(self.wire_floor_ns.map(|ns| (Part::WireFloor, ns)));
        parts.extend(self.server_ns.map(|ns| (Part::Server, ns)));
        let rest = match (self.server_ns, self.wire_floor_ns) {
            (Some(_), _) => Part::Outside,
            (None, Some(_)) => Part::BeyondWire,
            (None, None) => Part::Network,
        };
        parts.push((rest, self.outside_ns.unwrap_or(self.network_ns)));
        parts.push((Part::Pickup, self.pickup_ns));
        parts.push((Part::Other, self.other_ns));
        parts
    }

    /// What one part took; nothing where the row does not have it.
    pub fn part(&self, part: Part) -> f64 {
        let mut parts = self.parts().into_iter();
        parts
            .find(|(one, _)| *one == part)
            .map_or(0.0, |(_, ns)| ns)
    }

    /// The row with a round trip told apart from the rest of the network.
    #[must_use]
    pub fn with_wire_floor(self, floor_ns: Option<u64>) -> Self {
        let floor = floor_ns.map(|ns| crate::units::float(ns).min(self.network_ns));
        Self {
            wire_floor_ns: floor,
            outside_ns: Some(self.network_ns - floor.unwrap_or(0.0)),
            ..self
        }
    }
}
