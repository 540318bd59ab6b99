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
    /// What is asked of the token of a lead.
    pub tokens: TokenPolicy,
    /// The algorithms a token may be signed with, one at least (RFC 8725, section 3.1).
    pub algorithms: Vec<Algorithm>,
    /// The only `iss` it accepts; `None` accepts any, and none.
    pub issuer: Option<String>,
    /// The only values of `sub` it accepts; empty accepts any, and none.
    pub subjects: Vec<String>,
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

/// What a target asks of tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenPolicy {
    /// A lead without a valid token is refused.
    Required,
    /// A lead without a token is taken; one with a token that is not valid is refused.
    Optional,
    /// Tokens are not looked at.
    Ignored,
}

/// A signature algorithm that a target may accept (RFC 7518, section 3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Default for TargetConfig {
    /// Loopback, a free port, one thread, tokens required, no key trusted, and a leeway of
    /// 60 s, as Spring Security and Envoy have it.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            trust: Vec::new(),
            tokens: TokenPolicy::Required,
            algorithms: vec![Algorithm::Rs256],
            issuer: None,
            subjects: Vec::new(),
            audience: None,
            leeway: Nanos::from_secs(60),
            service_time: Nanos::ZERO,
            threads: 1,
        }
    }
}
