//! How tokens are made.

use std::fmt;

use crate::units::Nanos;

/// The settings of a token, under Salesforce's names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Auth {
    /// Which Salesforce mechanism is imitated.
    pub source: TokenSource,
    /// The key pair's unique name in Certificate and Key Management; it becomes `kid`.
    pub key: String,
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

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NamedCredential => "named-credential",
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
