//! How a target behaves.

use std::net::{Ipv4Addr, SocketAddr};

use crate::keys::TrustedKey;
use crate::units::Nanos;

/// The settings of a reference target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TargetConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The keys it accepts; each needs a `kid` of its own.
    pub trust: Vec<TrustedKey>,
    /// Whether a lead without a valid token is refused. Without it tokens are not looked at.
    pub require_token: bool,
    /// The only `iss` it accepts; `None` accepts any, and none.
    pub issuer: Option<String>,
    /// The `aud` it answers to; `None` accepts any, and none.
    pub audience: Option<String>,
    /// How far the clocks may differ, for `exp`, `nbf` and `iat`; whole seconds count, and
    /// at most an hour.
    pub leeway: Nanos,
    /// How long after its arrival an accepted lead is answered, at the earliest.
    ///
    /// The timer ticks in milliseconds, so up to one more passes; `Server-Timing` says
    /// what it really was.
    pub service_time: Nanos,
    /// How many threads serve, 1 to 64.
    pub threads: usize,
}

impl Default for TargetConfig {
    /// Loopback, a free port, one thread, tokens required, no key trusted, and a leeway of
    /// 60 s, as Spring Security and Envoy have it.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            trust: Vec::new(),
            require_token: true,
            issuer: None,
            audience: None,
            leeway: Nanos::from_secs(60),
            service_time: Nanos::ZERO,
            threads: 1,
        }
    }
}
