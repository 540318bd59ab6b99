//! Whether a token is one that this target accepts.
//!
//! Everything that does not depend on the token is prepared once, at the start. `jsonwebtoken` reads
//! the system's clock.

use std::borrow::Cow;
use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Validation, decode, get_current_timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::keyring::Keyring;
use super::prepared;
use super::seen::ExpiringSet;
use super::{Algorithm, Rejection, TargetConfig, TargetError, TokenPolicy};
use crate::secret::opaque_debug;
use crate::units::{Counter, whole};

/// The largest leeway, in seconds.
///
/// Beyond an hour, the dates in a token have no meaning.
const LEEWAY_MAX_S: u64 = 3600;

/// How many identifiers of tokens are remembered: those of a minute at 15,000 a second.
const JTIS_MAX: usize = 1_000_000;

/// Checks tokens against the trusted keys and the expected claims.
pub struct Verifier {
    pub(super) keyring: Keyring,
    /// The values of `alg` that are accepted.
    names: Vec<&'static str>,
    validation: Validation,
    /// The accepted subjects; any if empty.
    subjects: HashSet<String>,
    /// The identifiers of used tokens, if each may be used only once.
    jtis: Option<ExpiringSet<String>>,
    /// Tokens verified before, by their SHA-256.
    cache: Option<ExpiringSet<[u8; 32]>>,
    /// Tokens that needed no second verification.
    pub(super) cache_hits: Counter,
}

opaque_debug!(Verifier);

/// What is read of a header before its signature is checked, to find the key.
#[derive(Deserialize)]
struct TokenHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// What is read of the claims beside what the library checks.
#[derive(Deserialize)]
struct Claims {
    /// Seconds, possibly with a fraction (RFC 7519, section 2, `NumericDate`).
    #[serde(default)]
    iat: Option<f64>,
    /// One text: the library would take a list, RFC 7519 (section 4.1.1) does not.
    #[serde(default, rename = "iss")]
    _iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    jti: Option<String>,
    /// The library judges it; one of the wrong type is a claim that is missing.
    #[serde(default)]
    exp: Value,
}

impl Verifier {
    /// A verifier with the settings of a target.
    ///
    /// # Errors
    ///
    /// The keys or the leeway are invalid.
    pub fn new(config: &TargetConfig) -> Result<Self, TargetError> {
        if config.tokens == TokenPolicy::Required && config.trust.is_empty() {
            return Err(TargetError::NoTrust);
        }
        prepared::install();
        Ok(Self {
            keyring: Keyring::new(&config.trust, config.kid)?,
            names: config
                .algorithms
                .iter()
                .map(|accepted| name(*accepted))
                .collect(),
            validation: validation(config)?,
            subjects: config.subjects.iter().cloned().collect(),
            jtis: config.jti_unique.then(|| ExpiringSet::new(JTIS_MAX)),
            cache: (config.verify_cache > 0).then(|| ExpiringSet::new(config.verify_cache)),
            cache_hits: Counter::default(),
        })
    }

    /// Succeeds if a trusted key signed the token and its claims are as expected.
    pub fn verify(&self, token: &str) -> Result<(), Rejection> {
        let Some(cache) = &self.cache else {
            return self.verify_anew(token).map(drop);
        };
        let now = get_current_timestamp();
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if cache.has(&key, now) {
            self.cache_hits.count();
            return Ok(());
        }
        let end = self.verify_anew(token)?;
        cache.insert(key, end, now);
        Ok(())
    }

    /// Returns when the token expires, including the leeway.
    fn verify_anew(&self, token: &str) -> Result<u64, Rejection> {
        let kid = self.kid_of(token)?;
        let claims = self.keyring.with_key(kid.as_deref(), |key| {
            decode::<Claims>(token, key, &self.validation)
                .map(|decoded| decoded.claims)
                .map_err(|error| reason(&error))
        })?;
        // The library does not look at claims that it does not need.
        utf8(token.split('.').nth(1).unwrap_or_default())?;
        let now = get_current_timestamp();
        let leeway = self.validation.leeway;
        if claims.iat.is_some_and(|iat| whole(iat) > now + leeway) {
            return Err(Rejection::IssuedInFuture);
        }
        match claims.sub {
            _ if self.subjects.is_empty() => {}
            Some(sub) if self.subjects.contains(&sub) => {}
            Some(_) => return Err(Rejection::Subject),
            None => return Err(Rejection::MissingClaim),
        }
        let end = whole(claims.exp.as_f64().unwrap_or_default()) + leeway;
        if let (Some(jtis), Some(jti)) = (&self.jtis, claims.jti)
            && !jtis.insert(jti, end, now)
        {
            return Err(Rejection::Replayed);
        }
        Ok(end)
    }

    /// The `kid` of a token with an acceptable header.
    fn kid_of(&self, token: &str) -> Result<Option<String>, Rejection> {
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Rejection::Unreadable);
        };
        let header = utf8(header)?;
        let header: TokenHeader<'_> =
            serde_json::from_str(&header).map_err(|_| Rejection::Unreadable)?;
        // The list is the whole defence against `none` and against an HMAC made
        // with the public key (RFC 8725, section 3.1).
        if !self.names.contains(&header.alg.as_ref()) {
            return Err(Rejection::Algorithm);
        }
        if header.crit.is_some() {
            return Err(Rejection::CriticalHeader);
        }
        Ok(header.kid)
    }
}

/// A part of a token, decoded; JSON is UTF-8 to its last byte (RFC 7519, section 7.2).
fn utf8(part: &str) -> Result<String, Rejection> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(Rejection::Unreadable)
}

const fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => "RS256",
        Algorithm::Rs512 => "RS512",
    }
}

const fn library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
    }
}

fn validation(config: &TargetConfig) -> Result<Validation, TargetError> {
    let seconds = config.leeway.as_secs();
    if seconds > LEEWAY_MAX_S {
        return Err(TargetError::Leeway(seconds));
    }
    let mut validation = Validation {
        algorithms: config.algorithms.iter().map(|a| library(*a)).collect(),
        leeway: seconds,
        validate_nbf: true,
        // The library accepts the very second of `exp`; RFC 7519, section 4.1.4, does not.
        reject_tokens_expiring_in_less_than: 1,
        ..Validation::default()
    };
    let mut required = vec!["exp"];
    if let Some(issuer) = &config.issuer {
        validation.set_issuer(&[issuer]);
        required.push("iss");
    }
    match &config.audience {
        Some(audience) => {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        None => validation.validate_aud = false,
    }
    validation.set_required_spec_claims(&required);
    Ok(validation)
}

fn reason(error: &Error) -> Rejection {
    match error.kind() {
        // With three parts counted before, this is left for an `exp` of 0.
        ErrorKind::ExpiredSignature | ErrorKind::InvalidToken => Rejection::Expired,
        ErrorKind::ImmatureSignature => Rejection::NotYetValid,
        ErrorKind::InvalidAlgorithm => Rejection::Algorithm,
        ErrorKind::InvalidAudience => Rejection::Audience,
        ErrorKind::InvalidIssuer => Rejection::Issuer,
        ErrorKind::InvalidSignature => Rejection::Signature,
        ErrorKind::MissingRequiredClaim(_) => Rejection::MissingClaim,
        // Base64, JSON and claims of the wrong type; the enum is open.
        _ => Rejection::Unreadable,
    }
}
