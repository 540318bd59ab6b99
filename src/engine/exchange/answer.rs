//! What a token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use bytes::Bytes;
use serde_json::Value;

use crate::client::Attempt;
use crate::secret::{Bearer, SCHEME};

/// The error codes that may be shown; anything else a server says might hold what it was sent.
const CODES: [&str; 7] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "server_error",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// An access token that was granted.
pub(super) struct Granted {
    pub(super) bearer: Bearer,
    /// How long it is valid, in seconds, where that was said.
    pub(super) expires_in: Option<u64>,
}

/// Reads an answer, or tells why there is no access token in it.
pub(super) fn read(attempt: &Attempt) -> Result<Granted, String> {
    let Some(status) = attempt.status else {
        let why = attempt.failed.as_ref().map(|failed| failed.0.as_str());
        return Err(format!(
            "the token endpoint did not answer ({})",
            why.unwrap_or("no reason is known")
        ));
    };
    let body: Option<Value> = serde_json::from_slice(&attempt.body).ok();
    let member = |name: &str| body.as_ref().and_then(|body| body.get(name));
    if !(200..300).contains(&status) {
        let code = member("error").and_then(Value::as_str);
        let code = code.and_then(|code| CODES.into_iter().find(|known| *known == code));
        return Err(match code {
            Some(code) => format!("the token endpoint answered {status} ({code})"),
            None => format!("the token endpoint answered {status}"),
        });
    }
    let token = member("access_token").and_then(Value::as_str);
    let Some(token) = token.filter(|token| is_sendable(token)) else {
        return Err(format!(
            "the token endpoint answered {status} without an access_token that can be sent"
        ));
    };
    Ok(Granted {
        bearer: Bearer::new(Bytes::from(format!("{SCHEME}{token}"))),
        expires_in: member("expires_in").and_then(seconds),
    })
}

/// A `b64token` (RFC 6750, section 2.1).
fn is_sendable(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

/// A number, or a number in quotes, which some servers write.
fn seconds(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::Failed;
    use crate::sample::Outcome;
    use crate::units::Nanos;

    /// What is in every answer here, and shall be in no word about it.
    const CANARY: &str = "canary";

    fn attempt(status: Option<u16>, body: &[u8]) -> Attempt {
        Attempt {
            status,
            body: Bytes::copy_from_slice(body),
            outcome: status.map_or(Outcome::Closed, Outcome::from_status),
            failed: status.is_none().then(|| Failed("closed".to_owned())),
            ..Attempt::begun(Nanos::ZERO)
        }
    }

    /// What token endpoints answer, whole and in pieces.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(format!(
                "{{\"access_token\":\"{CANARY}\",\"expires_in\":300}}"
            )),
            Just(format!("{{\"error\":\"{CANARY}\"}}")),
            Just("{\"error\":\"invalid_grant\"}".to_owned()),
            Just("\"access_token\":".to_owned()),
            Just("\"expires_in\":18446744073709551615".to_owned()),
            Just("\"a b\"".to_owned()),
            Just("\\r\\nX: y".to_owned()),
            "[{}\\[\\]\",:0-9 ]{0,6}",
            any::<String>(),
        ]
    }

    proptest! {
        // A token that is granted can be sent as it is, and a refusal quotes nothing.
        #[test]
        fn any_answer_grants_what_can_be_sent_or_is_refused(
            status in proptest::option::of(100..600_u16),
            pieces in proptest::collection::vec(piece(), 0..6),
            cut in any::<proptest::sample::Index>(),
        ) {
            let whole = pieces.concat();
            let body = &whole.as_bytes()[..cut.index(whole.len() + 1)];
            match read(&attempt(status, body)) {
                Ok(granted) => {
                    prop_assert!(status.is_some_and(|status| (200..300).contains(&status)));
                    prop_assert!(is_sendable(granted.bearer.reveal()));
                }
                Err(why) => {
                    prop_assert!(!why.contains(CANARY), "{why}");
                    prop_assert!(why.len() < 100 && !why.contains('\n'), "{why}");
                }
            }
        }
    }
}
