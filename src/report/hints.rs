//! What a failure mostly means here, and what to try.

/// What to try where callouts fail in this way: the name of an outcome, the status where there was
/// an answer, and what the target said. `None` where nothing can be told from these.
pub fn hint(outcome: &str, status: Option<u16>, said: &str) -> Option<&'static str> {
    let said = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&[
        "plain http request was sent to https port",
        "sent an http request to an https",
    ]) {
        return Some("The target speaks TLS there: write https:// in [target] url.");
    }
    Some(match (status, outcome) {
        (_, "unexpected_answer") => {
            "The answer is not what [target.expect] says: `leadbench probe` shows all of it."
        }
        (Some(401), _) => unauthorized(&says),
        (_, "token_endpoint") if says(&["invalid_grant", "invalid_client", "401", "400"]) => {
            "The token endpoint does not accept the signed JWT: compare audience, issuer, subject \
             and kid with what it expects; `leadbench token` shows the claims."
        }
        (Some(403), _) => {
            "The API knows the caller and does not let it post: compare subject, scope and \
             audience with what it allows."
        }
        (Some(404 | 410), _) => "Check the path of [target] url: nothing is there.",
        (Some(405), _) => "Check the path of [target] url: it does not take POST.",
        (Some(301 | 302 | 303 | 307 | 308), _) => {
            "leadbench follows no redirect: write the URL of Location as [target] url; often only \
             the slash at its end differs."
        }
        (Some(400 | 422), _) => {
            "The API does not accept the lead as it is: `leadbench probe` shows what was sent and \
             answered; change [lead] or [target.request]."
        }
        (Some(411), _) => "A proxy wants another framing of the body than Content-Length.",
        (Some(413), _) => {
            "The body is larger than the API, or a proxy before it, takes: lower [lead] size, or \
             raise the limit (nginx: client_max_body_size)."
        }
        (Some(415), _) => "The API wants another Content-Type: set [target.request] content_type.",
        (Some(431), _) => {
            "The token makes the head too large for the API or a proxy before it: leave out claims, \
             or raise the limit (nginx: large_client_header_buffers)."
        }
        (Some(429), _) => {
            "The API limits the rate: lower the load, or raise the limit for this test."
        }
        (Some(502..=504), _) => "A proxy finds no API behind it, or none that answers in time.",
        (Some(500..), _) => "The API's own log tells what broke in it.",
        (_, "timeout") => {
            "Nothing was answered within [target] timeout: is the API overloaded, or stuck?"
        }
        (_, "refused") => "Nothing listens at the target's port any more.",
        (_, "protocol") => {
            "What answers does not speak the HTTP that was asked for: does the URL want https://, \
             or [target.connections] http another version?"
        }
        (_, "closed" | "reset") => {
            "The connection was closed before an answer: does the URL want https://, or did a proxy \
             or a full queue end it?"
        }
        _ => return None,
    })
}

/// Of a 401: by what the API says of the token.
fn unauthorized(says: &impl Fn(&[&str]) -> bool) -> &'static str {
    if says(&[
        "expired",
        "exp ",
        "exp\"",
        "nbf",
        "iat",
        "not yet valid",
        "future",
        "too old",
        "clock",
    ]) {
        return "The API takes the token for expired or not yet valid: compare the clocks of both \
                machines, [auth] valid_for, and [auth] clock_skew if it is set.";
    }
    if says(&["audience", "aud "]) || says(&["\"aud\""]) {
        return "Compare [auth] audience with the audience that the API expects, to the letter.";
    }
    if says(&["issuer", "iss ", "\"iss\""]) {
        return "Compare [auth] issuer with the issuer that the API trusts, to the letter.";
    }
    if says(&[
        "kid",
        "jwks",
        "no matching key",
        "key not found",
        "unknown key",
        "no applicable key",
    ]) {
        return "The API does not know the key: give it the public key (`leadbench keys export`), and \
                compare [auth] kid with the one it looks for.";
    }
    if says(&["signature"]) {
        return "The API verifies with another public key, or another algorithm: give it this one \
                (`leadbench keys export`).";
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
        ] {
            assert!(
                hint(outcome, status, said).unwrap().contains(word),
                "{outcome}"
            );
        }
        assert_eq!(hint("io", None, ""), None);
    }
}
