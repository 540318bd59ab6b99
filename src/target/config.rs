//! How a target behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::SyncSender;

use super::keyring::KidPolicy;
use super::trouble::Troubles;
use crate::keys::TrustedKey;
use crate::units::{Latency, Nanos, Rate, RecurringWindow};

/// The settings of a reference target.
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The keys it accepts; each needs a `kid` of its own.
    pub trust: Vec<TrustedKey>,
    /// What is asked of a token's `kid`.
    pub kid: KidPolicy,
    /// What is asked of the token of a lead.
    pub tokens: TokenPolicy,
    /// Which tokens a lead may carry.
    pub accepts: Accepts,
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
    /// Whether a token whose `jti` was seen before is refused.
    pub jti_unique: bool,
    /// Verified tokens that are remembered until they expire, so that they are not verified
    /// again; 0 verifies each.
    pub verify_cache: usize,
    /// How long an access token is valid.
    pub access_token_life: Nanos,
    /// How long after its arrival an accepted lead is answered, at the earliest.
    ///
    /// The timer ticks in milliseconds, so up to one more passes; `Server-Timing` says
    /// what it really was.
    pub latency: Latency,
    /// When nothing is answered at all.
    pub freeze: Option<RecurringWindow>,
    /// What goes wrong with leads on purpose.
    pub troubles: Troubles,
    /// What goes wrong with requests for access tokens on purpose.
    pub token_troubles: Troubles,
    /// How many leads a second are taken; more are answered with 429.
    pub rate_limit: Option<Rate>,
    /// What becomes of a lead whose `Id` was taken before.
    pub duplicates: Duplicates,
    /// Who is told of each lead as it arrived, in JSON; without waiting, so that what there is
    /// no room for is only counted.
    pub echo: Option<SyncSender<String>>,
    /// Where chance starts.
    pub seed: u64,
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

/// Which tokens a lead may carry.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Accepts {
    /// JWTs that the caller signed.
    #[default]
    Jwt,
    /// Access tokens of its own token endpoint.
    AccessToken,
    /// Either.
    Both,
}

/// What becomes of a lead whose `Id` was taken before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Duplicates {
    /// It is taken like any other.
    #[default]
    Accept,
    /// It is refused with 409.
    Reject,
    /// It is answered with 200 as if it were taken, and thrown away.
    Drop,
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
            kid: KidPolicy::default(),
            tokens: TokenPolicy::Required,
            accepts: Accepts::default(),
            algorithms: vec![Algorithm::Rs256],
            issuer: None,
            subjects: Vec::new(),
            audience: None,
            leeway: Nanos::from_secs(60),
            jti_unique: false,
            verify_cache: 0,
            access_token_life: Nanos::from_secs(3600),
            latency: Latency::Constant(Nanos::ZERO),
            freeze: None,
            troubles: Troubles::default(),
            token_troubles: Troubles::default(),
            rate_limit: None,
            duplicates: Duplicates::default(),
            echo: None,
            seed: 1,
            threads: 1,
        }
    }
}
