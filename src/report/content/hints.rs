//! What a failure usually means, and what to try.

/// What to try where callouts fail in this way: the name of an outcome, the status where there was
/// an answer, and what the target said. `None` if these do not tell the cause.
pub fn hint(outcome: &str, status: Option<u16>, said: &str) -> Option<&'static str> {
    let said = said.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| has(&said, phrase));
    if says(&[
        "to https port",
        "to an https server",
        "does the url want https",
    ]) {
        return Some("The target expects TLS on this port: write https:// in [target] url.");
    }
    if says(&["client certificate", "ssl certificate"]) {
        return Some(
            "The target asks for a client certificate: set [target.connections] client_certificate \
             to a key pair that it trusts.",
        );
    }
    if let Some(hint) = of_outcome(outcome, &says) {
        return Some(hint);
    }
    of_status(status?, &says)
}

/// Whether a text contains a phrase as whole words.
fn has(text: &str, phrase: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(phrase).any(|(start, _)| {
        let end = start + phrase.len();
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let begins = !before.is_some_and(is_of_word) || !phrase.starts_with(is_of_word);
        let ends = !after.is_some_and(is_of_word) || !phrase.ends_with(is_of_word);
        begins && ends
    })
}

/// For callouts without a complete answer, or with an unexpected one.
fn of_outcome(outcome: &str, says: &impl Fn(&[&str]) -> bool) -> Option<&'static str> {
    Some(match outcome {
        "unexpected_answer" => {
            "The answer differs from [target.expect]: `leadbench probe` shows the whole answer."
        }
        "token_endpoint" if says(&["invalid_grant", "invalid_client", "401", "400"]) => {
            "The token endpoint does not accept the signed JWT: compare audience, issuer, subject \
             and kid with what it expects; `leadbench token` shows the claims."
        }
        "timeout" => {
            "No answer came within [target] timeout: check whether the API is overloaded or stuck."
        }
        "refused" => {
            "The target refused the connection: check that it still runs and listens on this port."
        }
        "protocol" => {
            "The answer is not HTTP of the version that was asked for: check whether the URL needs \
             https://, or [target.connections] http another version."
        }
        "closed" | "reset" => {
            "The connection was closed before the answer was complete: check whether the URL needs \
             https://, and whether a proxy or a full queue closed it."
        }
        _ => return None,
    })
}

fn of_status(status: u16, says: &impl Fn(&[&str]) -> bool) -> Option<&'static str> {
    Some(match status {
        401 => unauthorized(says),
        403 => {
            "The API knows the caller but does not allow the request: compare subject, scope and \
             audience with what it allows."
        }
        404 | 410 => "The API has nothing at this path: check the path of [target] url.",
        405 => "This path does not accept POST: check the path of [target] url.",
        301 | 302 | 303 | 307 | 308 => {
            "leadbench does not follow redirects: set [target] url to the URL in Location; often \
             only the slash at its end differs."
        }
        400 | 422 if says(&["header", "headers"]) => {
            "The API needs another header field, or rejects one: set it in \
             [target.request.headers]."
        }
        400 | 422 => {
            "The API rejects the request: `leadbench probe` shows the request and the answer; \
             change [lead], or [target.request] and its headers."
        }
        411 => "The API, or a proxy before it, does not accept a body with Content-Length.",
        413 => {
            "The body is larger than the API, or a proxy before it, accepts: lower [lead] size, or \
             raise the limit (nginx: client_max_body_size)."
        }
        415 => "The API expects another Content-Type: set [target.request] content_type.",
        431 => {
            "The token makes the headers too large for the API or a proxy before it: remove \
             claims, or raise the limit (nginx: large_client_header_buffers)."
        }
        429 => "The API limits the rate: lower the load, or raise the limit for this test.",
        502..=504 => {
            "A proxy cannot reach the API, or does not get its answer in time: check that the API \
             runs and keeps up."
        }
        500.. => "The API failed: look for the cause in its own log.",
        _ => return None,
    })
}

