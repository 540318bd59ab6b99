//! A request as an API sees it: its line, its fields and its decoded token.
//!
//! The echo never contains the token or its signature, in any encoding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use hyper::http::request;
use serde_json::{Value, json};

use super::strike::{REDACTED, Strike};
use super::{Rejection, credentials};

/// The request as JSON, with the verdict on its token.
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
                name if [AUTHORIZATION, PROXY_AUTHORIZATION].contains(name) => {
                    shown_credentials(value.as_bytes())
                }
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
    let mut echo = json!({
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
    Strike::of(&head.headers).value(&mut echo);
    echo.to_string()
}

/// Only the scheme of credentials.
fn shown_credentials(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match credentials::parts(&text).0 {
        Some(scheme) => format!("{scheme} {REDACTED}"),
        None => REDACTED.to_owned(),
    }
}
