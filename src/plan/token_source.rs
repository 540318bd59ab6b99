//! Salesforce's three ways to a signed JWT, and what each does where nothing else is said.

use strum::{Display, EnumString, VariantNames};

use super::minting::{Algorithm, Mint};
use super::token_names::{ClaimName, HeaderName};
use crate::units::Nanos;

/// Which Salesforce mechanism makes the token; each has a wire shape of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum TokenSource {
    /// A legacy Named Credential with the protocol JWT.
    NamedCredential,
    /// An External Credential with the authentication protocol JWT.
    ExternalCredential,
    /// Apex code: `Auth.JWT`, signed by `Auth.JWS`.
    ApexJws,
}

impl TokenSource {
    /// The algorithms that the mechanism offers, its default first.
    pub const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::NamedCredential | Self::ApexJws => &[Algorithm::Rs256],
            Self::ExternalCredential => &[Algorithm::Rs256, Algorithm::Rs512],
        }
    }

    /// How long a token is valid where nothing is said. That of a Named Credential was
    /// captured on the wire, that of an External Credential is documented (two minutes);
    /// that of `Auth.JWT` is what a third-party runtime does and unverified.
    pub const fn valid_for(self) -> Nanos {
        match self {
            Self::NamedCredential | Self::ApexJws => Nanos::from_secs(300),
            Self::ExternalCredential => Nanos::from_secs(120),
        }
    }

    /// The members of the header that it writes, in its order. That of a Named Credential was
    /// captured on the wire. Of an External Credential the members are documented and their
    /// order is inferred; of `Auth.JWS` both are.
    pub const fn header_order(self) -> &'static [HeaderName] {
        match self {
            Self::NamedCredential | Self::ExternalCredential | Self::ApexJws => {
                &[HeaderName::Kid, HeaderName::Typ, HeaderName::Alg]
            }
        }
    }

    /// The claims that it writes, in its order: captured of a Named Credential; documented of an
    /// External Credential, its order inferred; of `Auth.JWT` those of a third-party runtime, its
    /// order unverified, with a UUID as `jti`, which much Apex code relies on.
    pub const fn claim_order(self) -> &'static [ClaimName] {
        use ClaimName::{Aud, Exp, Iat, Iss, Jti, Nbf, Sub};
        match self {
            Self::NamedCredential | Self::ExternalCredential => &[Iss, Sub, Aud, Nbf, Iat, Exp],
            Self::ApexJws => &[Iss, Sub, Aud, Iat, Nbf, Exp, Jti],
        }
    }

    /// For which callouts a token is minted where nothing is said; see [`Mint`].
    pub const fn mint(self) -> Mint {
        match self {
            Self::NamedCredential | Self::ExternalCredential => Mint::PerCallout,
            Self::ApexJws => Mint::PerTransaction,
        }
    }

    /// How far `nbf` lies before `iat` where nothing is said: not at all in what was
    /// captured; 30 s of `Auth.JWT`, unverified as its validity is.
    pub const fn backdated(self) -> Nanos {
        match self {
            Self::NamedCredential | Self::ExternalCredential => Nanos::ZERO,
            Self::ApexJws => Nanos::from_secs(30),
        }
    }
}
