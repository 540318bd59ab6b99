//! What the command line says, without what it may keep secret.

use crate::plan::Override;

/// What stands in place of a query; legal in one.
pub(super) const REDACTED: &str = "REDACTED";

/// A word of the command line without the query of a URL in it: signed URLs carry their
/// secret there, and a report is given away.
pub(super) fn without_query(word: &str) -> String {
    let query = word
        .find("://")
        .and_then(|scheme| Some(scheme + word[scheme..].find('?')?));
    match query {
        Some(query) => format!("{}?{REDACTED}", &word[..query]),
        None => word.to_owned(),
    }
}

/// The same for the value of an override.
pub(super) fn override_without_query(given: &Override) -> Override {
    Override {
        path: given.path.clone(),
        value: without_query(&given.value),
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
            assert_eq!(without_query(word), expect);
        }
    }
}
