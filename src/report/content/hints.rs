//! What a failure mostly means here, and what to try.

/// What to try where callouts fail in this way: the name of an outcome, the status where there was
/// an answer, and what the target said. `None` where nothing can be told from these.
pub fn hint(outcome: &str, status: Option<u16>, said: &str) -> Option<&'static str> {
    let said = said.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| has(&said, phrase));
    if says(&[
        "to https port",
        "to an https server",
        "does the url want https",
    ]) {
        return Some("The target speaks TLS there: write https:// in [target] url.");
    }
    if says(&["client certificate", "ssl certificate"]) {
        return Some(
            "Name a key pair that the target trusts: [target.connections] client_certificate.",
        );
    }
    if let Some(hint) = of_outcome(outcome, &says) {
        return Some(hint);
    }
    of_status(status?, &says)
}

/// Whether a phrase stands in a text as words of its own.
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

/// Where no whole answer came, or none that was expected.
fn of_outcome(outcome: &str, says: &impl Fn(&[&str]) -> bool) -> Option<&'static str> {
    Some(match outcome {
        "unexpected_answer" => {
            "The answer is not what [target.expect] says: `leadbench probe` shows all of it."
        }
        "token_endpoint" if says(&["invalid_grant", "invalid_client", "401", "400"]) => {
            "The token endpoint does not accept the signed JWT: compare audience, issuer, subject \
             and kid with what it expects; `leadbench token` shows the claims."
        }
        "timeout" => {
            "Nothing was answered within [target] timeout: is the API overloaded, or stuck?"
        }
        "refused" => "Nothing listens at the target's port any more.",
        "protocol" => {
            "What answers does not speak the HTTP that was asked for: does the URL want https://, \
             or [target.connections] http another version?"
        }
        "closed" | "reset" => {
            "The connection was closed before the whole answer: does the URL want https://, or did \
             a proxy or a full queue end it?"
        }
        _ => return None,
    })
}

fn of_status(status: u16, says: &impl Fn(&[&str]) -> bool) -> Option<&'static str> {
    Some(match status {
        401 => unauthorized(says),
        403 => {
            "The API knows the caller and does not let it post: compare subject, scope and \
             audience with what it allows."
        }
        404 | 410 => "Check the path of [target] url: nothing is there.",
        405 => "Check the path of [target] url: it does not take POST.",
        301 | 302 | 303 | 307 | 308 => {
            "leadbench follows no redirect: write the URL of Location as [target] url; often only \
             the slash at its end differs."
        }
        400 | 422 if says(&["header", "headers"]) => {
            "The API misses a header field, or does not accept one: set it in \
             [target.request.headers]."
        }
        400 | 422 => {
            "The API does not accept the request as it is: `leadbench probe` shows what was sent \
             and answered; change [lead], or [target.request] and its headers."
        }
        411 => "A proxy wants another framing of the body than Content-Length.",
        413 => {
            "The body is larger than the API, or a proxy before it, takes: lower [lead] size, or \
             raise the limit (nginx: client_max_body_size)."
        }
        415 => "The API wants another Content-Type: set [target.request] content_type.",
        431 => {
            "The token makes the head too large for the API or a proxy before it: leave out \
             claims, or raise the limit (nginx: large_client_header_buffers)."
        }
        429 => "The API limits the rate: lower the load, or raise the limit for this test.",
        502..=504 => "A proxy finds no API behind it, or none that answers in time.",
        500.. => "The API's own log tells what broke in it.",
        _ => return None,
    })
}

/// What the libraries that verify tokens say of their times.
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

/// What they say of the key.
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

/// Of a 401: by what the API says of the token.
fn unauthorized(says: &impl Fn(&[&str]) -> bool) -> &'static str {
    if says(&TIMES) {
        return "The API takes the token for expired or not yet valid: compare the clocks of both \
                machines, [auth] valid_for, and [auth] clock_skew if it is set.";
    }
    if says(&["audience", "aud"]) {
        return "Compare [auth] audience with the audience that the API expects, to the letter.";
    }
    if says(&["issuer", "iss"]) {
        return "Compare [auth] issuer with the issuer that the API trusts, to the letter.";
    }
    if says(&KEYS) {
        return "The API does not know the key: is [auth] key the pair that it trusts? Give it the \
                public key (`leadbench keys export`), and compare [auth] kid with the one it looks \
                for.";
    }
    if says(&["signature", "verification", "verify"]) {
        return "The API verifies with another public key, or another algorithm: is [auth] key the \
                pair that it trusts? Give it this one (`leadbench keys export`).";
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
