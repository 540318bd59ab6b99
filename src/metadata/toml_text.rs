//! Texts and values of JSON as TOML has them, and texts of others as a message may show them.

use serde_json::Value;

/// Characters that are shown of a text of others.
const SHOWN_MAX: usize = 120;

/// How deep a value may lie in others; a reader of TOML gives up at 80.
const DEPTH_MAX: u32 = 32;

/// Where 64 bits end: 2^63.
const INTEGER_END: f64 = 9.223_372_036_854_776e18;

/// Characters of a sentence that quotes others.
const SENTENCE_MAX: usize = 600;

/// A text as a basic string of TOML. That of JSON is one, but for a character that JSON lets
/// stand as it is.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// The strings of an array of JSON as one of TOML; `None` if it is empty or holds something else.
pub(super) fn strings(items: &[Value]) -> Option<String> {
    let items: Option<Vec<_>> = items.iter().map(|item| item.as_str().map(quoted)).collect();
    let items = items.filter(|items| !items.is_empty())?;
    Some(format!("[{}]", items.join(", ")))
}

/// A key, in quotes where it needs them.
pub(super) fn key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A value; `None` if TOML cannot hold it: null, integers beyond 64 bits, and values nested deeper
/// than its readers go.
pub(super) fn value(json: &Value) -> Option<String> {
    value_at(json, 0)
}

fn value_at(json: &Value, depth: u32) -> Option<String> {
    if depth > DEPTH_MAX {
        return None;
    }
    let value = |json| value_at(json, depth + 1);
    Some(match json {
        Value::Null => return None,
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => {
            // An integer beyond 64 bits was read as a float, and has lost digits.
            let is_cut = number
                .as_f64()
                .is_none_or(|float| float.abs() >= INTEGER_END);
            if number.as_i64().is_none() && (is_cut || !number.is_f64()) {
                return None;
            }
            number.to_string()
        }
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(value).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Object(members) => {
            let members: Option<Vec<_>> = members
                .iter()
                .map(|(name, json)| Some(format!("{} = {}", key(name), value(json)?)))
                .collect();
            format!("{{ {} }}", members?.join(", "))
        }
    })
}

/// A foreign text in one line without control characters, cut if it is long.
pub(super) fn shown(text: &str) -> String {
    cut(text, SHOWN_MAX)
}

/// A sentence in one line without control characters, whatever it quotes.
pub(super) fn one_line(sentence: &str) -> String {
    cut(sentence, SENTENCE_MAX)
}

fn cut(text: &str, length: usize) -> String {
    let mut shown = String::new();
    for word in text.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.extend(word.chars().map(|c| if c.is_control() { '?' } else { c }));
    }
    if shown.chars().count() <= length {
        return shown;
    }
    let cut: String = shown.chars().take(length).collect();
    cut + "…"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e18..1e18f64).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Whether TOML has nothing like it.
    fn is_beyond(json: &Value) -> bool {
        match json {
            Value::Null => true,
            Value::Number(number) => number.is_u64() && number.as_i64().is_none(),
            Value::Array(items) => items.iter().any(is_beyond),
            Value::Object(members) => members.values().any(is_beyond),
            Value::Bool(_) | Value::String(_) => false,
        }
    }

    #[test]
    fn numbers_within_64_bits_are_kept_and_no_others() {
        for (text, written) in [
            ("9223372036854775807", Some("9223372036854775807")),
            ("9223372036854775808", None),
            ("9.22e18", Some("9.22e+18")),
            ("9.3e18", None),
            ("-9223372036854775809", None),
        ] {
            let json: Value = serde_json::from_str(text).unwrap();
            assert_eq!(value(&json).as_deref(), written, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_value_comes_back_out_of_toml(json in json(), name: String) {
            let Some(written) = value(&json) else {
                prop_assert!(is_beyond(&json));
                return Ok(());
            };
            let text = format!("{} = {written}", key(&name));
            let read: toml::Table = toml::from_str(&text).unwrap();
            let read = serde_json::to_value(read).unwrap();
            prop_assert_eq!(&read[&name], &json, "{}", text);
        }

        #[test]
        fn what_is_shown_is_one_short_line(text: String) {
            let shown = shown(&text);
            prop_assert!(!shown.contains(char::is_control));
            prop_assert!(shown.chars().count() <= SHOWN_MAX + 1);
        }
    }
}
