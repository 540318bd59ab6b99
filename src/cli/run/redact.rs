//! What the command line says, without what it may keep secret.

use crate::plan::Override;
use crate::secret::without_tokens;

/// What stands in place of a query; legal in one.
pub(super) const REDACTED: &str = "REDACTED";

/// What the armour of a key begins with (RFC 7468).
const PEM_START: &str = "-----BEGIN";

/// A word of the command line without what it may keep secret: a token, a key, or the query
/// of a URL, for signed URLs carry their secret there; a report is given away.
pub(super) fn without_secret(word: &str) -> String {
    if word.contains(PEM_START) {
        return REDACTED.to_owned();
    }
    without_query(&without_tokens(word, |_| REDACTED.to_owned()))
}

fn without_query(word: &str) -> String {
    let query = word
        .find("://")
        .and_then(|scheme| Some(scheme + word[scheme..].find('?')?));
    match query {
        Some(query) => format!("{}?{REDACTED}", &word[..query]),
        None => word.to_owned(),
    }
}

/// The same for the value of an override.
pub(super) fn override_without_secret(given: &Override) -> Override {
    Override {
        value: without_secret(&given.value),
        ..given.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_query_of_a_url_is_left_out() {
        for (word, expect) in [
            ("run", "run"),
            ("really?", "really?"),
            ("http://localhost/leads", "http://localhost/leads"),
            ("https://h/leads?sig=s", "https://h/leads?REDACTED"),
            ("--target=https://h/?a?b", "--target=https://h/?REDACTED"),
            (
                "target.url=\"https://h/?s\"",
                "target.url=\"https://h/?REDACTED",
            ),
        ] {
            assert_eq!(without_secret(word), expect);
        }
    }

    #[test]
    fn tokens_and_keys_are_left_out_wherever_they_stand() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
        for word in [
            token.to_owned(),
            format!("pw={token}"),
            format!("a {token},{token}"),
        ] {
            let left = without_secret(&word);
            assert!(!left.contains("eyJ") && left.contains(REDACTED), "{left}");
        }
        let key = "key=-----BEGIN PRIVATE KEY-----\nMII";
        assert_eq!(without_secret(key), REDACTED);
        assert_eq!(without_secret("branch=eyJ.main"), "branch=eyJ.main");
    }
}
