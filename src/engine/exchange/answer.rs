//! What a token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::client::Attempt;
use crate::secret::{Bearer, SCHEME, without_secrets};
use crate::units::whole;

/// Characters of an answer's own words that are repeated.
const WORDS_MAX: usize = 200;

/// Members of an answer that are named where the right one is missing.
const NAMES_MAX: usize = 6;

/// What some servers put before their JSON.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An access token that was granted.
pub(super) struct Granted {
    pub(super) bearer: Bearer,
    /// How long it is valid, in seconds, if the endpoint says so.
    pub(super) expires_in: Option<u64>,
}

/// Reads an answer, or returns why it has no access token; the reason never repeats `assertion`,
/// which was sent.
pub(super) fn read(attempt: &Attempt, assertion: &Bearer) -> Result<Granted, String> {
    read_answer(attempt).map_err(|why| {
        let why = without_secrets(&why, [assertion.reveal().as_bytes()]);
        why.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    })
}

fn read_answer(attempt: &Attempt) -> Result<Granted, String> {
    let Some(status) = attempt.status else {
        let why = attempt.failed.as_ref().map(|failed| failed.0.as_str());
        return Err(format!(
            "the token endpoint did not answer ({})",
            why.unwrap_or("no reason is known")
        ));
    };
    if !(200..300).contains(&status) {
        return Err(match &attempt.refusal {
            Some(words) => format!("the token endpoint answered {words}"),
            None => format!("the token endpoint answered {status}"),
        });
    }
    let body = attempt.body.strip_prefix(BYTE_ORDER_MARK);
    let body = body.unwrap_or(&attempt.body);
    let without = |why: &str| {
        Err(format!(
            "the token endpoint answered {status} without {why}"
        ))
    };
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return without("a JSON object, which RFC 6749 (section 5.1) requires");
    };
    match members.get("access_token").and_then(Value::as_str) {
        Some(token) if is_sendable(token) => Ok(Granted {
            bearer: Bearer::new(Bytes::from(format!("{SCHEME}{token}"))),
            expires_in: members.get("expires_in").and_then(seconds),
        }),
        Some(_) => without(
            "a usable access_token: it is empty, or contains a space or another character \
             that a header value must not contain",
        ),
        None => without(&instead(&members)),
    }
}

/// What stands in an answer in place of the access token.
fn instead(members: &Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if let Some(error) = text("error") {
        let described = text("error_description").map(|words| format!(": {words}"));
        let words = format!(
            "an access_token, but with {error}{}",
            described.unwrap_or_default()
        );
        return words.chars().take(WORDS_MAX).collect();
    }
    // Long names are skipped, because one of them could be a token.
    let names = members
        .keys()
        .filter(|name| name.len() < 40)
        .take(NAMES_MAX);
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        return "an access_token".to_owned();
    }
    format!("an access_token; it has {}", names.join(", "))
}

/// Any visible ASCII: what RFC 6749 (appendix A.12) allows, without the blank, which would end the
/// credentials. Salesforce's own access tokens have a `!`, which RFC 6750's `b64token` has not.
fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic())
}

/// A number, or a number in quotes, which some servers write; a part of a second does not count.
/// `None` if it is not a time: the token is then sent until it is refused.
fn seconds(value: &Value) -> Option<u64> {
    let number = match value {
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        other => other.as_f64()?,
    };
    (number >= 0.0 && number.is_finite()).then(|| whole(number.floor()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::Failed;
    use crate::sample::Outcome;
    use crate::units::Nanos;

    /// What is in every answer here, and shall be in no word about it.
    const CANARY: &str = "canary-of-an-assertion";

    fn assertion() -> Bearer {
        Bearer::new(Bytes::from(format!("{SCHEME}{CANARY}")))
    }

    fn attempt(status: Option<u16>, body: &[u8]) -> Attempt {
        Attempt {
            status,
            refusal: status.map(|status| format!("{status} {CANARY}").into()),
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

    #[test]
    fn access_tokens_as_servers_write_them_are_taken() {
        for (body, expires_in) in [
            (
                r#"{"access_token":"00D!AQ.x_y","expires_in":300}"#,
                Some(300),
            ),
            (
                "\u{feff}{\"access_token\":\"00D!AQ.x_y\",\"expires_in\":\"300\"}",
                Some(300),
            ),
            (
                r#"{"access_token":"00D!AQ.x_y","expires_in":3599.5}"#,
                Some(3599),
            ),
            (r#"{"access_token":"00D!AQ.x_y","expires_in":-1}"#, None),
            (r#"{"access_token":"00D!AQ.x_y","expires_in":null}"#, None),
        ] {
            let granted = read(&attempt(Some(200), body.as_bytes()), &assertion());
            let granted = granted.map_err(|why| format!("{body}: {why}")).unwrap();
            assert_eq!(granted.bearer.reveal(), "00D!AQ.x_y");
            assert_eq!(granted.expires_in, expires_in, "{body}");
        }
    }

    #[test]
    fn what_stands_in_place_of_a_token_is_said() {
        for (body, told) in [
            (
                r#"{"error":"invalid_grant","error_description":"not approved"}"#,
                "but with invalid_grant: not approved",
            ),
            (
                r#"{"accessToken":"x","expiresIn":1}"#,
                "it has accessToken, expiresIn",
            ),
            (r#"{"access_token":"a b"}"#, "a usable access_token"),
            ("access_token=x&token_type=bearer", "without a JSON object"),
        ] {
            let why = read(&attempt(Some(200), body.as_bytes()), &assertion())
                .err()
                .unwrap();
            assert!(why.contains(told), "{why}");
        }
    }

    proptest! {
        // A token that is granted can be sent as it is, and a refusal repeats nothing secret.
        #[test]
        fn any_answer_grants_what_can_be_sent_or_is_refused(
            status in proptest::option::of(100..600_u16),
            pieces in proptest::collection::vec(piece(), 0..6),
            cut in any::<proptest::sample::Index>(),
        ) {
            let whole = pieces.concat();
            let body = &whole.as_bytes()[..cut.index(whole.len() + 1)];
            match read(&attempt(status, body), &assertion()) {
                Ok(granted) => {
                    prop_assert!(status.is_some_and(|status| (200..300).contains(&status)));
                    prop_assert!(is_sendable(granted.bearer.reveal()));
                }
                Err(why) => {
                    prop_assert!(!why.contains(CANARY), "{why}");
                    prop_assert!(why.len() < 600 && !why.contains(char::is_control), "{why}");
                }
            }
        }
    }
}