/// What the libraries that verify tokens say about the times in them.
const TIMES: [&str; 17] = [
    "expired",
    "exp",
    "nbf",
    "iat",
    "not yet valid",
    "not valid yet",
    "used before",
    "issued in the future",
    "in the future",
    "future",
    "too old",
    "too early",
    "clock",
    "lifetime",
    "not active",
    "not before",
    "expiry",
];

/// What the libraries that verify tokens say about the key.
const KEYS: [&str; 13] = [
    "kid",
    "jwks",
    "jwk",
    "no matching key",
    "matching key",
    "key not found",
    "key was not found",
    "unknown key",
    "no applicable key",
    "signing key",
    "key set",
    "keyset",
    "key id",
];

/// For a 401, by what the API says about the token.
fn unauthorized(says: &impl Fn(&[&str]) -> bool) -> &'static str {
    if says(&TIMES) {
        return "The API considers the token expired or not yet valid: compare the clocks of both \
                machines, [auth] valid_for, and [auth] clock_skew if it is set.";
    }
    if says(&["audience", "aud"]) {
        return "Compare [auth] audience with the audience that the API expects, to the letter.";
    }
    if says(&["issuer", "iss"]) {
        return "Compare [auth] issuer with the issuer that the API trusts, to the letter.";
    }
    if says(&KEYS) {
        return "The API does not know the key: check that it trusts the key pair in [auth] key. \
                Give it the public key (`leadbench keys export`), and compare [auth] kid with the \
                kid that it expects.";
    }
    if says(&["signature", "verification", "verify"]) {
        return "The API verifies with another public key, or another algorithm: check that it \
                trusts the key pair in [auth] key. Give it the public key (`leadbench keys export`).";
    }
    "The API does not accept the token: compare audience, issuer and kid with what it expects, and \
     the clocks of both machines; `leadbench probe` shows the claims and the whole answer."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_401_is_explained_by_what_the_api_says() {
        for (said, word) in [
            ("401 invalid_token: Audience doesn't match", "audience"),
            ("401 invalid_token: Signature has expired", "clocks"),
            ("401 The token is not yet valid (nbf)", "clocks"),
            ("401 unexpected \"iss\" claim value", "issuer"),
            (
                "401 no applicable key found in the JSON Web Key Set",
                "public key",
            ),
            ("401 kid not found", "kid"),
            ("401 Signature verification failed", "public key"),
            ("401 Unauthorized", "probe"),
            ("401 unexpected 'aud' claim value", "audience"),
            ("401 'exp' claim timestamp check failed", "clocks"),
            ("401 Token is not valid yet", "clocks"),
            ("401 crypto/rsa: verification error", "public key"),
            ("401 The signature key was not found", "kid"),
            // Words that only hold the name of a claim.
            ("401 no client is associated with this audience", "audience"),
            ("401 key cache miss for lead_signing", "probe"),
        ] {
            let told = hint("unauthorized", Some(401), said).unwrap();
            assert!(told.contains(word), "{said}: {told}");
        }
    }

    #[test]
    fn each_common_mistake_has_a_remedy() {
        for (outcome, status, said, word) in [
            ("client_error", Some(404), "404 Not Found", "path"),
            (
                "unexpected_status",
                Some(307),
                "307; Location: /leads/",
                "Location",
            ),
            ("client_error", Some(413), "413", "size"),
            (
                "client_error",
                Some(400),
                "400 The plain HTTP request was sent to HTTPS port",
                "https://",
            ),
            ("client_error", Some(422), "422 missing: body.Email", "lead"),
            ("closed", None, "connection closed", "https://"),
            ("reset", Some(400), "reset by peer", "https://"),
            (
                "client_error",
                Some(400),
                "400 No required SSL certificate was sent",
                "client_certificate",
            ),
            (
                "client_error",
                Some(400),
                "400 header X-Intake is required",
                "headers",
            ),
        ] {
            assert!(
                hint(outcome, status, said).unwrap().contains(word),
                "{outcome}"
            );
        }
        assert_eq!(hint("io", None, ""), None);
    }
}
