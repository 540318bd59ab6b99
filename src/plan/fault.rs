//! What may be wrong with a token or its callout, and what an API should answer to it.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray, VariantNames};

/// A fault of a token or of its callout, by its name in reports and scenarios.
#[derive(
    Clone,
    Copy,
    Debug,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    Display,
    EnumString,
    VariantArray,
    VariantNames,
    Deserialize,
    Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "`meaning` tells of each")]
pub enum Fault {
    Expired,
    ExpiringEdge,
    NotYetValid,
    WrongAud,
    AudArray,
    NoAud,
    WrongIss,
    NoIss,
    WrongSub,
    NoSub,
    NoClaims,
    UnknownKid,
    MissingKid,
    KidSwapped,
    WrongKey,
    TamperedPayload,
    Truncated,
    BadBase64,
    AlgNone,
    AlgHs256WithPublicKey,
    AlgRs384,
    AlgRs512,
    ReplayedJti,
    NoToken,
    BasicScheme,
    LowerCaseBearer,
    DoubledHeader,
    FormContentType,
    Oversize,
}

/// What an API should answer to a fault.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Expect {
    /// Whether it may take the lead: any 2xx.
    pub may_accept: bool,
    /// The other statuses that are right.
    pub statuses: Vec<u16>,
    /// The challenge of a 401 (RFC 6750, section 3).
    pub challenge: Challenge,
}

/// What a 401 says of the token in `WWW-Authenticate` (RFC 6750, section 3.1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Display, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Challenge {
    /// `error="invalid_token"`: one was sent, and is not good.
    InvalidToken,
    /// `Bearer` alone: none was sent.
    #[strum(serialize = "Bearer alone")]
    Bare,
    /// Whatever it says is right.
    Any,
}

/// What sort of API bad tokens are sent to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Profile {
    /// One that finds the key by the token's `kid`, as in a key set.
    #[default]
    KeySet,
    /// One that is configured with one public key, and need not look at a `kid`.
    OneKey,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    /// What is wrong, and where it comes from.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Expired => "exp an hour ago: a queue, or a token kept for too long",
            Self::ExpiringEdge => "exp in this very second: accepted as far as there is leeway",
            Self::NotYetValid => "nbf and iat ten minutes ahead: clocks that differ",
            Self::WrongAud => "another audience: a Named Credential of another sandbox",
            Self::AudArray => "an array that holds the right audience: legal",
            Self::NoAud => "no audience",
            Self::WrongIss => "another issuer",
            Self::NoIss => "no issuer",
            Self::WrongSub => "another subject",
            Self::NoSub => "no subject",
            Self::NoClaims => "no iss, sub and aud: an External Credential without claims",
            Self::UnknownKid => "a kid that is not in the key set, as after the yearly rollover",
            Self::MissingKid => "no kid",
            Self::KidSwapped => "the kid of another trusted key",
            Self::WrongKey => "the right kid, signed by another key: a sandbox's certificate",
            Self::TamperedPayload => "a claim changed after the signing",
            Self::Truncated => "the end is missing: a proxy",
            Self::BadBase64 => "a character that base64url has not",
            Self::AlgNone => "alg none, without a signature",
            Self::AlgHs256WithPublicKey => "alg HS256, with the public key for a secret",
            Self::AlgRs384 => "alg RS384, rightly signed",
            Self::AlgRs512 => "alg RS512, rightly signed",
            Self::ReplayedJti => "a token sent before: a resend, or an attack",
            Self::NoToken => "no Authorization: \"Generate Authorization Header\" unchecked",
            Self::BasicScheme => "user and password instead of a token",
            Self::LowerCaseBearer => "the scheme in lower case: legal",
            Self::DoubledHeader => "the Authorization twice",
            Self::FormContentType => "JSON called a form: a forgotten setHeader",
            Self::Oversize => "a body beyond the 12 MB that Salesforce sends",
        }
    }

    /// What an API should answer where the scenario says nothing (RFC 6750, section 3.1). Where
    /// it is for the API to decide, both answers are right.
    pub fn expect(self) -> Expect {
        let (may_accept, statuses): (bool, &[u16]) = match self {
            Self::AudArray => (true, &[]),
            Self::ExpiringEdge | Self::ReplayedJti => (true, &[401]),
            Self::LowerCaseBearer => (true, &[400, 401]),
            Self::DoubledHeader => (false, &[400, 401]),
            Self::FormContentType => (true, &[400, 415]),
            Self::Oversize => (false, &[413]),
            _ => (false, &[401]),
        };
        Expect {
            may_accept,
            statuses: statuses.to_vec(),
            challenge: match self {
                Self::NoToken | Self::BasicScheme => Challenge::Bare,
                Self::LowerCaseBearer | Self::DoubledHeader => Challenge::Any,
                _ => Challenge::InvalidToken,
            },
        }
    }

    /// Whether it is in the `kid` alone, of a token that is signed by the right key.
    pub const fn is_of_kid(self) -> bool {
        matches!(self, Self::UnknownKid | Self::MissingKid | Self::KidSwapped)
    }

    /// Its place in tables.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl Profile {
    /// What such an API should answer to a fault where the scenario says nothing more of it. With
    /// one key the signature alone tells a good token: its `kid` may be wrong or missing.
    pub fn expect(self, fault: Fault) -> Expect {
        let expect = fault.expect();
        Expect {
            may_accept: expect.may_accept || (self == Self::OneKey && fault.is_of_kid()),
            ..expect
        }
    }
}

impl Expect {
    /// Whether a status is right.
    pub fn holds(&self, status: u16) -> bool {
        match status {
            200..=299 => self.may_accept,
            status => self.statuses.contains(&status),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accepted = self.may_accept.then(|| "2xx".to_owned());
        let statuses = self.statuses.iter().map(u16::to_string);
        let all: Vec<_> = accepted.into_iter().chain(statuses).collect();
        f.write_str(&all.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_place() {
        for (index, fault) in Fault::ALL.iter().enumerate() {
            assert_eq!(fault.index(), index);
            assert_eq!(fault.to_string().parse(), Ok(*fault));
        }
    }

    #[test]
    fn an_api_with_one_key_need_not_look_at_a_kid() {
        for &fault in Fault::ALL {
            assert_eq!(Profile::KeySet.expect(fault), fault.expect());
            let expect = Profile::OneKey.expect(fault);
            if fault.is_of_kid() {
                assert!(expect.holds(201) && expect.holds(401) && !expect.holds(500));
            } else {
                assert_eq!(expect, fault.expect());
            }
        }
    }

    #[test]
    fn what_is_right_depends_on_the_fault() {
        assert!(!Fault::Expired.expect().holds(201));
        assert!(Fault::Expired.expect().holds(401));
        assert!(!Fault::Expired.expect().holds(500));
        assert!(Fault::AudArray.expect().holds(201));
        assert!(!Fault::AudArray.expect().holds(401));
        assert_eq!(Fault::ReplayedJti.expect().to_string(), "2xx or 401");
    }
}
