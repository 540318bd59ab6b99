//! What the kernel knew of the load's connections.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `TCP_INFO` said of the load's connections, once a second, the warm-up included. Round
/// trips are to whoever ends TCP: the target, or a load balancer before it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct WireResult {
    /// Connections that were looked at; what opened and closed between two looks is not among
    /// them.
    pub connections: u64,
    /// How often all of them were looked at.
    pub looks: u64,
    /// The shortest round trip of any connection: no callout can take less on the wire.
    pub min_rtt_ns: Option<u64>,
    /// The median over the connections of each one's shortest round trip.
    pub min_rtt_p50_ns: Option<u64>,
    /// The longest of the connections' shortest round trips.
    pub min_rtt_max_ns: Option<u64>,
    /// The median over the connections of the smoothed round trip (RFC 6298), each as it was last
    /// seen.
    pub smoothed_rtt_p50_ns: Option<u64>,
    /// The longest smoothed round trip that was seen.
    pub smoothed_rtt_max_ns: Option<u64>,
    /// Segments that were sent again.
    pub retransmits: u64,
    /// How long the windows of the peers kept the generator from sending, of all connections
    /// together.
    pub peer_limited_ns: u64,
    /// The connections with the most retransmissions, then with the longest round trips.
    pub worst: Vec<ConnectionResult>,
    /// Why there is nothing, where the kernel does not tell.
    pub unavailable: Option<String>,
}

/// One connection.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ConnectionResult {
    /// Where it began on this machine: `10.0.0.7:49152`.
    pub local: String,
    /// The second in which it was first seen, since the start of the run.
    pub first_s: u64,
    /// The second in which it was last seen.
    pub last_s: u64,
    /// Its shortest round trip.
    pub min_rtt_ns: Option<u64>,
    /// Its smoothed round trip when it was last seen.
    pub smoothed_rtt_ns: u64,
    /// Segments that it sent again.
    pub retransmits: u64,
}
