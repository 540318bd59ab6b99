//! How tokens are made.

use std::fmt;

use crate::units::Nanos;

/// The settings of a token, under Salesforce's names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Auth {
    /// Which Salesforce mechanism is imitated.
    pub source: TokenSource,
    /// The signature algorithm; it becomes `alg`.
    pub algorithm: Algorithm,
    /// The key pair's unique name in Certificate and Key Management; it becomes `kid`.
    pub key: String,
    /// The size that the key must have, in bits; `None` takes any.
    pub key_bits: Option<u32>,
    /// The `iss` claim, at most 255 characters.
    pub issuer: String,
    /// The `sub` claim, at most 255 characters.
    pub subject: String,
    /// The `aud` claim, at most 1,000 characters.
    pub audience: String,
    /// `exp` minus `iat`, in whole seconds, at least 1.
    pub valid_for: Nanos,
    /// When and where tokens are signed.
    pub signing: SigningMode,
    /// How long before its `exp` a token that is used again gives way to the next; less
    /// than `valid_for`.
    pub renew_before: Nanos,
    /// Whether a 401 is answered with a fresh token and one more try.
    pub retry_on_401: bool,
}

/// Which Salesforce mechanism makes the token; each has a wire shape of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenSource {
    /// A legacy Named Credential with the protocol JWT.
    NamedCredential,
}

/// How a token is signed (RFC 7518, section 3.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

/// When and where tokens are signed. An experiment, not a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SigningMode {
    /// Signed when due, by a signer thread, while the iteration waits.
    Jit,
    /// No token is sent: the control of the experiment.
    None,
    /// Signed ahead of each known due instant.
    Pipeline,
    /// All signed before the first is due, each with the `iat` of its due second: the
    /// signers rest while the load goes on. Open loads only.
    Presign,
    /// One token is sent until its `exp` comes near, and then the next.
    Reuse,
}

impl Auth {
    /// Whether both make the same tokens, whenever they sign them.
    pub fn mints_like(&self, other: &Self) -> bool {
        let minting = |auth: &Self| Self {
            signing: SigningMode::Jit,
            renew_before: Nanos::ZERO,
            retry_on_401: false,
            ..auth.clone()
        };
        minting(self) == minting(other)
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NamedCredential => "named-credential",
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        })
    }
}

impl fmt::Display for SigningMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jit => "jit",
            Self::None => "none",
            Self::Pipeline => "pipeline",
            Self::Presign => "presign",
            Self::Reuse => "reuse",
        })
    }
}
