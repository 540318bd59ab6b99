//! Formula subjects: who a token speaks for, one for each user.
//!
//! A Named Credential has `'User='+$User.Id` (metadata field `jwtFormulaSubject`), an External
//! Credential `{!$User.Email}`. Of the formula language this reads what subjects are made of:
//! texts, and fields of the running user, joined.

use crate::ids::{Id, Number, RecordKind};

/// Characters that a subject has at most.
const SUBJECT_MAX: usize = 255;

/// The fields of a user that a subject may be made of.
const FIELDS: [(&str, UserField); 6] = [
    ("$User.Id", id),
    ("$User.Username", mailbox),
    ("$User.Email", mailbox),
    ("$User.FederationIdentifier", |n| format!("federated-{n}")),
    ("$User.Alias", |n| format!("user{n}")),
    ("Id", id),
];

/// The synthetic value of a field of the user with a number, another for each.
type UserField = fn(u64) -> String;

#[derive(Debug)]
enum Piece {
    Text(String),
    Field(UserField),
}

/// The subjects of so many users.
///
/// # Errors
///
/// What cannot be read of the formula, and what could be written instead.
pub(super) fn subjects(formula: &str, users: u64) -> Result<Vec<String>, String> {
    let pieces = parse(formula.trim())?;
    if users > 1 && pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return Err(
            "names no field of the user, so that all users have the same subject; \
                    try \"'User=' + $User.Id\""
                .to_owned(),
        );
    }
    let subjects: Vec<_> = (1..=users).map(|user| subject(&pieces, user)).collect();
    match subjects.iter().map(|one| one.chars().count()).max() {
        Some(length) if length > SUBJECT_MAX => Err(format!(
            "makes a subject of {length} characters; Salesforce takes {SUBJECT_MAX}"
        )),
        _ => Ok(subjects),
    }
}

/// A template with merge fields, or terms that are joined.
fn parse(formula: &str) -> Result<Vec<Piece>, String> {
    if formula.contains("{!") {
        return template(formula);
    }
    terms(formula)
}

/// Terms that are joined by `+` or `&`.
fn terms(formula: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = formula;
    loop {
        let (piece, after) = term(rest.trim_start())?;
        pieces.push(piece);
        let after = after.trim_start();
        match after.chars().next() {
            None => return Ok(pieces),
            Some('+' | '&') => rest = &after[1..],
            Some(_) => {
                return Err(format!("has {after:?} where a + should join two terms"));
            }
        }
    }
}

fn term(text: &str) -> Result<(Piece, &str), String> {
    for quote in ['\'', '"'] {
        if let Some(inside) = text.strip_prefix(quote) {
            let (text, after) =
                quoted(inside, quote).ok_or_else(|| format!("has a {quote} that is not closed"))?;
            return Ok((Piece::Text(text), after));
        }
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "$._".contains(c)));
    let (name, after) = text.split_at(end.unwrap_or(text.len()));
    if name.is_empty() {
        return Err("lacks a term: a text in '...', or a field such as $User.Id".to_owned());
    }
    Ok((Piece::Field(field(name)?), after))
}

/// A text up to its closing quote, and what follows it; a backslash before a quote or a backslash
/// stands for what follows it.
fn quoted(inside: &str, quote: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next()?.1 {
                escaped @ ('\\' | '\'' | '"') => text.push(escaped),
                other => text.extend(['\\', other]),
            },
            c if c == quote => return Some((text, &inside[at + c.len_utf8()..])),
            c => text.push(c),
        }
    }
    None
}

fn template(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{!") {
        let end = end_of(after).ok_or("has a {! that is not closed")?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.extend(terms(&after[..end])?);
        rest = &after[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where the brace stands that ends an expression: outside of its texts.
fn end_of(expression: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in expression.char_indices() {
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

fn field(name: &str) -> Result<UserField, String> {
    let known = FIELDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, field)| *field).ok_or_else(|| {
        let names = FIELDS.map(|(name, _)| name).join(", ");
        format!("names {name:?}, which leadbench does not know; it knows {names}")
    })
}

fn id(user: u64) -> String {
    let id = Id::new(RecordKind::User, &Number::new(user));
    id.as_str().to_owned()
}

fn mailbox(user: u64) -> String {
    format!("user{user}@example.com")
}

/// The subject of one user.
fn subject(pieces: &[Piece], user: u64) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Field(value) => value(user),
    };
    pieces.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_formulas_are_read() {
        for (formula, first) in [
            ("'User='+$User.Id", "User=0055f0000000001AAA"),
            ("'User=' + Id", "User=0055f0000000001AAA"),
            ("$User.Username", "user1@example.com"),
            ("{!$User.Email}", "user1@example.com"),
            ("acme/{!$User.Alias}/leads", "acme/user1/leads"),
            ("\"a\" & 'b'", "ab"),
            ("{!'User=' & $User.Id}", "User=0055f0000000001AAA"),
            (r"{!'O\'Brien' + $User.Id}", "O'Brien0055f0000000001AAA"),
            (r#"{!"\"}" & $User.Alias}"#, "\"}user1"),
            (r"'a\\' + '\n'", r"a\\n"),
            (
                "{! $User.Alias + '}' }/{!$User.Id}",
                "user1}/0055f0000000001AAA",
            ),
        ] {
            let one = subjects(formula, 1).unwrap();
            assert_eq!(one, [first], "{formula}");
        }
        let all = subjects("$User.Id", 500).unwrap();
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), 500);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (formula, says) in [
            ("", "lacks a term"),
            ("'User=", "has a ' that is not closed"),
            (r"'User=\'", "has a ' that is not closed"),
            ("'a' 'b'", "should join"),
            ("'a' +", "lacks a term"),
            ("$User.Shoe", "\"$User.Shoe\""),
            ("{!$User.Id", "has a {! that is not closed"),
            ("{!'}", "has a {! that is not closed"),
            (r"{!'\'}", "has a {! that is not closed"),
            ("{!LOWER($User.Email)}", "\"LOWER\""),
            ("{!}", "lacks a term"),
            ("'all the same'", "no field of the user"),
        ] {
            let error = subjects(formula, 2).unwrap_err();
            assert!(error.contains(says), "{formula}: {error}");
        }
        let long = format!("'{}' + $User.Id", "x".repeat(240));
        assert!(subjects(&long, 2).unwrap_err().contains("258 characters"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _no_panic = subjects(&text, 2).is_ok();
        }
    }
}
