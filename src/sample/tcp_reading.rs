//! What the kernel says of one connection.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// What the kernel says of one connection at one moment (`TCP_INFO`, `tcp(7)`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TcpReading {
    /// Its address on this machine.
    pub local: SocketAddr,
    /// The shortest round trip so far, to the other end of TCP: the target, or a load balancer
    /// before it.
    pub min_rtt: Option<Nanos>,
    /// The smoothed round trip (RFC 6298).
    pub smoothed_rtt: Nanos,
    /// Segments sent again since the connection was opened.
    pub retransmits: u64,
    /// How long the peer's window has kept us from sending.
    pub peer_limited: Nanos,
}
