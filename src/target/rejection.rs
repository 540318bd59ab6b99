//! Why a lead was refused.

use hyper::StatusCode;

/// Why a request was refused: the reasons of the ledger.
///
/// Closed, and each answers with fixed words, so nothing of a request can show in them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rejection {
    /// The header names an algorithm that is not accepted, or `none`.
    Algorithm,
    /// `aud` does not name this target.
    Audience,
    /// The header demands an extension with `crit` (RFC 7515, section 4.1.11).
    CriticalHeader,
    /// A lead with this `Id` was taken before.
    Duplicate,
    /// `exp` has passed, beyond the leeway.
    Expired,
    /// The body ended early, or took too long to arrive.
    Incomplete,
    /// `iat` lies in the future, beyond the leeway.
    IssuedInFuture,
    /// `iss` is another.
    Issuer,
    /// `Authorization` is no single `Bearer` with a token (RFC 6750, section 2.1).
    Malformed,
    /// Another method than `POST`.
    Method,
    /// There is no `Authorization`.
    Missing,
    /// A claim that must be there is not: `exp`, or `iss`, `sub` or `aud` where one is expected.
    MissingClaim,
    /// The header has no `kid`.
    MissingKid,
    /// The body is no JSON object with, if any, a textual `Id`.
    NotALead,
    /// `nbf` lies in the future, beyond the leeway.
    NotYetValid,
    /// Too many leads within a second.
    RateLimited,
    /// A token whose `jti` was seen before.
    Replayed,
    /// Another scheme than `Bearer`.
    Scheme,
    /// The signature does not fit the key of this `kid`.
    Signature,
    /// `sub` is nobody whose leads are taken.
    Subject,
    /// The body is past the limit.
    TooLarge,
    /// An access token that was never granted, or is over.
    UnknownAccessToken,
    /// No trusted key has this `kid`.
    UnknownKid,
    /// The token is no JWS of three readable parts.
    Unreadable,
}

/// The fixed words of an answer.
struct Words {
    name: &'static str,
    status: StatusCode,
    challenge: Option<&'static str>,
    body: &'static str,
}

/// The challenge of a request without credentials (RFC 6750, section 3.1, last paragraph).
const BARE_CHALLENGE: &str = "Bearer realm=\"leads\"";

macro_rules! refused {
    ($name:literal, $status:ident, $message:literal) => {
        Words {
            name: $name,
            status: StatusCode::$status,
            challenge: None,
            body: concat!(
                "[{\"message\":\"",
                $message,
                "\",\"errorCode\":\"",
                $name,
                "\"}]"
            ),
        }
    };
}

macro_rules! challenged {
    ($name:literal, $status:ident, $error:literal, $message:literal) => {
        Words {
            challenge: Some(concat!(
                "Bearer realm=\"leads\", error=\"",
                $error,
                "\", error_description=\"",
                $message,
                "\""
            )),
            ..refused!($name, $status, $message)
        }
    };
    ($name:literal, $message:literal) => {
        challenged!($name, UNAUTHORIZED, "invalid_token", $message)
    };
}

macro_rules! uncredentialed {
    ($name:literal, $message:literal) => {
        Words {
            challenge: Some(BARE_CHALLENGE),
            ..refused!($name, UNAUTHORIZED, $message)
        }
    };
}

impl Rejection {
    /// Every reason, in the order of the ledger.
    pub const ALL: [Self; 24] = [
        Self::Algorithm,
        Self::Audience,
        Self::CriticalHeader,
        Self::Duplicate,
        Self::Expired,
        Self::Incomplete,
        Self::IssuedInFuture,
        Self::Issuer,
        Self::Malformed,
        Self::Method,
        Self::Missing,
        Self::MissingClaim,
        Self::MissingKid,
        Self::NotALead,
        Self::NotYetValid,
        Self::RateLimited,
        Self::Replayed,
        Self::Scheme,
        Self::Signature,
        Self::Subject,
        Self::TooLarge,
        Self::UnknownAccessToken,
        Self::UnknownKid,
        Self::Unreadable,
    ];

    /// Its name in the ledger, `unknown_kid`.
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// The status it is answered with (RFC 6750, section 3.1, for those of tokens).
    pub const fn status(self) -> StatusCode {
        self.words().status
    }

