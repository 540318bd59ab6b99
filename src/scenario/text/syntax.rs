//! Text that is not TOML: one problem for each mistake, in words that help.

use toml::de::Error;

use super::complaints::Complaints;
use super::span::Span;
use super::tree::{Node, Tree};

/// A word longer than this is not repeated in a hint.
const SHOWN_MAX: usize = 64;

/// Complains of the parser's errors, without those that an earlier one of them caused.
pub(in crate::scenario) fn complain(
    root: &Node,
    errors: &[Error],
    text: &str,
    complaints: &Complaints,
) {
    let source = root.span.source;
    let fault = |error| {
        let span = Span::new(source, Error::span(error).unwrap_or_default());
        (span, error.message().lines().next().unwrap_or_default())
    };
    let mut faults: Vec<(Span, &str)> = errors.iter().map(fault).collect();
    faults.sort_by_key(|(span, _)| *span);
    // What follows an opened bracket is read as if it stood inside.
    let unclosed: Vec<Span> = faults
        .iter()
        .filter(|(_, message)| {
            message.starts_with("unclosed array,") || message.starts_with("unclosed inline table")
        })
        .filter_map(|(error, _)| {
            let opened = unclosed_before(root, error.start, text)?;
            Some(Span {
                end: error.start,
                ..opened
            })
        })
        .collect();
    let mut last_line = None;
    for (span, message) in faults {
        if message.starts_with("duplicate key") {
            duplicate(span, text, complaints);
            continue;
        }
        let opened = unclosed
            .iter()
            .find(|opened| (opened.start..=opened.end).contains(&span.start));
        let (span, message, hint) = match opened {
            Some(opened) => never_closed(*opened, text),
            None => reword(span, message, text),
        };
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count();
        if last_line.replace(line) != Some(line) {
            complaints.syntax(span, message, hint);
        }
    }
}

fn never_closed(opened: Span, text: &str) -> (Span, String, Option<String>) {
    let (what, bracket) = if text[opened.start..].starts_with('[') {
        ("array", ']')
    } else {
        ("inline table", '}')
    };
    (
        opened,
        format!("this {what} is never closed"),
        Some(format!("add '{bracket}' where it ends")),
    )
}

fn duplicate(span: Span, text: &str, complaints: &Complaints) {
    let name = text.get(span.start..span.end).unwrap_or_default();
    complaints.advise(span, format!("`{name}` is set twice"), "keep one of them");
}

fn reword(span: Span, message: &str, text: &str) -> (Span, String, Option<String>) {
    let word = text.get(span.start..span.end).unwrap_or_default();
    let is_plain = !word.is_empty() && word.len() <= SHOWN_MAX && !word.contains(['"', '\\']);
    if message.starts_with("string values must be quoted") {
        let (message, hint) = if is_plain {
            ("a string needs quotes", Some(format!("write \"{word}\"")))
        } else {
            ("a value is missing here", None)
        };
        return (span, message.to_owned(), hint);
    }
    let pair = || Some("write key = value".to_owned());
    let hint = match message {
        "key with no value, expected `=`" => pair(),
        other if other.starts_with("invalid unquoted key") => pair(),
        _ => None,
    };
    let message = match message {
        "unclosed table, expected `]`" => "this header lacks its closing ]",
        "unclosed array table, expected `]`" => "this header lacks its closing ]]",
        "invalid basic string, expected `\"`" => "this string lacks its closing quote",
        "invalid multi-line basic string, expected `\"`" => {
            "a string in triple quotes is never closed"
        }
        other => other,
    };
    (span, message.to_owned(), hint)
}

/// The outermost array or inline table that begins before a position and lacks its end.
fn unclosed_before(node: &Node, position: usize, text: &str) -> Option<Span> {
    let inside = |value: &Node| {
        let written = text.get(value.span.start..value.span.end)?;
        let is_unclosed = match &value.value {
            Tree::Array(_) => written.starts_with('[') && !written.ends_with(']'),
            Tree::Table(_) => written.starts_with('{') && !written.ends_with('}'),
            _ => false,
        };
        if is_unclosed && value.span.start <= position {
            Some(value.span)
        } else {
            unclosed_before(value, position, text)
        }
    };
    match &node.value {
        Tree::Table(entries) => entries.iter().map(|entry| &entry.node).find_map(inside),
        Tree::Array(items) => items.iter().find_map(inside),
        _ => None,
    }
}
