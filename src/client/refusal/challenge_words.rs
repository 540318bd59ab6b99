//! A challenge in words (RFC 6750, section 3; the grammar is that of RFC 9110, section 11.6.1).

use crate::client::fields::Fields;

/// Its `error` and `error_description`; `None` where a challenge says nothing but its scheme.
pub(super) fn of(fields: Fields<'_>) -> Option<String> {
    fields
        .all("www-authenticate")
        .filter_map(|value| std::str::from_utf8(value).ok())
        .find_map(words)
}

fn words(challenge: &str) -> Option<String> {
    let error = parameter(challenge, "error");
    let described = parameter(challenge, "error_description");
    match (error, described) {
        (Some(error), Some(described)) => Some(format!("{error}: {described}")),
        (one, None) | (None, one) => one,
    }
}

/// The value of a parameter: a token or a quoted string.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let mut rest = challenge;
    loop {
        let equals = rest.find('=')?;
        // Blanks around the sign are bad, and allowed (RFC 9110, section 5.6.3).
        let named = rest[..equals].trim_end().rsplit([' ', ',', '\t']).next()?;
        let is_asked = named.eq_ignore_ascii_case(name);
        let (value, after) = value(rest[equals + 1..].trim_start());
        if is_asked {
            return Some(value);
        }
        rest = after;
    }
}

/// A value and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut is_escaped = false;
    for (place, c) in quoted.char_indices() {
        match c {
            _ if is_escaped => {
                value.push(c);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '"' => return (value, &quoted[place + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_among_other_parameters() {
        for (challenge, told) in [
            ("Bearer", None),
            (
                "Bearer realm=\"error=x, error_description=\\\"y\\\"\"",
                None,
            ),
            (
                "Bearer error=invalid_token, realm=\"x\"",
                Some("invalid_token"),
            ),
            (
                "Bearer error=\"invalid_token\",error_description=\"a, \\\"b\\\" = c\"",
                Some("invalid_token: a, \"b\" = c"),
            ),
            ("Bearer error_description=\"no kid\"", Some("no kid")),
            (
                "Bearer error = \"x\", error_description = \"y\"",
                Some("x: y"),
            ),
            ("Bearer error=\"open", Some("open")),
            ("DPoP a=b, Bearer ERROR=\"x\"", Some("x")),
        ] {
            assert_eq!(words(challenge).as_deref(), told, "{challenge}");
        }
    }
}
