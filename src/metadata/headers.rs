//! Custom headers of a Named Credential (`HttpHeader`) and of an External Credential
//! (`AuthHeader`): a name, and a formula of the value.

use super::Note;
use super::scenario_text::{Draft, Line};
use super::toml_text::{quoted, shown};
use super::value;
use super::xml::{Position, note};

/// Fields that the callout writes itself.
const OF_THE_CALLOUT: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

/// What the name of a secret often has in it.
const SECRET: [&str; 7] = [
    "auth",
    "cookie",
    "key",
    "pass",
    "secret",
    "signature",
    "token",
];

/// One custom header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct CustomHeader {
    pub(super) name: String,
    pub(super) value: Option<String>,
    pub(super) sequence: Option<i64>,
    pub(super) place: Position,
    /// The name of its file in a comment; empty for the imported file itself.
    pub(super) file: &'static str,
}

/// Adds headers in the order of their sequence numbers; those without one come last. All of them
/// are from one file, and so are the notes.
pub(super) fn add(mut headers: Vec<CustomHeader>, draft: &mut Draft) -> Vec<Note> {
    headers.sort_by_key(|header| header.sequence.unwrap_or(i64::MAX));
    let told = headers
        .iter()
        .map(|header| (header, add_one(header, draft)));
    told.filter_map(|(header, told)| Some(note(header.place, told?)))
        .collect()
}

/// Adds a header, and returns the note on it, if there is one.
fn add_one(header: &CustomHeader, draft: &mut Draft) -> Option<String> {
    let name = shown(&header.name);
    let lower = header.name.to_ascii_lowercase();
    let left_out = |why: &str| Some(format!("the header `{name}` is left out: {why}"));
    match lower.as_str() {
        "authorization" => return left_out("the callout writes it with the token of [auth]"),
        "user-agent" => {
            return left_out("only its release can be set, with `release` in [target.request]");
        }
        other if OF_THE_CALLOUT.contains(&other) => return left_out("the callout writes its own"),
        _ => {}
    }
    let Some(given) = &header.value else {
        return Some(format!("the header `{name}` has no value and is left out"));
    };
    let (lines, key) = match lower.as_str() {
        "content-type" => (&mut draft.request, "content_type"),
        _ => (&mut draft.headers, header.name.as_str()),
    };
    if lines.iter().any(|line| line.key.eq_ignore_ascii_case(key)) {
        let kept = "the one that is sent first is kept";
        return Some(format!("the header `{name}` is set twice; {kept}"));
    }
    let outside = from_outside(&header.name);
    match value::read(given).and_then(value::fixed) {
        Ok(text) => {
            lines.push(Line::text(key, &text));
            let may_be_secret = SECRET.iter().any(|part| lower.contains(part));
            may_be_secret.then(|| {
                format!(
                    "the header `{name}` may be a secret, and its value is now in the scenario too; \
                     better read it from the environment: {outside}"
                )
            })
        }
        Err(why) => {
            lines.push(unevaluated(header, key, given, &outside));
            Some(format!(
                "the header `{name}` {why}; read its value from the environment: {outside}"
            ))
        }
    }
}

/// A header with a formula that a scenario refuses until someone replaces it.
fn unevaluated(header: &CustomHeader, key: &str, given: &str, outside: &str) -> Line {
    let (Position { line, column }, file) = (header.place, header.file);
    Line::text(key, &value::refused(given))
        .remark(format!(
            "Line {line}, column {column}{file}: leadbench cannot evaluate this formula. Its value \
             may be a secret:"
        ))
        .remark(format!(
            "do not write it into this file, but read it from the environment: {outside}"
        ))
}

/// How a scenario takes a header's value from the environment.
fn from_outside(name: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
        _ => '_',
    };
    let mut variable: String = name.chars().map(letter).take(64).collect();
    if !variable.starts_with(|c: char| c.is_ascii_alphabetic()) {
        variable.insert(0, '_');
    }
    let key = super::toml_text::key(&shown(name));
    format!("{key} = {{ env = {} }}", quoted(&variable))
}
