//! Why a target did not start.

use std::io;
use std::net::SocketAddr;

/// Why a target did not start; fits after "could not start the target:".
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The address is in use, not local, or not allowed.
    #[error("could not listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// Two keys have this name.
    #[error("two trusted keys have the kid {0:?}")]
    DuplicateKid(String),
    /// A leeway past the limit, in seconds.
    #[error("the leeway is {0} s; the limit is an hour")]
    Leeway(u64),
    /// A key that no token could select.
    #[error("a trusted key has no kid")]
    NoKid,
    /// Tokens are required, but no key is trusted.
    #[error("tokens are required, but no key is trusted")]
    NoTrust,
    /// The shares of faults are more than 100 %; their sum in per cent.
    #[error("the shares of faults add up to {0:.1} % of the requests; the limit is 100 %")]
    Shares(f64),
    /// The system refused a thread or a runtime.
    #[error("could not start a thread")]
    Thread(#[source] io::Error),
    /// A number of threads out of range.
    #[error("a target has 1 to 64 threads, not {0}")]
    Threads(usize),
}
