//! Why a target refuses a callout, in its own words: the challenge (RFC 6750, section 3), the
//! `Location` of a redirect, the body's own account of what is wrong.

mod body;
mod challenge_words;

use std::sync::Arc;

use hyper::StatusCode;

use super::fields::Fields;
use super::transport::Callout;
use super::{Misdirected, RequestTemplate};
use crate::secret::{STRUCK, without_secrets, without_tokens};

/// Bytes of a refusal's body that are read for its reason.
pub(super) const REFUSAL_BYTES: usize = 4 * 1024;

/// Characters of a reason; a line of a report has no room for more.
const REASON_MAX: usize = 200;

/// Characters of one header field that are kept.
const FIELD_MAX: usize = 400;

/// What an answer's head says of why it refuses.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct RefusalHead {
    challenge: Option<String>,
    location: Option<String>,
    retry_after: Option<String>,
}

impl RefusalHead {
    /// Reads it from an answer that is not a success.
    pub(super) fn of(status: u16, fields: Fields<'_>) -> Option<Box<Self>> {
        if (200..300).contains(&status) {
            return None;
        }
        let field = |name| {
            let text = String::from_utf8_lossy(fields.first(name)?);
            Some(text.chars().take(FIELD_MAX).collect())
        };
        Some(Box::new(Self {
            challenge: challenge_words::of(fields),
            location: field("location"),
            retry_after: field("retry-after"),
        }))
    }
}

/// A callout that was sent, and the template of its request.
type Sent<'s> = (&'s Callout, &'s RequestTemplate);

/// The reasons that one caller was given; the last one is kept, for refusals are mostly alike.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    last: Option<(u16, RefusalHead, Vec<u8>, Arc<str>)>,
}

impl Reasons {
    /// Why an answer refuses a callout, in one line without the callout's secrets: its status, and
    /// what the target says of it.
    pub(super) fn read(
        &mut self,
        status: u16,
        head: &RefusalHead,
        body: &[u8],
        sent: Sent<'_>,
    ) -> Arc<str> {
        let body = &body[..body.len().min(REFUSAL_BYTES)];
        if let Some((last_status, last_head, last_body, reason)) = &self.last
            && (*last_status, last_head, last_body.as_slice()) == (status, head, body)
        {
            return Arc::clone(reason);
        }
        let reason = shown(&words(status, head, body), sent);
        self.last = Some((status, head.clone(), body.to_vec(), Arc::clone(&reason)));
        reason
    }
}

/// Why an answer of a success is none, in one line without the callout's secrets.
pub(super) fn unmet(status: u16, unmet: &str, sent: Sent<'_>) -> Arc<str> {
    shown(&format!("{status}: {unmet}"), sent)
}

/// `401 invalid_token: the audience does not match`
fn words(status: u16, head: &RefusalHead, body: &[u8]) -> String {
    // A page of a proxy that has met the wrong protocol, or no client certificate, names its cause.
    if let Some(wanted) = Misdirected::of_answer(status, body) {
        return format!("{status} {}", wanted.words());
    }
    let said = body::reason(body);
    let known = StatusCode::from_u16(status).ok();
    let name = known.and_then(|known| known.canonical_reason());
    let why = match (head.challenge.as_deref(), said) {
        // A challenge that describes what is wrong says more than most bodies.
        (Some(challenge), said) if said.is_none() || challenge.contains(": ") => {
            Some(challenge.to_owned())
        }
        (Some(challenge), Some(said)) if !said.starts_with(challenge) => {
            Some(format!("{challenge}: {said}"))
        }
        (_, said) => said.or_else(|| name.map(str::to_owned)),
    };
    let mut words = match why {
        Some(why) => format!("{status} {why}"),
        None => status.to_string(),
    };
    if let Some(location) = &head.location {
        let place = location.split(['?', '#']).next().unwrap_or_default();
        words = format!("{words}; Location: {place}");
    }
    if let Some(seconds) = &head.retry_after {
        words = format!("{words}; Retry-After: {seconds}");
    }
    words
}

/// A text as one line of a report, without the secrets of the callout and without what looks like a
/// token.
fn shown(text: &str, (callout, template): Sent<'_>) -> Arc<str> {
    let bearer = callout.bearer.as_ref();
    let bearer = bearer.map(|bearer| bearer.reveal().as_bytes());
    let text = without_secrets(text, bearer.into_iter().chain(template.secrets()));
    let text = without_tokens(&text, |_| STRUCK.to_owned());
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(REASON_MAX).collect();
    line.into()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::{
        HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
    };

    use super::*;
    use crate::secret::Bearer;

    fn reason(status: u16, fields: &[(HeaderName, &str)], body: &str) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let head = RefusalHead::of(status, Fields::Map(&headers)).unwrap();
        let callout = Callout {
            bearer: Some(Bearer::new(Bytes::from_static(
                b"Bearer AT-canary-0123456789",
            ))),
            ..Callout::default()
        };
        let form = RequestTemplate::new("api.example.com", "/leads").unwrap();
        let form = form.with_header("X-Api-Key", "canary-of-a-key").unwrap();
        let mut reasons = Reasons::default();
        let first = reasons.read(status, &head, body.as_bytes(), (&callout, &form));
        let again = reasons.read(status, &head, body.as_bytes(), (&callout, &form));
        assert!(Arc::ptr_eq(&first, &again));
        first.to_string()
    }

    #[test]
    fn a_target_is_quoted() {
        let described = "Bearer realm=\"a, b\", error=\"invalid_token\", \
                         error_description=\"Audience doesn't match\"";
        for (status, fields, body, told) in [
            (
                401,
                vec![(WWW_AUTHENTICATE, described)],
                "{\"message\":\"no\"}",
                "401 invalid_token: Audience doesn't match",
            ),
            (
                401,
                vec![(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
                "{\"detail\":\"the key is not known\"}",
                "401 invalid_token: the key is not known",
            ),
            (
                401,
                vec![(WWW_AUTHENTICATE, "Bearer")],
                "{\"error\":\"kid not found\"}",
                "401 kid not found",
            ),
            (404, vec![], "", "404 Not Found"),
            (
                307,
                vec![(LOCATION, "http://a.example/leads/?t=s")],
                "",
                "307 Temporary Redirect; Location: http://a.example/leads/",
            ),
            (
                429,
                vec![(RETRY_AFTER, "5")],
                "slow\ndown",
                "429 slow; Retry-After: 5",
            ),
            (
                503,
                vec![],
                "<html><head><title>503 Service Temporarily Unavailable</title>",
                "503 Service Temporarily Unavailable",
            ),
        ] {
            assert_eq!(reason(status, &fields, body), told);
        }
    }

    #[test]
    fn what_is_quoted_holds_no_secret() {
        for body in [
            "{\"error\":\"bad token AT-canary-0123456789\"}",
            "bad token AT%2dcanary%2D0123456789",
            "unknown key canary-of-a-key",
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJlLWNhbmFyeQ",
        ] {
            let told = reason(400, &[], body);
            assert!(
                !told.contains("canary") && told.contains("redacted"),
                "{told}"
            );
            assert!(!told.contains("c2lnbmF0"), "{told}");
        }
    }

    #[test]
    fn what_is_quoted_is_one_short_line() {
        let told = reason(
            400,
            &[],
            &format!("\u{1b}[31m red \u{7}{}", "x".repeat(5_000)),
        );
        assert!(told.starts_with("400 [31m red xxx"), "{told}");
        assert_eq!(told.chars().count(), REASON_MAX);
    }
}
