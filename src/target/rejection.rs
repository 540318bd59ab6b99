//! Why a lead was refused.

use hyper::StatusCode;

/// The fixed words of an answer.
pub(super) struct Words {
    /// The name in the ledger.
    name: &'static str,
    /// The status (RFC 6750, section 3.1, for tokens).
    pub(super) status: StatusCode,
    /// The `WWW-Authenticate`.
    pub(super) challenge: Option<&'static str>,
    /// The body, in the form of Salesforce's REST errors.
    pub(super) body: &'static str,
}

/// The challenge of a request without credentials (RFC 6750, section 3.1, last paragraph).
const BARE_CHALLENGE: &str = "Bearer realm=\"leads\"";

/// The challenge of an answer: none, one without an error, or one with an error code.
macro_rules! challenge {
    (none, $message:literal) => {
        None
    };
    (bare, $message:literal) => {
        Some(BARE_CHALLENGE)
    };
    ($error:literal, $message:literal) => {
        Some(concat!(
            "Bearer realm=\"leads\", error=\"",
            $error,
            "\", error_description=\"",
            $message,
            "\""
        ))
    };
}

/// Each row is a reason: its name in the ledger, its status, its challenge and its message.
macro_rules! rejections {
    ($($(#[$doc:meta])+ $reason:ident = $name:literal, $status:ident, $challenge:tt, $message:literal;)+) => {
        /// Why a request was refused: the reasons of the ledger.
        ///
        /// Each reason answers with fixed words, so no answer repeats a part of the request.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Rejection {
            $($(#[$doc])+ $reason,)+
        }

        impl Rejection {
            /// Every reason, in the order of the ledger.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$reason),+];

            /// The words of its answer.
            pub(super) const fn words(self) -> Words {
                match self {
                    $(Self::$reason => Words {
                        name: $name,
                        status: StatusCode::$status,
                        challenge: challenge!($challenge, $message),
                        body: concat!(
                            "[{\"message\":\"", $message, "\",\"errorCode\":\"", $name, "\"}]"
                        ),
                    },)+
                }
            }
        }
    };
}

rejections! {
    /// The header names an algorithm that is not accepted, or `none`.
    Algorithm = "algorithm", UNAUTHORIZED, "invalid_token", "the algorithm is not accepted";
    /// `aud` does not name this target.
    Audience = "audience", UNAUTHORIZED, "invalid_token", "the audience does not match";
    /// The header demands an extension with `crit` (RFC 7515, section 4.1.11).
    CriticalHeader = "critical_header", UNAUTHORIZED, "invalid_token", "the header demands an unknown extension";
    /// A lead with this `Id` was accepted before.
    Duplicate = "duplicate", CONFLICT, none, "a lead with this Id was accepted before";
    /// `exp` has passed, beyond the leeway.
    Expired = "expired", UNAUTHORIZED, "invalid_token", "the token has expired";
    /// The body ended early, or took too long to arrive.
    Incomplete = "incomplete", REQUEST_TIMEOUT, none, "the body is incomplete";
    /// `iat` lies in the future, beyond the leeway.
    IssuedInFuture = "issued_in_future", UNAUTHORIZED, "invalid_token", "the token was issued in the future";
    /// `iss` is not the expected issuer.
    Issuer = "issuer", UNAUTHORIZED, "invalid_token", "the issuer does not match";
    /// `Authorization` is not one `Bearer` with a token (RFC 6750, section 2.1).
    Malformed = "malformed", BAD_REQUEST, "invalid_request", "Authorization must be one Bearer token";
    /// Another method than `POST`.
    Method = "method", METHOD_NOT_ALLOWED, none, "leads must be sent with POST";
    /// The request has no `Authorization`.
    Missing = "missing", UNAUTHORIZED, bare, "a Bearer token is required";
    /// A required claim is missing: `exp`, or `iss`, `sub` or `aud` where one is expected.
    MissingClaim = "missing_claim", UNAUTHORIZED, "invalid_token", "a required claim is missing";
    /// The header has no `kid`.
    MissingKid = "missing_kid", UNAUTHORIZED, "invalid_token", "the header has no kid";
    /// The body is not a JSON object, or its `Id` is not a text.
    NotALead = "not_a_lead", BAD_REQUEST, none, "the body must be a JSON object, and its Id a string";
    /// `nbf` lies in the future, beyond the leeway.
    NotYetValid = "not_yet_valid", UNAUTHORIZED, "invalid_token", "the token is not valid yet";
    /// Too many leads within a second.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, none, "too many leads; try again later";
    /// A token whose `jti` was seen before.
    Replayed = "replayed", UNAUTHORIZED, "invalid_token", "a token with this jti was seen before";
    /// Another scheme than `Bearer`.
    Scheme = "scheme", UNAUTHORIZED, bare, "only Bearer tokens are accepted";
    /// The signature does not fit the key of this `kid`.
    Signature = "signature", UNAUTHORIZED, "invalid_token", "the signature does not match the key";
    /// `sub` is not a subject that this target accepts.
    Subject = "subject", UNAUTHORIZED, "invalid_token", "the subject is not accepted";
    /// The body is past the limit.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, none, "the body is too large";
    /// An access token that was never granted, or has expired.
    UnknownAccessToken = "unknown_access_token", UNAUTHORIZED, "invalid_token", "the access token is unknown or has expired";
    /// No trusted key has this `kid`.
    UnknownKid = "unknown_kid", UNAUTHORIZED, "invalid_token", "no key has this kid";
    /// The token is not a JWS of three readable parts.
    Unreadable = "unreadable", UNAUTHORIZED, "invalid_token", "the token cannot be read";
}

impl Rejection {
    /// Its name in the ledger, `unknown_kid`.
    pub const fn name(self) -> &'static str {
        self.words().name
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
            let body: serde_json::Value = serde_json::from_str(rejection.words().body).unwrap();
            assert_eq!(body[0]["errorCode"], rejection.name());
            assert!(body[0]["message"].is_string());
        }
    }

    // RFC 6750, section 3.1: a 401 has a challenge; one without credentials has no error.
    #[test]
    fn unauthorized_answers_carry_a_challenge() {
        for rejection in Rejection::ALL {
            if rejection.words().status == StatusCode::UNAUTHORIZED {
                assert!(rejection.words().challenge.is_some(), "{rejection:?}");
            }
        }
        assert_eq!(Rejection::Missing.words().challenge, Some(BARE_CHALLENGE));
        assert_eq!(
            Rejection::Expired.words().challenge,
            Some(
                "Bearer realm=\"leads\", error=\"invalid_token\", \
                 error_description=\"the token has expired\""
            )
        );
    }
}
