//! The answers of a target.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};

use super::Rejection;
use crate::units::Nanos;

/// What every handler returns.
pub(super) type Answer = Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How long the parts of one request took here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// Checking the token.
    pub(super) verify: Nanos,
    /// From the request's head being read to its answer being handed over.
    pub(super) total: Nanos,
}

/// 200 with JSON.
pub(super) fn json(body: Bytes) -> Answer {
    with_status(StatusCode::OK, body)
}

/// 201 with the Id of what was created, or 200 with that of the first lead for a duplicate that is
/// dropped; as Salesforce's REST API has it.
pub(super) fn accepted(status: StatusCode, number: u64, timing: Timing) -> Answer {
    const TAIL: &[u8] = b"\",\"success\":true,\"errors\":[]}";
    let result = [b"{\"id\":\"", record_id(number).as_slice(), TAIL].concat();
    timed(with_status(status, result.into()), timing)
}

/// 429, and when to try again (RFC 6585, section 4).
pub(super) fn limited(after_s: u64, timing: Timing) -> Answer {
    let mut answer = rejected(Rejection::RateLimited, timing);
    answer.headers_mut().insert(RETRY_AFTER, after_s.into());
    answer
}

/// The status of a fault on purpose.
pub(super) fn troubled(status: u16) -> Answer {
    const BODY: &[u8] = b"[{\"message\":\"this fault is intended\",\"errorCode\":\"trouble\"}]";
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = with_status(status, Bytes::from_static(BODY));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = "Bearer realm=\"leads\", error=\"invalid_token\"";
        put(&mut answer, WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// An access token (RFC 6749, section 5.1).
pub(super) fn granted(body: Bytes) -> Answer {
    not_stored(json(body))
}

/// No access token (RFC 6749, section 5.2).
pub(super) fn refused_grant(body: Bytes) -> Answer {
    not_stored(with_status(StatusCode::BAD_REQUEST, body))
}

fn not_stored(mut answer: Answer) -> Answer {
    put(&mut answer, CACHE_CONTROL, "no-store");
    answer
}

/// The refusal of a posted lead.
pub(super) fn rejected(reason: Rejection, timing: Timing) -> Answer {
    let words = reason.words();
    let mut answer = with_status(words.status, Bytes::from_static(words.body.as_bytes()));
    if let Some(challenge) = words.challenge {
        put(&mut answer, WWW_AUTHENTICATE, challenge);
    }
    if reason == Rejection::Method {
        put(&mut answer, ALLOW, "POST");
    }
    timed(answer, timing)
}

/// Refuses other methods than `GET` on the target's own paths.
pub(super) fn only_get() -> Answer {
    const BODY: &[u8] = b"[{\"message\":\"this path allows only GET\",\"errorCode\":\"method\"}]";
    let mut answer = with_status(StatusCode::METHOD_NOT_ALLOWED, Bytes::from_static(BODY));
    put(&mut answer, ALLOW, "GET");
    answer
}

fn with_status(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

fn put(answer: &mut Answer, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    answer.headers_mut().insert(name, value);
}

fn timed(mut answer: Answer, timing: Timing) -> Answer {
    let text = server_timing(timing);
    // Digits and ASCII words are always a header value.
    if let Ok(value) = HeaderValue::try_from(text) {
        answer.headers_mut().insert(SERVER_TIMING, value);
    }
    answer
}

/// `Server-Timing` (W3C): milliseconds with three decimals.
fn server_timing(timing: Timing) -> String {
    let micros = |span: Nanos| (span.0 + 500) / 1000;
    let (verify, total) = (micros(timing.verify), micros(timing.total));
    format!(
        "verify;dur={}.{:03}, total;dur={}.{:03}",
        verify / 1000,
        verify % 1000,
        total / 1000,
        total % 1000
    )
}

/// An Id in Salesforce's 18 characters: the prefix of a custom object, a number in base 62,
/// and three characters that say which of the others are capitals.
fn record_id(number: u64) -> [u8; 18] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let mut id = *b"a00000000000000AAA";
    let mut rest = number;
    for place in id[3..15].iter_mut().rev() {
        *place = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    for group in 0..3 {
        let bits = id[group * 5..group * 5 + 5]
            .iter()
            .rev()
            .fold(0, |bits, c| bits * 2 + usize::from(c.is_ascii_uppercase()));
        id[15 + group] = SUFFIX[bits];
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timing_is_in_milliseconds_with_three_decimals() {
        let timing = Timing {
            verify: Nanos(41_400),
            total: Nanos(5_929_600),
        };
        assert_eq!(server_timing(timing), "verify;dur=0.041, total;dur=5.930");
    }

    #[test]
    fn ids_differ_and_carry_the_check_characters() {
        assert_eq!(&record_id(0), b"a00000000000000AAA");
        // The last digit is `A`, the fifth of its group: 2^4 = 16 is `Q`.
        assert_eq!(&record_id(10), b"a0000000000000AAAQ");
        assert_eq!(&record_id(61), b"a0000000000000zAAA");
        assert_eq!(&record_id(62), b"a00000000000010AAA");
    }
}
