//! The words that a scenario may use where it has to choose.

use std::str::FromStr;

use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::plan::{Mint, TlsVersion, TokenSource};

/// One of a few words.
pub(in crate::scenario) trait Word: Copy + FromStr + VariantNames {}

impl<W: Copy + FromStr + VariantNames> Word for W {}

/// What makes the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum AuthSource {
    NamedCredential,
    ExternalCredential,
    ApexJws,
    None,
}

/// What drives a load.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum LoadKind {
    Rate,
    Users,
    Iterations,
    Salesforce,
    Trace,
}

/// Whose iterations are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum Share {
    Shared,
    Each,
}

/// Which of several addresses are connected to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum Addresses {
    InTurn,
    First,
}

/// The versions of TLS that are offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
pub(in crate::scenario) enum Offered {
    #[strum(serialize = "1.2")]
    V1_2,
    #[strum(serialize = "1.3")]
    V1_3,
    #[strum(serialize = "any")]
    Any,
}

/// For which callouts a token is minted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum Minting {
    PerCallout,
    PerTransaction,
    PerSecond,
    Cached,
}

/// The shapes of a lead that need no file.
#[derive(Clone, Copy, Debug, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum Shaped {
    Sobject,
}

/// The order in which the rows of a feed are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::scenario) enum FeedOrder {
    Sequential,
    Shuffled,
}

impl AuthSource {
    /// The mechanism of Salesforce; `None` where no token is sent.
    pub(in crate::scenario) const fn mechanism(self) -> Option<TokenSource> {
        match self {
            Self::NamedCredential => Some(TokenSource::NamedCredential),
            Self::ExternalCredential => Some(TokenSource::ExternalCredential),
            Self::ApexJws => Some(TokenSource::ApexJws),
            Self::None => None,
        }
    }
}

impl LoadKind {
    /// Its word.
    pub(in crate::scenario) fn word(self) -> &'static str {
        self.into()
    }
}

impl Offered {
    /// The only version that is offered, if there is one.
    pub(in crate::scenario) const fn only(self) -> Option<TlsVersion> {
        match self {
            Self::V1_2 => Some(TlsVersion::V1_2),
            Self::V1_3 => Some(TlsVersion::V1_3),
            Self::Any => None,
        }
    }
}

impl Minting {
    /// How often a token is minted; `None` where it is cached.
    pub(in crate::scenario) const fn mint(self) -> Option<Mint> {
        match self {
            Self::PerCallout => Some(Mint::PerCallout),
            Self::PerTransaction => Some(Mint::PerTransaction),
            Self::PerSecond => Some(Mint::PerSecond),
            Self::Cached => None,
        }
    }
}