    /// The `WWW-Authenticate` it is answered with.
    pub const fn challenge(self) -> Option<&'static str> {
        self.words().challenge
    }

    /// The body it is answered with, in the form of Salesforce's REST errors.
    pub const fn body(self) -> &'static str {
        self.words().body
    }

    const fn words(self) -> Words {
        match self {
            Self::Algorithm => challenged!("algorithm", "the algorithm is not accepted"),
            Self::Audience => challenged!("audience", "the audience is another"),
            Self::CriticalHeader => {
                challenged!("critical_header", "the header demands an unknown extension")
            }
            Self::Duplicate => {
                refused!(
                    "duplicate",
                    CONFLICT,
                    "a lead with this Id was taken before"
                )
            }
            Self::Expired => challenged!("expired", "the token has expired"),
            Self::Incomplete => {
                refused!(
                    "incomplete",
                    REQUEST_TIMEOUT,
                    "the body did not arrive whole"
                )
            }
            Self::IssuedInFuture => {
                challenged!("issued_in_future", "the token was issued in the future")
            }
            Self::Issuer => challenged!("issuer", "the issuer is another"),
            Self::Malformed => challenged!(
                "malformed",
                BAD_REQUEST,
                "invalid_request",
                "Authorization must be one Bearer token"
            ),
            Self::Method => refused!("method", METHOD_NOT_ALLOWED, "leads are posted"),
            Self::Missing => uncredentialed!("missing", "a Bearer token is needed"),
            Self::MissingClaim => challenged!("missing_claim", "a needed claim is missing"),
            Self::MissingKid => challenged!("missing_kid", "the header has no kid"),
            Self::NotALead => refused!(
                "not_a_lead",
                BAD_REQUEST,
                "the body must be a JSON object, its Id a text"
            ),
            Self::NotYetValid => challenged!("not_yet_valid", "the token is not valid yet"),
            Self::RateLimited => {
                refused!(
                    "rate_limited",
                    TOO_MANY_REQUESTS,
                    "too many leads; try again later"
                )
            }
            Self::Replayed => challenged!("replayed", "a token with this jti was seen before"),
            Self::Scheme => uncredentialed!("scheme", "only Bearer tokens are taken"),
            Self::Signature => challenged!("signature", "the signature does not fit"),
            Self::Subject => challenged!("subject", "the subject is another"),
            Self::TooLarge => refused!("too_large", PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::UnknownAccessToken => {
                challenged!(
                    "unknown_access_token",
                    "the access token is unknown or has expired"
                )
            }
            Self::UnknownKid => challenged!("unknown_kid", "no key has this kid"),
            Self::Unreadable => challenged!("unreadable", "the token cannot be read"),
        }
    }

    /// Its place in a table of counters.
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_place_and_a_name_of_its_own() {
        let names: BTreeSet<_> = Rejection::ALL.map(Rejection::name).into();
        assert_eq!(names.len(), Rejection::ALL.len());
        for (place, rejection) in Rejection::ALL.into_iter().enumerate() {
            assert_eq!(rejection.index(), place, "{rejection:?}");
        }
    }

    #[test]
    fn every_body_is_a_list_of_one_error() {
        for rejection in Rejection::ALL {
            let body: serde_json::Value = serde_json::from_str(rejection.body()).unwrap();
            assert_eq!(body[0]["errorCode"], rejection.name());
            assert!(body[0]["message"].is_string());
        }
    }

    // RFC 6750, section 3.1: a 401 has a challenge; one without credentials has no error.
    #[test]
    fn unauthorized_answers_carry_a_challenge() {
        for rejection in Rejection::ALL {
            if rejection.status() == StatusCode::UNAUTHORIZED {
                assert!(rejection.challenge().is_some(), "{rejection:?}");
            }
        }
        assert_eq!(Rejection::Missing.challenge(), Some(BARE_CHALLENGE));
        assert_eq!(
            Rejection::Expired.challenge(),
            Some(
                "Bearer realm=\"leads\", error=\"invalid_token\", \
                 error_description=\"the token has expired\""
            )
        );
    }
}
