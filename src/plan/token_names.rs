//! The names of what the mechanisms themselves write into a token.

use strum::{Display, EnumString, IntoStaticStr, VariantNames};

/// A member of the JOSE header (RFC 7515, section 4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum HeaderName {
    /// The name of the key.
    Kid,
    /// The type of the token, `JWT`.
    Typ,
    /// The algorithm of the signature.
    Alg,
}

/// A registered claim (RFC 7519, section 4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
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
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl ClaimName {
    /// As it stands in a payload.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
