//! What a request looks like to an API: its line, its fields and its token, decoded.
//!
//! The token itself and its signature are never given back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::AUTHORIZATION;
use hyper::http::request;
use serde_json::{Value, json};

use super::Rejection;
use crate::secret::without_tokens;

/// What stands in place of a secret.
const REDACTED: &str = "<redacted>";

/// The shortest token without a form of its own that is looked for in the rest of a request; a
/// shorter one is in many a word.
const OPAQUE_MIN: usize = 8;

/// The request as JSON, with what was said of its token.
pub(super) fn describe(
    head: &request::Parts,
    body: &[u8],
    token: Result<&str, Rejection>,
    verdict: Result<(), Rejection>,
) -> String {
    let fields: Vec<_> = head
        .headers
        .iter()
        .map(|(name, value)| {
            let text = match name {
                name if *name == AUTHORIZATION => shown_credentials(value.as_bytes()),
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            json!([name.as_str(), text])
        })
        .collect();
    let part = |number: usize| {
        let token = token.ok()?;
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(number)?).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    let content = serde_json::from_slice::<Value>(body).ok();
    let echo = json!({
        "request": format!("{} {} {:?}", head.method, head.uri, head.version),
        "headers": fields,
        "token": {
            "header": part(0),
            "claims": part(1),
            "verdict": match verdict {
                Ok(()) => "good",
                Err(reason) => reason.name(),
            },
        },
        "body_bytes": body.len(),
        "body": content,
    });
    let echo = echo.to_string();
    // One that was sent in the wrong place is a secret all the same.
    let shown = without_tokens(&echo, |_| REDACTED.to_owned());
    match token {
        Ok(token) if token.len() >= OPAQUE_MIN => shown.replace(token, REDACTED),
        _ => shown.into_owned(),
    }
}

/// The scheme of credentials, and no more of them.
fn shown_credentials(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let scheme = text.split(' ').next().unwrap_or_default();
    // A value without a scheme is all secret.
    if scheme.len() == text.len() {
        REDACTED.to_owned()
    } else {
        format!("{scheme} {REDACTED}")
    }
}
