//! What the value of a parameter says: a text, JSON, or a formula in `{!...}`.

use serde_json::Value as Json;

use super::formula::{Evaluation, evaluate};

/// The text that a value is at any time, or why it is none.
pub(super) fn fixed(evaluation: Evaluation) -> Result<String, String> {
    match evaluation {
        Evaluation::Text(text) => Ok(text),
        Evaluation::AfterNow(_) => Err("changes with the clock".to_owned()),
    }
}

/// Reads a value whose formulas stand in `{!` and `}`; what stands beside them is text. An error
/// says why it cannot be evaluated, as the end of a sentence.
pub(super) fn read(value: &str) -> Result<Evaluation, String> {
    let pieces = pieces(value)?;
    if let [Piece::Formula(formula)] = pieces.as_slice() {
        return evaluate(formula);
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Formula(formula) => match evaluate(formula)? {
                Evaluation::Text(piece) => text.push_str(&piece),
                Evaluation::AfterNow(_) => {
                    return Err("has a text that changes with the clock".to_owned());
                }
            },
        }
    }
    Ok(Evaluation::Text(text))
}

/// A value without the quotes around it, where a formula stands in them: JSON takes them off.
pub(super) fn without_quotes(value: &str) -> &str {
    let quotes = ['"', '\''].into_iter();
    let mut bare = quotes.filter_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    bare.find(|inside| inside.starts_with("{!"))
        .unwrap_or(value)
}

/// Whether a value is a formula, or begins as one: what stands so in a scenario is refused there.
pub(super) fn is_formula(value: &str) -> bool {
    value.contains("{!")
}

/// A value in such a form that a scenario refuses it as a formula.
pub(super) fn refused(value: &str) -> String {
    let is_whole = value
        .split_once("{!")
        .is_some_and(|(_, after)| after.contains('}'));
    if is_whole {
        return value.to_owned();
    }
    format!("{{!{}}}", value.trim_start_matches("{!"))
}

/// A text as JSON: what JSON says it is, or else a text, without the quotes that a formula
/// may have around it.
pub(super) fn json(text: &str) -> Json {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    let bare = |quote| {
        let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains(quote)).then_some(inside)
    };
    Json::from(bare('"').or_else(|| bare('\'')).unwrap_or(text))
}

/// The one text that a text is as JSON; numbers and the like as they are written.
pub(super) fn one_text(text: &str) -> Option<String> {
    match json(text) {
        Json::String(text) => Some(text),
        Json::Array(_) | Json::Object(_) | Json::Null => None,
        Json::Bool(_) | Json::Number(_) => Some(text.to_owned()),
    }
}

enum Piece<'v> {
    Text(&'v str),
    Formula(&'v str),
}

/// Texts and formulas in turn.
fn pieces(value: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("{!") {
        let end = end_of(after).ok_or("has a {! that is not closed")?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Formula(&after[..end]));
        rest = &after[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// Where the brace stands that ends a formula: outside of its texts.
fn end_of(formula: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in formula.char_indices() {
        match (c, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', Some(_)) => is_escaped = true,
            ('}', None) => return Some(at),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_text_or_a_formula_or_both() {
        let fixed = |text: &str| Evaluation::Text(text.to_owned());
        for (value, reading) in [
            ("leads", fixed("leads")),
            ("{!'application/json'}", fixed("application/json")),
            ("a-{!'}' & \"{\"}-{! 1 + 1 }", fixed("a-}{-2")),
            ("{!UNIXTIMESTAMP(NOW())+7}", Evaluation::AfterNow(7)),
        ] {
            assert_eq!(read(value), Ok(reading), "{value}");
        }
        for (value, says) in [
            ("{!$User.Email}", "$User.Email"),
            ("{!'Bearer ' & $Credential.A.B}", "$Credential.A.B"),
            ("x{!UNIXTIMESTAMP(NOW())}", "changes with the clock"),
            ("{!'a'", "not closed"),
            ("{!'a}", "not closed"),
        ] {
            let why = read(value).unwrap_err();
            assert!(why.contains(says), "{value}: {why}");
            let refused = refused(value);
            assert!(refused.starts_with("{!") || refused.starts_with('x'));
            assert!(refused.contains('}'), "{refused}");
        }
    }

    #[test]
    fn quotes_and_json_are_read_as_what_they_say() {
        use serde_json::json as expected;
        for (text, value) in [
            ("\"auth.example.test\"", expected!("auth.example.test")),
            ("'auth.example.test'", expected!("auth.example.test")),
            ("auth.example.test", expected!("auth.example.test")),
            ("[\"a\", \"b\"]", expected!(["a", "b"])),
            ("7", expected!(7)),
            ("007", expected!("007")),
            ("true", expected!(true)),
            ("{\"a\": {\"b\": 1.5}}", expected!({"a": {"b": 1.5}})),
            ("[a, b]", expected!("[a, b]")),
            ("\"", expected!("\"")),
        ] {
            assert_eq!(json(text), value, "{text}");
        }
        assert_eq!(one_text("7").as_deref(), Some("7"));
        assert_eq!(one_text("[\"a\"]"), None);
    }
}
