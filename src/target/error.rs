//! Why a target did not start.

use std::io;
use std::net::SocketAddr;

/// Why a target did not start; fits after "could not start the target:".
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The address is taken, not ours, or not allowed.
    #[error("could not listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Two keys under one name.
    #[error("two trusted keys have the kid {kid:?}")]
    DuplicateKid {
        /// The name.
        kid: String,
    },
    /// A leeway past the limit.
    #[error("a leeway of {seconds} s is more than an hour")]
    Leeway {
        /// What was asked for.
        seconds: u64,
    },
    /// A key that no token could select.
    #[error("a trusted key has no kid")]
    NoKid,
    /// Tokens are required, and there is nothing to check them with.
    #[error("tokens are required, but no key is trusted")]
    NoTrust,
    /// Shares of what goes wrong that are more than the whole.
    #[error("what goes wrong adds up to {percent:.1} % of the requests")]
    Shares {
        /// Their sum.
        percent: f64,
    },
    /// The system refused a thread or a runtime.
    #[error("could not start a thread")]
    Thread(#[source] io::Error),
    /// A number of threads out of range.
    #[error("{threads} threads; a target has 1 to 64")]
    Threads {
        /// What was asked for.
        threads: usize,
    },
}
