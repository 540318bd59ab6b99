//! One prepared signer: the key is parsed, the constant parts are encoded, and a token
//! costs what its signature costs.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;
use uuid::{Builder, Uuid};

use super::{Claims, TokenError};
use crate::plan::Algorithm;
use crate::secret::{Bearer, SCHEME, opaque_debug};
use crate::units::{Nanos, float};

/// Mints tokens on one thread. Not shared: a key shared by threads shares its locks.
pub struct Minter {
    key: RsaKeyPair,
    padding: &'static dyn RsaEncoding,
    rng: SystemRandom,
    claims: Claims,
    /// `Bearer <header>.`, encoded once.
    prefix: String,
    /// Room for one token, reused.
    text: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A token and what it cost.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The header value.
    pub bearer: Bearer,
    /// `iat`, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// The number of the user that it speaks for.
    pub user: u64,
    /// Wall time of serialising the claims and signing them.
    pub wall: Nanos,
    /// The signing thread's CPU time of the same work.
    pub cpu: Nanos,
}

impl Minter {
    /// A minter that owns its key.
    pub fn new(key: RsaKeyPair, claims: Claims) -> Self {
        let mut prefix = SCHEME.to_owned();
        URL_SAFE_NO_PAD.encode_string(claims.header(), &mut prefix);
        prefix.push('.');
        Self {
            signature: vec![0; key.public_modulus_len()],
            key,
            padding: padding(claims.algorithm()),
            rng: SystemRandom::new(),
            claims,
            prefix,
            text: String::new(),
            payload: Vec::new(),
        }
    }

    /// How many users have tokens of their own.
    pub fn users(&self) -> u64 {
        self.claims.users()
    }

    /// Makes this thread ready: the library seeds its random numbers on a thread's first
    /// signature, which takes some thirty milliseconds that no callout should pay.
    pub fn warm_up(&mut self) -> Result<(), TokenError> {
        self.mint(0, 0).map(drop)
    }

    /// Mints the token of `iat`, in seconds since the Unix epoch, for the user with this
    /// number; users take turns.
    ///
    /// RSASSA-PKCS1-v1_5 is deterministic (RFC 8017, section 8.2), so without a `jti` the same
    /// second gives the same bytes, as with a Named Credential.
    pub fn mint(&mut self, iat: u64, user: u64) -> Result<Minted, TokenError> {
        let (started, cpu_started) = (Instant::now(), thread_cpu());
        let id = self.id()?;
        self.claims.write(iat, user, id, &mut self.payload);
        self.text.clear();
        self.text.push_str(&self.prefix);
        URL_SAFE_NO_PAD.encode_string(&self.payload, &mut self.text);
        let signed = &self.text.as_bytes()[SCHEME.len()..];
        self.key
            .sign(self.padding, &self.rng, signed, &mut self.signature)
            .map_err(|_| TokenError::Signature)?;
        self.text.push('.');
        URL_SAFE_NO_PAD.encode_string(&self.signature, &mut self.text);
        let bearer = Bearer::new(Bytes::copy_from_slice(self.text.as_bytes()));
        Ok(Minted {
            bearer,
            issued_at: iat,
            user,
            expires_at: iat + self.claims.valid_for_s(),
            wall: Nanos::from(started.elapsed()),
            cpu: thread_cpu() - cpu_started,
        })
    }

    /// An identifier that no other token has, where tokens have one.
    fn id(&self) -> Result<Uuid, TokenError> {
        if !self.claims.has_jti() {
            return Ok(Uuid::nil());
        }
        random_id(&self.rng).ok_or(TokenError::Signature)
    }
}

opaque_debug!(Minter);

/// The padding and the digest of an algorithm.
pub(super) fn padding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_SHA256,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
    }
}

/// A random UUID of version 4; `None` if the random generator fails.
pub(super) fn random_id(rng: &SystemRandom) -> Option<Uuid> {
    let mut random = [0; 16];
    rng.fill(&mut random).ok()?;
    Some(Builder::from_random_bytes(random).into_uuid())
}

/// Signs for `span` on this thread and returns how many tokens a second it makes.
pub fn calibrate(minter: &mut Minter, span: Nanos) -> Result<f64, TokenError> {
    minter.warm_up()?;
    let started = Instant::now();
    let mut minted = 0;
    loop {
        minter.mint(minted, 0)?;
        minted += 1;
        let elapsed = Nanos::from(started.elapsed());
        if elapsed >= span {
            return Ok(float(minted) / elapsed.as_secs_f64());
        }
    }
}

/// The CPU time that this thread has used.
fn thread_cpu() -> Nanos {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(spent.tv_nsec).unwrap_or_default();
    Nanos::from_secs(seconds) + Nanos(nanos)
}
