//! Answers of a target that a secret was sent to: they may contain the secret.

use std::borrow::Cow;
use std::fmt;

use super::strike::{forms, without};
use super::{Bearer, without_tokens};

/// A text of a target, and what it had been sent.
///
/// It can be compared with others as it is, and shown only without what was sent.
#[derive(Clone)]
pub struct Returned {
    text: String,
    sent: [Option<Bearer>; 2],
}

impl Returned {
    /// A text that came back for these tokens.
    pub const fn new(text: String, sent: [Option<Bearer>; 2]) -> Self {
        Self { text, sent }
    }

    /// The text as it came, to be compared with others only.
    pub fn as_it_came(&self) -> &str {
        &self.text
    }

    /// The text with something else in place of every token: of those that were sent any part of 12
    /// bytes, also percent-encoded or escaped as in JSON; of others what looks like a JWT.
    pub fn without_tokens(&self, instead: &str) -> Cow<'_, str> {
        let mut text = Cow::Borrowed(self.text.as_str());
        for bearer in self.sent.iter().flatten() {
            for form in forms(bearer.reveal()) {
                if let Some(struck) = without(&text, &form, instead) {
                    text = Cow::Owned(struck);
                }
            }
        }
        let struck = match without_tokens(&text, |_| instead.to_owned()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(struck) => Some(struck),
        };
        struck.map_or(text, Cow::Owned)
    }
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::secret::strike::{DecodedText, PART_MIN};

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJlLW9mLWEtdG9rZW4";
    const OPAQUE: &str = "00D5g000001abcd!AQ8AQP/x+y=_secret~part.of-it";

    fn struck(text: &str, tokens: [&str; 2]) -> String {
        let sent = tokens.map(|token| {
            let value = format!("Bearer {token}");
            Some(Bearer::new(Bytes::from(value)))
        });
        let returned = Returned::new(text.to_owned(), sent);
        returned.without_tokens("-").into_owned()
    }

    fn percent(text: &str) -> String {
        text.bytes()
            .fold(String::new(), |all, byte| format!("{all}%{byte:02x}"))
    }

    fn escaped(text: &str) -> String {
        text.bytes()
            .fold(String::new(), |all, byte| format!("{all}\\u00{byte:02X}"))
    }

    #[test]
    fn a_token_is_struck_out_in_whatever_form_it_comes_back() {
        for token in [JWT, OPAQUE] {
            let last = &token[token.len() - 16..];
            for form in [
                token.to_owned(),
                last.to_owned(),
                percent(token),
                percent(&percent(last)),
                escaped(token),
                token.replace('/', "\\/"),
                token.replace('.', "%2E"),
            ] {
                let text = format!("é {form} é");
                assert_eq!(struck(&text, [OPAQUE, JWT]), "é - é", "{form}");
                assert_eq!(struck(&text, [JWT, OPAQUE]), "é - é", "{form}");
            }
        }
        // One that was never sent is known by its looks.
        assert_eq!(struck(&format!("a{JWT}"), ["none", "none"]), "a-");
    }

    #[test]
    fn what_is_no_part_of_a_token_stays() {
        for text in [
            "a00000000000001AAA",
            "",
            "100%",
            "%zz",
            "\\u00",
            "\\u00é",
            "eyJhbGciOiJ",
            "é%4",
        ] {
            assert_eq!(struck(text, [JWT, OPAQUE]), text);
        }
        assert_eq!(struck("t1 and t1t1", ["t1", "t1t1"]), "t1 and -");
    }

    #[test]
    fn debug_does_not_tell() {
        let returned = Returned::new("canary".to_owned(), [None, None]);
        assert_eq!(format!("{returned:?}"), "Returned(redacted)");
        assert_eq!(returned.as_it_came(), "canary");
    }

    proptest! {
        #[test]
        fn no_part_of_a_token_outlasts(
            before in "[a-z%\\\\é0-9u]{0,8}",
            after in "[a-z%\\\\é0-9u]{0,8}",
            part in any::<(prop::sample::Index, prop::sample::Index)>(),
            form in 0..4_usize,
        ) {
            let from = part.0.index(JWT.len() - PART_MIN);
            let least = from + PART_MIN;
            let to = least + part.1.index(JWT.len() - least + 1);
            let part = &JWT[from..to];
            let form = [part.to_owned(), percent(part), escaped(part), percent(&percent(part))][form].clone();
            let shown = struck(&format!("{before}{form}{after}"), [JWT, OPAQUE]);
            prop_assert!(!shown.contains(&form), "{}", shown);
            let decoded = DecodedText::of(&shown);
            prop_assert!(decoded.parts(&JWT.to_ascii_lowercase()).is_empty(), "{}", shown);
        }

        #[test]
        fn any_text_is_shown(text in any::<String>()) {
            let shown = struck(&text, [JWT, OPAQUE]);
            prop_assert_eq!(shown, text);
        }
    }
}
