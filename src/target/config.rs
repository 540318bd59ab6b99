//! How a target behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::SyncSender;

use strum::{EnumMessage, VariantArray};

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
    /// What is required of a token's `kid`.
    pub kid: KidPolicy,
    /// What is required of the token of a lead.
    pub tokens: TokenPolicy,
    /// Which tokens a lead may carry.
    pub accepts: Accepts,
    /// The algorithms a token may be signed with, one at least (RFC 8725, section 3.1).
    pub algorithms: Vec<Algorithm>,
    /// The only `iss` that it accepts; `None` accepts any, or a token without one.
    pub issuer: Option<String>,
    /// The only values of `sub` that it accepts; empty accepts any, or a token without one.
    pub subjects: Vec<String>,
    /// The `aud` that tokens must name; `None` accepts any, or a token without one.
    pub audience: Option<String>,
    /// How far the clocks may differ, for `exp`, `nbf` and `iat`; whole seconds count, and
    /// at most an hour.
    pub leeway: Nanos,
    /// Whether a token with a used `jti` is refused.
    pub jti_unique: bool,
    /// How many verified tokens are remembered until they expire, and not verified again; 0 verifies
    /// every token.
    pub verify_cache: usize,
    /// How long an access token is valid.
    pub access_token_life: Nanos,
    /// How long after its arrival an accepted lead is answered, at the earliest.
    ///
    /// The timer ticks in milliseconds, so it may take one more; `Server-Timing` has the true value.
    pub latency: Latency,
    /// When the target answers nothing.
    pub freeze: Option<RecurringWindow>,
    /// What goes wrong with leads on purpose.
    pub troubles: Troubles,
    /// What goes wrong with requests for access tokens on purpose.
    pub token_troubles: Troubles,
    /// How many leads a second are accepted; more are answered with 429.
    pub rate_limit: Option<Rate>,
    /// What becomes of a lead whose `Id` was accepted before.
    pub duplicates: Duplicates,
    /// Gets each lead as it arrived, in JSON. If the channel is full, the lead is only counted.
    pub echo: Option<SyncSender<String>>,
    /// The seed of random choices.
    pub seed: u64,
    /// How many threads serve, 1 to 64.
    pub threads: usize,
}

/// What a target requires of tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenPolicy {
    /// A lead without a valid token is refused.
    Required,
    /// A lead without a token is accepted; one with an invalid token is refused.
    Optional,
    /// Tokens are ignored.
    Ignored,
}

/// Which tokens a lead may carry.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Accepts {
    /// JWTs that the caller signed.
    #[default]
    Jwt,
    /// Access tokens of POST /token.
    AccessToken,
    /// Either.
    Both,
}

/// What becomes of a lead whose `Id` was accepted before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Duplicates {
    /// Accept it like any other.
    #[default]
    Accept,
    /// Refuse it with 409.
    Reject,
    /// Answer it with 200 and do not keep it.
    Drop,
}

/// A signature algorithm that a target may accept (RFC 7518, section 3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumMessage, VariantArray)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Default for TargetConfig {
    /// Loopback, a free port, one thread, tokens required, no trusted key, and a leeway of 60 s, as in
    /// Spring Security and Envoy.
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
