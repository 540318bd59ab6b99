//! What a refusal says of the token (RFC 6750, section 3).

use super::fields::Fields;

/// The challenge of an answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Challenge {
    /// No `WWW-Authenticate`, or one of another scheme.
    #[default]
    None,
    /// `Bearer` without an error: no token was seen.
    Bare,
    /// `error="invalid_token"`.
    InvalidToken,
    /// Another error.
    Other,
}

impl Challenge {
    /// Reads it from the head of an answer.
    pub(super) fn of(fields: Fields<'_>) -> Self {
        let bearer = fields
            .all("www-authenticate")
            .filter_map(|value| std::str::from_utf8(value).ok())
            .find(|value| {
                let scheme = value.split([' ', ',']).next().unwrap_or_default();
                scheme.eq_ignore_ascii_case("bearer")
            });
        match bearer {
            None => Self::None,
            Some(value) if value.contains("error=\"invalid_token\"") => Self::InvalidToken,
            Some(value) if value.contains("error=invalid_token") => Self::InvalidToken,
            Some(value) if value.contains("error=") => Self::Other,
            Some(_) => Self::Bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

    use super::*;

    #[test]
    fn challenges_are_told_apart() {
        for (value, expected) in [
            ("Bearer", Challenge::Bare),
            ("bearer realm=\"leads\"", Challenge::Bare),
            (
                "Bearer realm=\"x\", error=\"invalid_token\"",
                Challenge::InvalidToken,
            ),
            ("Bearer error=invalid_token", Challenge::InvalidToken),
            ("Bearer error=\"invalid_request\"", Challenge::Other),
            ("Basic realm=\"x\"", Challenge::None),
            ("BearerX", Challenge::None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(value));
            assert_eq!(Challenge::of(Fields::Map(&headers)), expected, "{value}");
        }
        assert_eq!(Challenge::of(Fields::Lines(&[])), Challenge::None);
    }
}
