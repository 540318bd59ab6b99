//! Tokens in texts of others: found by their looks, and left out.

use std::borrow::Cow;
use std::ops::Range;

/// What a compact JWS begins with: `{"` in base64url, which every JOSE header begins with
/// (RFC 7515, section 7.1).
pub const JWS_START: &str = "eyJ";

/// Where the first thing is that looks like a token: three parts of base64url with points between.
pub fn token_in(text: &str) -> Option<Range<usize>> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.match_indices(JWS_START).find_map(|(start, _)| {
        let rest = &text[start..];
        let end = rest.find(|c| !is_of_token(c)).unwrap_or(rest.len());
        let parts = rest[..end].splitn(3, '.');
        let is_jws = parts.filter(|part| part.len() > 1).count() == 3;
        is_jws.then_some(start..start + end)
    })
}

/// A text with something else in place of all that looks like a token; `shown` is given how
/// many bytes it had.
pub fn without_tokens(text: &str, shown: impl Fn(usize) -> String) -> Cow<'_, str> {
    let mut left = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(place) = token_in(&left[from..]) {
        let place = from + place.start..from + place.end;
        let instead = shown(place.len());
        from = place.start + instead.len();
        left.to_mut().replace_range(place, &instead);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";

    #[test]
    fn tokens_are_left_out_wherever_they_stand() {
        let text = format!("a={TOKEN},{TOKEN}\"é{TOKEN}");
        assert_eq!(without_tokens(&text, |_| "-".to_owned()), "a=-,-\"é-");
        let stars = without_tokens(TOKEN, |bytes| "*".repeat(bytes));
        assert_eq!(stars, "*".repeat(TOKEN.len()));
    }

    #[test]
    fn what_only_begins_like_one_stays() {
        for text in ["branch=eyJ.main", "eyJhbGci", "", "eyJ..", "no token"] {
            assert!(matches!(
                without_tokens(text, |_| String::new()),
                Cow::Borrowed(kept) if kept == text
            ));
        }
    }
}
