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
    /// Two keys have the same name.
    #[error("two trusted keys have the kid {kid:?}")]
    DuplicateKid {
        /// The name.
        kid: String,
    },
    /// A leeway past the limit.
    #[error("the leeway is {seconds} s; the limit is an hour")]
    Leeway {
        /// What was asked for.
        seconds: u64,
    },
    /// A key that no token could select.
    #[error("a trusted key has no kid")]
    NoKid,
    /// Tokens are required, but no key is trusted.
    #[error("tokens are required, but no key is trusted")]
    NoTrust,
    /// The shares of faults are more than 100 %.
    #[error("the shares of faults add up to {percent:.1} % of the requests; the limit is 100 %")]
    Shares {
        /// Their sum.
        percent: f64,
    },
    /// The system refused a thread or a runtime.
    #[error("could not start a thread")]
    Thread(#[source] io::Error),
    /// A number of threads out of range.
    #[error("a target has 1 to 64 threads, not {threads}")]
    Threads {
        /// What was asked for.
        threads: usize,
    },
}
