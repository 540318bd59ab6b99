//! The names of what the mechanisms themselves write into a token.

use std::fmt;

/// A member of the JOSE header (RFC 7515, section 4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HeaderName {
    /// The name of the key.
    Kid,
    /// The type of the token, `JWT`.
    Typ,
    /// The algorithm of the signature.
    Alg,
}

/// A registered claim (RFC 7519, section 4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClaimName {
    /// Who issued the token.
    Iss,
    /// Whom it speaks for.
    Sub,
    /// Whom it is meant for.
    Aud,
    /// Since when it is valid.
    Nbf,
    /// When it was issued.
    Iat,
    /// Until when it is valid.
    Exp,
    /// Its identifier, a UUID.
    Jti,
}

impl HeaderName {
    /// As it stands in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kid => "kid",
            Self::Typ => "typ",
            Self::Alg => "alg",
        }
    }
}

impl ClaimName {
    /// As it stands in a payload.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iss => "iss",
            Self::Sub => "sub",
            Self::Aud => "aud",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Exp => "exp",
            Self::Jti => "jti",
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
