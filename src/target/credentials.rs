//! The token in a request's `Authorization`.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::Rejection;

/// The token of the only `Authorization: Bearer` (RFC 6750, section 2.1).
///
/// The scheme's case does not matter (RFC 9110, section 11.1).
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Rejection::Missing)?;
    if values.next().is_some() {
        return Err(Rejection::Malformed);
    }
    let value = value.to_str().map_err(|_| Rejection::Malformed)?;
    let (scheme, rest) = value.split_once(' ').ok_or(Rejection::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::Scheme);
    }
    let token = rest.trim_matches(' ');
    if is_b64token(token) {
        Ok(token)
    } else {
        Err(Rejection::Malformed)
    }
}

/// Schemes that may be shown, in lower case (IANA, "HTTP Authentication Scheme Registry", and two that
/// are in use without it). Another word may be the secret itself.
const SCHEMES: [&str; 13] = [
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "negotiate",
    "oauth",
    "privatetoken",
    "scram-sha-256",
    "token",
];

/// The scheme of credentials, if it is known, and the rest, which is secret.
pub(super) fn parts(value: &str) -> (Option<&str>, &str) {
    let known = |scheme: &str| SCHEMES.contains(&scheme.to_ascii_lowercase().as_str());
    match value.trim().split_once(' ') {
        Some((scheme, rest)) if known(scheme) => (Some(scheme), rest.trim()),
        _ => (None, value.trim()),
    }
}

fn is_b64token(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    !unpadded.is_empty()
        && unpadded
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(value: &'static str, expected: Result<&str, Rejection>) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        assert_eq!(bearer(&headers), expected, "{value:?}");
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        check("Bearer a.b.c", Ok("a.b.c"));
        check("bearer a.b.c", Ok("a.b.c"));
        check("BEARER   a.b.c ", Ok("a.b.c"));
    }

    #[test]
    fn what_is_no_bearer_token_is_told_apart() {
        check("Basic dXNlcjpwYXNz", Err(Rejection::Scheme));
        check("Bearer", Err(Rejection::Malformed));
        check("Bearer ", Err(Rejection::Malformed));
        check("Bearer a b", Err(Rejection::Malformed));
        check("Bearer \"a\"", Err(Rejection::Malformed));
        check("a.b.c", Err(Rejection::Malformed));
        assert_eq!(bearer(&HeaderMap::new()), Err(Rejection::Missing));
    }

    #[test]
    fn two_of_them_are_one_too_many() {
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"));
        }
        assert_eq!(bearer(&headers), Err(Rejection::Malformed));
    }
}
