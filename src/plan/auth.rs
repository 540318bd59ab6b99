//! How tokens are made.

use std::sync::Arc;

use super::{Algorithm, ClaimName, ExchangePlan, HeaderName, Mint, SigningMode, TokenSource};
use crate::units::{Nanos, Skew};

/// The settings of a token, under Salesforce's names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Auth {
    /// Which Salesforce mechanism is imitated.
    pub source: TokenSource,
    /// The signature algorithm; it becomes `alg`.
    pub algorithm: Algorithm,
    /// The key pair's unique name in Certificate and Key Management.
    pub key: String,
    /// The `kid` where it is not that name.
    pub other_kid: Option<String>,
    /// The size that the key must have, in bits; `None` takes any.
    pub key_bits: Option<u32>,
    /// The `iss` claim, at most 255 characters; an External Credential may leave it out.
    pub issuer: Option<String>,
    /// The `sub` claim; an External Credential may leave it out.
    pub subject: Option<Subject>,
    /// The `aud` claim; an External Credential may leave it out.
    pub audience: Option<Audience>,
    /// The mechanism's own members of the JOSE header, in the order in which they are written;
    /// `alg` is one of them.
    pub header_order: Vec<HeaderName>,
    /// The mechanism's own claims, in the order in which they are written; `exp` is one of them,
    /// and those that have no value are passed over.
    pub claim_order: Vec<ClaimName>,
    /// Claims of the user's own, after those of the mechanism.
    pub claims: Vec<Member>,
    /// Members of the JOSE header after the mechanism's own; of External Credentials only.
    pub header: Vec<Member>,
    /// How far `nbf` lies before `iat`, in whole seconds.
    pub backdated: Nanos,
    /// `exp` minus `iat`, in whole seconds, at least 1.
    pub valid_for: Nanos,
    /// How far the sender's clock is off, by which tokens are dated.
    pub clock_skew: Skew,
    /// For which callouts a token is minted.
    pub mint: Mint,
    /// When and where tokens are signed.
    pub signing: SigningMode,
    /// How long before its `exp` a token that is used again gives way to the next; less
    /// than `valid_for`.
    pub renew_before: Nanos,
    /// How tokens are exchanged for access tokens, if they are.
    pub exchange: Option<ExchangePlan>,
    /// The statuses that are answered with a fresh token and one more try: 401, unless that
    /// was turned off, and those that an External Credential adds.
    pub refresh_on: Vec<u16>,
}

/// Whom a token speaks for (RFC 7519, section 4.1.2): at most 255 characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// The same in every token: a Named Principal.
    Fixed(String),
    /// One for each user whose work leads to callouts, who take turns: a per-user principal.
    PerUser(Arc<[String]>),
}

/// Whom a token is meant for (RFC 7519, section 4.1.3): at most 1,000 characters in all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Audience {
    /// A single string.
    One(String),
    /// An array of strings, at least one.
    Many(Vec<String>),
}

/// A member of a JSON object: its name and its value as compact JSON.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its value.
    pub json: String,
}

impl Auth {
    /// What a mechanism does with a key pair where nothing else is said, without `iss`,
    /// `sub` and `aud`.
    pub fn of(source: TokenSource, key: impl Into<String>) -> Self {
        Self {
            source,
            algorithm: Algorithm::default(),
            key: key.into(),
            other_kid: None,
            key_bits: None,
            issuer: None,
            subject: None,
            audience: None,
            header_order: source.header_order().to_vec(),
            claim_order: source.claim_order().to_vec(),
            claims: Vec::new(),
            header: Vec::new(),
            backdated: source.backdated(),
            valid_for: source.valid_for(),
            clock_skew: Skew::default(),
            mint: source.mint(),
            signing: SigningMode::Pipeline,
            renew_before: Nanos::ZERO,
            exchange: None,
            refresh_on: vec![401],
        }
    }

    /// The name of the key, which becomes the header's `kid` where it has one.
    pub fn kid(&self) -> &str {
        self.other_kid.as_deref().unwrap_or(&self.key)
    }

    /// Whether the header names the key.
    pub fn has_kid(&self) -> bool {
        self.header_order.contains(&HeaderName::Kid)
    }

    /// Whether each token has an identifier of its own (RFC 7519, section 4.1.7).
    pub fn has_jti(&self) -> bool {
        self.claim_order.contains(&ClaimName::Jti)
    }

    /// Whether both make the same tokens, whenever they sign them.
    pub fn mints_like(&self, other: &Self) -> bool {
        let minting = |auth: &Self| Self {
            signing: SigningMode::Jit,
            mint: Mint::PerCallout,
            renew_before: Nanos::ZERO,
            refresh_on: Vec::new(),
            ..auth.clone()
        };
        minting(self) == minting(other)
    }
}

impl Subject {
    /// The first, or only, subject.
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Fixed(subject) => Some(subject),
            Self::PerUser(subjects) => subjects.first().map(String::as_str),
        }
    }

    /// How many there are.
    pub fn users(&self) -> usize {
        match self {
            Self::Fixed(_) => 1,
            Self::PerUser(subjects) => subjects.len().max(1),
        }
    }
}

impl Auth {
    /// How many subjects take turns.
    pub fn users(&self) -> usize {
        self.subject.as_ref().map_or(1, Subject::users)
    }
}

impl Audience {
    /// The first, or only, audience.
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::One(audience) => Some(audience),
            Self::Many(audiences) => audiences.first().map(String::as_str),
        }
    }
}
