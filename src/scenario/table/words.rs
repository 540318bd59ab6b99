//! The words that a scenario may use where it has to choose.

use std::fmt::Display;

use super::value::Word;
use crate::plan::{
    Algorithm, Arrivals, ClaimName, ConnectionField, Dates, HeaderName, HttpVersion, Lifetime,
    Mint, Overflow, Preset, Renew, Resolve, Sharing, SigningMode, TlsVersion, TokenSource,
};

/// What makes the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Source {
    Salesforce(TokenSource),
    None,
}

/// What drives a load.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Kind {
    Rate,
    Users,
    Iterations,
    Trace,
    Salesforce,
}

/// Whose iterations are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Share {
    Shared,
    Each,
}

impl Word for Source {
    const WORDS: &'static [(&'static str, Self)] = &[
        (
            "named-credential",
            Self::Salesforce(TokenSource::NamedCredential),
        ),
        (
            "external-credential",
            Self::Salesforce(TokenSource::ExternalCredential),
        ),
        ("apex-jws", Self::Salesforce(TokenSource::ApexJws)),
        ("none", Self::None),
    ];
}

impl Word for Kind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("rate", Self::Rate),
        ("users", Self::Users),
        ("iterations", Self::Iterations),
        ("salesforce", Self::Salesforce),
        ("trace", Self::Trace),
    ];
}

impl Kind {
    /// Its word.
    pub(in crate::scenario) const fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Users => "users",
            Self::Iterations => "iterations",
            Self::Trace => "trace",
            Self::Salesforce => "salesforce",
        }
    }
}

impl Word for Preset {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ui-convert", Self::UiConvert),
        ("future-per-chunk", Self::FuturePerChunk),
        ("future-per-lead", Self::FuturePerLead),
        ("bulk-convert", Self::BulkConvert),
        ("queueable-fanout", Self::QueueableFanout),
        ("batch-apex", Self::BatchApex),
        ("backlog-release", Self::BacklogRelease),
        ("retry-storm", Self::RetryStorm),
    ];
}

impl Word for Share {
    const WORDS: &'static [(&'static str, Self)] =
        &[("shared", Self::Shared), ("each", Self::Each)];
}

impl Word for Renew {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("when-refused", Self::WhenRefused),
        ("before-expiry", Self::BeforeExpiry),
    ];
}

impl Word for Resolve {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("once", Self::Once),
        ("per-connection", Self::PerConnection),
    ];
}

/// Which of several addresses are connected to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Addresses {
    InTurn,
    First,
}

impl Word for Addresses {
    const WORDS: &'static [(&'static str, Self)] =
        &[("in-turn", Self::InTurn), ("first", Self::First)];
}

impl Word for Lifetime {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("keep-alive", Self::KeepAlive),
        ("per-transaction", Self::PerTransaction),
        ("per-callout", Self::PerCallout),
    ];
}

impl Word for Sharing {
    const WORDS: &'static [(&'static str, Self)] =
        &[("user", Self::User), ("shared", Self::Shared)];
}

impl Word for HttpVersion {
    const WORDS: &'static [(&'static str, Self)] = &[("1.1", Self::Http1), ("2", Self::Http2)];
}

/// The versions of TLS that are offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Offered {
    Only(TlsVersion),
    Any,
}

impl Word for Offered {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("1.2", Self::Only(TlsVersion::V1_2)),
        ("1.3", Self::Only(TlsVersion::V1_3)),
        ("any", Self::Any),
    ];
}

impl Word for Algorithm {
    const WORDS: &'static [(&'static str, Self)] =
        &[("RS256", Self::Rs256), ("RS512", Self::Rs512)];

    fn never(word: &str) -> Option<&'static str> {
        word.starts_with("HS").then_some(
            "Salesforce signs with the RSA key of a certificate, and never with a secret that \
             both sides share",
        )
    }
}

/// Something that a list names, each once.
pub(in crate::scenario) trait Listed: Word + Display + PartialEq {}

impl Listed for HeaderName {}
impl Listed for ClaimName {}

impl Word for HeaderName {
    const WORDS: &'static [(&'static str, Self)] =
        &[("kid", Self::Kid), ("typ", Self::Typ), ("alg", Self::Alg)];
}

impl Word for ClaimName {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("iss", Self::Iss),
        ("sub", Self::Sub),
        ("aud", Self::Aud),
        ("nbf", Self::Nbf),
        ("iat", Self::Iat),
        ("exp", Self::Exp),
        ("jti", Self::Jti),
    ];
}

impl Word for ConnectionField {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("absent", Self::Absent),
        ("keep-alive", Self::KeepAlive),
        ("close", Self::Close),
    ];
}

impl Word for SigningMode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("pipeline", Self::Pipeline),
        ("jit", Self::Jit),
        ("presign", Self::Presign),
        ("reuse", Self::Reuse),
        ("none", Self::None),
    ];
}

/// For which callouts a token is minted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Minting {
    Anew(Mint),
    Cached,
}

impl Word for Minting {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("per-callout", Self::Anew(Mint::PerCallout)),
        ("per-transaction", Self::Anew(Mint::PerTransaction)),
        ("per-second", Self::Anew(Mint::PerSecond)),
        ("cached", Self::Cached),
    ];
}

impl Word for Arrivals {
    const WORDS: &'static [(&'static str, Self)] =
        &[("poisson", Self::Poisson), ("uniform", Self::Uniform)];
}

impl Word for Overflow {
    const WORDS: &'static [(&'static str, Self)] = &[("queue", Self::Queue), ("drop", Self::Drop)];
}

/// The shapes of a lead that need no file.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Shaped;

impl Word for Shaped {
    const WORDS: &'static [(&'static str, Self)] = &[("sobject", Self)];
}

/// Whether the rows of a feed are shuffled.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct FeedOrder(pub(in crate::scenario) bool);

impl Word for FeedOrder {
    const WORDS: &'static [(&'static str, Self)] =
        &[("sequential", Self(false)), ("shuffled", Self(true))];
}

impl Word for Dates {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("sobject", Self::Sobject),
        ("iso", Self::Iso),
        ("mixed", Self::Mixed),
    ];
}
