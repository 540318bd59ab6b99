//! Texts and values of JSON as TOML has them, and texts of others as a message may show them.

use serde_json::Value;

/// Characters that are shown of a text of others.
const SHOWN_MAX: usize = 120;

/// Characters of a sentence that quotes others.
const SENTENCE_MAX: usize = 600;

/// A text as a basic string of TOML. That of JSON is one, but for a character that JSON lets
/// stand as it is.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// A key, in quotes where it needs them.
pub(super) fn key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A value; `None` where TOML has nothing like it: null, and integers beyond 64 bits.
pub(super) fn value(json: &Value) -> Option<String> {
    Some(match json {
        Value::Null => return None,
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => {
            if !number.is_f64() {
                number.as_i64()?;
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

/// A text of others in one line without control characters, cut where it is long.
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
