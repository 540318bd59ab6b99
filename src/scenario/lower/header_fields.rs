//! Header fields of a user's own.

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
    ("connection", "write connection in [target.request]"),
    ("content-type", "write content_type beside the headers"),
    ("user-agent", "write release in [target.request]"),
];

/// The fields of a table, in order; faults are complained of, and left out.
pub(in crate::scenario) fn fields(
    entries: Option<&[Entry]>,
    complaints: &Complaints,
) -> Vec<(String, Hidden)> {
    let entries = entries.unwrap_or_default().iter();
    entries
        .filter_map(|entry| field(entry, complaints))
        .collect()
}

/// A header field, if it can be one (RFC 9110, section 5).
fn field(entry: &Entry, complaints: &Complaints) -> Option<(String, Hidden)> {
    let name = &entry.key;
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token {
        complaints.add(entry.key_span, format!("{name:?} can be no header's name"));
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if NOT_YOURS.contains(&lower.as_str()) {
        complaints
            .add(
                entry.key_span,
                format!("`{name}` is written by the callout itself"),
            )
            .hint("leave it out; [auth] says what becomes of the token");
        return None;
    }
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(known, _)| *known == lower) {
        complaints
            .add(entry.key_span, format!("`{name}` has a key of its own"))
            .hint(*hint);
        return None;
    }
    match &entry.node.value {
        Tree::String(value) if is_value(value) => Some((lower, Hidden::new(value.clone()))),
        Tree::String(_) => {
            complaints.add(entry.node.span, format!("`{name}` can be no header value"));
            None
        }
        other => {
            complaints.add(
                entry.node.span,
                format!("`{name}` should be a string, not {}", other.kind()),
            );
            None
        }
    }
}

/// Visible ASCII, and blanks between.
pub(in crate::scenario) fn is_value(text: &str) -> bool {
    text.trim() == text && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
