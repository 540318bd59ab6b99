//! `token --stdin`: shows a captured token, and whether a key verifies it.

use std::io::Read as _;

use anyhow::anyhow;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{fingerprint, moment, verifies};
use crate::cli::exit::{Code, CommandResult, Failure, OrFail as _};
use crate::cli::{stdio, wall};
use crate::keys::TrustedKey;

/// The longest token that is read.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

/// Shows the token on stdin; if keys are given and none verifies it, the command fails.
pub(super) fn run(trust: &[TrustedKey]) -> CommandResult {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .take(TOKEN_BYTES_MAX)
        .read_to_string(&mut text)
        .or_fail(|| "could not read stdin".to_owned())?;
    let token = bare(&text);
    let parts: Vec<_> = token.split('.').collect();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let json = |part: &str| {
        let bytes = decode(part)?;
        let value: Value = serde_json::from_slice(&bytes).ok()?;
        Some((String::from_utf8_lossy(&bytes).into_owned(), value))
    };
    let [header, payload, signature] = parts.as_slice() else {
        return Err(unreadable(&format!("it has {} parts, not 3", parts.len())));
    };
    let (header_text, header) = json(header)
        .ok_or_else(|| unreadable("its first part is not a JOSE header in base64url"))?;
    let (claims_text, claims) =
        json(payload).ok_or_else(|| unreadable("its second part does not contain claims"))?;
    let signature =
        decode(signature).ok_or_else(|| unreadable("its signature is not base64url"))?;
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    let (verdict, holds) = verify(&header, signed.as_bytes(), &signature, trust);
    let instant = |name: &str| claims.get(name).and_then(Value::as_u64);
    stdio::print(&format!(
        "header       {header_text}\n\
         claims       {claims_text}\n\
         issued at    {}\n\
         expires at   {}\n\
         length       {} characters\n\
         fingerprint  {} (first 8 bytes of its SHA-256)\n\
         signature    {} bytes, {verdict}\n",
        when(instant("iat")),
        expiry(instant("exp")),
        token.len(),
        fingerprint(token),
        signature.len(),
    ))?;
    Ok(if holds {
        Code::Passed
    } else {
        Code::ThresholdBroken
    })
}

/// The token without blanks, and without the header name and the scheme before it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match text.split_once(':') {
        Some((name, value)) if name.eq_ignore_ascii_case("authorization") => value.trim(),
        _ => text,
    };
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => text,
    }
}

fn unreadable(why: &str) -> Failure {
    Failure::environment(anyhow!("the text on stdin is not a compact JWS: {why}")).hint(
        "pass the token alone, or its whole Authorization line: leadbench token --stdin < token.txt",
    )
}

/// Whether the keys verify a signature, in words and as a result.
fn verify(header: &Value, signed: &[u8], signature: &[u8], trust: &[TrustedKey]) -> (String, bool) {
    if trust.is_empty() {
        let told = "not verified: name a key with --trust FILE";
        return (told.to_owned(), true);
    }
    let name = header.get("alg").and_then(Value::as_str).unwrap_or("none");
    let Ok(algorithm) = name.parse() else {
        let other = format!("NOT VERIFIED: {name} is not what Salesforce signs with");
        return (other, false);
    };
    let fits = |trusted: &&TrustedKey| verifies(algorithm, &trusted.key, signed, signature);
    let kid = header.get("kid").and_then(Value::as_str);
    let name = |key: &TrustedKey| {
        key.kid
            .clone()
            .unwrap_or_else(|| "without a kid".to_owned())
    };
    match trust.iter().find(fits) {
        Some(key) if kid.is_some() && key.kid.as_deref() != kid => (
            format!(
                "verified with the key {}, but its kid is another",
                name(key)
            ),
            true,
        ),
        Some(key) => (format!("verified with the key {}", name(key)), true),
        None => ("NOT VERIFIED with any of these keys".to_owned(), false),
    }
}

fn when(instant: Option<u64>) -> String {
    instant.map_or_else(
        || "it does not say".to_owned(),
        |instant| moment(Some(instant)),
    )
}

fn expiry(instant: Option<u64>) -> String {
    let now = wall::since_epoch().as_secs();
    let state = match instant {
        Some(instant) if instant <= now => format!(" (expired {} s ago)", now - instant),
        Some(instant) => format!(" (in {} s)", instant - now),
        None => String::new(),
    };
    when(instant) + &state
}
