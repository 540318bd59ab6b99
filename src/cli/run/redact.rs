//! The command line without secrets.

use crate::cli::secrets;
use crate::plan::Override;
use crate::scenario;
use crate::secret::without_tokens;

/// Replaces a query; valid in a URL.
pub(super) const REDACTED: &str = "REDACTED";

/// How a key in PEM begins (RFC 7468).
const PEM_START: &str = "-----BEGIN";

/// Flags that are followed by a path and its value.
const SETTINGS: [&str; 3] = ["--set", "--baseline-set", "--candidate-set"];

/// A word of the command line without secrets: tokens, keys, and the queries of URLs, because signed
/// URLs have their secret there and reports are shared.
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

/// The same for an override; hides the whole value of a secret key.
pub(in crate::cli) fn override_without_secret(given: &Override) -> Override {
    let value = if is_secret(&given.path) {
        REDACTED.to_owned()
    } else {
        secrets::strike(&without_secret(&given.value)).into_owned()
    };
    Override {
        value,
        ..given.clone()
    }
}

/// A command line without secrets, so that it can be run again.
pub(in crate::cli) fn command(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut shown = Vec::new();
    let mut is_setting = false;
    for word in words {
        let given = word
            .strip_prefix("--set=")
            .or(is_setting.then_some(word.as_str()));
        let path = given
            .and_then(|given| given.split_once('='))
            .map(|(path, _)| path);
        let word_shown = match path {
            Some(path) if is_secret(path.trim()) => {
                let end = word.find(path).unwrap_or_default() + path.len();
                format!("{}={REDACTED}", &word[..end])
            }
            _ => secrets::strike(&without_secret(&word)).into_owned(),
        };
        is_setting = SETTINGS.contains(&word.as_str());
        shown.push(word_shown);
    }
    shown
}

/// Whether a dotted path contains secrets, or is part of one that does.
fn is_secret(path: &str) -> bool {
    let steps: Vec<&str> = path.split('.').map(|step| step.trim_matches('"')).collect();
    scenario::is_secret_place(&steps)
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
    fn what_is_set_where_secrets_stand_is_left_out() {
        let words = [
            "leadbench",
            "run",
            "--set",
            "target.request.headers.X-Api-Key=\"canary\"",
            "--set=auth.exchange.form=a=canary",
            "--set",
            "target.request.headers={ A = \"canary\" }",
            "--set",
            "target.request={ headers = { A = \"canary\" } }",
            "--set",
            "load.0.rate=300/s",
        ];
        let shown = command(words.into_iter().map(str::to_owned)).join(" ");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(
            shown.contains("X-Api-Key=REDACTED") && shown.contains("rate=300/s"),
            "{shown}"
        );
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
