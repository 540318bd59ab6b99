//! Header fields that a scenario sets.

use crate::scenario::table::at::At;
use crate::scenario::table::value::{Free, Text};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Tree};
use crate::secret::Hidden;

/// Fields that are not a user's to write: the connection's, and the token's.
const NOT_YOURS: [&str; 5] = [
    "authorization",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

/// Fields that have keys of their own, and which.
const ELSEWHERE: [(&str, &str); 3] = [
    ("connection", "write `connection` in [target.request]"),
    ("content-type", "write `content_type` beside the headers"),
    ("user-agent", "write `release` in [target.request]"),
];

/// The fields of a table, in order; faults are complained of, and left out.
pub(super) fn fields(
    table: Option<&At<Free<String>>>,
    complaints: &Complaints,
) -> Vec<(String, Hidden)> {
    let entries = table.map_or(&[][..], |table| &table.entries);
    entries
        .iter()
        .filter_map(|entry| field(entry, complaints))
        .collect()
}

/// A header field, if it can be one (RFC 9110, section 5).
fn field(entry: &Entry, complaints: &Complaints) -> Option<(String, Hidden)> {
    let name = &entry.key;
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        let message = format!("{name:?} is not a valid header name");
        complaints.add(entry.key_span, message);
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if NOT_YOURS.contains(&lower.as_str()) {
        let message = format!("`{name}` cannot be set: each callout writes its own");
        let hint = "leave it out; [auth] decides what happens to the token";
        complaints.advise(entry.key_span, message, hint);
        return None;
    }
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(known, _)| *known == lower) {
        complaints.advise(entry.key_span, format!("`{name}` has its own key"), *hint);
        return None;
    }
    match &entry.node.value {
        Tree::String(value) if is_value(value) => return Some((lower, Hidden::new(value.clone()))),
        Tree::String(_) => refuse_value(name, entry.node.span, complaints),
        other => {
            let message = format!("`{name}` must be a string, not {}", other.kind());
            complaints.add(entry.node.span, message);
        }
    }
    None
}

/// Complains of a text that cannot be the value of a header field.
pub(super) fn check_value<const MIN: usize, const MAX: usize>(
    key: &str,
    value: &At<Text<MIN, MAX>>,
    complaints: &Complaints,
) {
    if !is_value(&value.0) {
        refuse_value(key, value.span, complaints);
    }
}

fn refuse_value(name: &str, span: crate::scenario::text::span::Span, complaints: &Complaints) {
    let hint = "use visible ASCII characters, with blanks only between them";
    complaints.advise(span, format!("`{name}` is not a valid header value"), hint);
}

/// Visible ASCII, and blanks between.
fn is_value(text: &str) -> bool {
    text.trim() == text && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
