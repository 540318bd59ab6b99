//! A formula cut into words: numbers, texts, names and marks.

use std::fmt;

/// One word of a formula.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token<'f> {
    Number(&'f str),
    Text(String),
    /// A function, or a field with its points: `$System.OriginDateTime`.
    Name(&'f str),
    Mark(char),
    End,
}

/// The words of a formula, one after another, with a look at the next.
#[derive(Debug)]
pub(super) struct Words<'f> {
    tokens: std::vec::IntoIter<Token<'f>>,
}

impl<'f> Words<'f> {
    pub(super) fn of(formula: &'f str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = formula;
        loop {
            rest = without_blanks(rest);
            let Some(first) = rest.chars().next() else {
                return Ok(Self {
                    tokens: tokens.into_iter(),
                });
            };
            let (token, after) = match first {
                '0'..='9' | '.' => {
                    let (text, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
                    (Token::Number(text), after)
                }
                '\'' | '"' => text(rest, first)?,
                '$' | '_' | 'a'..='z' | 'A'..='Z' => {
                    let (name, after) =
                        split(rest, |c| c.is_ascii_alphanumeric() || "$_.:".contains(c));
                    (Token::Name(name), after)
                }
                mark => (Token::Mark(mark), &rest[mark.len_utf8()..]),
            };
            tokens.push(token);
            rest = after;
        }
    }

    pub(super) fn next(&mut self) -> Token<'f> {
        self.tokens.next().unwrap_or(Token::End)
    }

    /// Takes the mark if it comes next.
    pub(super) fn take(&mut self, mark: char) -> bool {
        let is_next = self.tokens.as_slice().first() == Some(&Token::Mark(mark));
        if is_next {
            self.tokens.next();
        }
        is_next
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(text) | Self::Name(text) => f.write_str(text),
            Self::Text(_) => f.write_str("a text"),
            Self::Mark(mark) => write!(f, "{}", mark.escape_debug()),
            Self::End => f.write_str("its end"),
        }
    }
}

/// What follows blanks and comments (`/* ... */`).
fn without_blanks(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("/*") {
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
        rest = rest.trim_start();
    }
    rest
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// A text in quotes; a backslash before a quote or a backslash stands for what follows it.
fn text(quoted: &str, quote: char) -> Result<(Token<'_>, &str), String> {
    let mut read = String::new();
    let mut characters = quoted.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == quote => return Ok((Token::Text(read), &quoted[at + 1..])),
            '\\' => match characters.next() {
                Some((_, escaped @ ('\\' | '\'' | '"'))) => read.push(escaped),
                Some((_, other)) => read.extend(['\\', other]),
                None => break,
            },
            other => read.push(other),
        }
    }
    Err(format!("has a {quote} that is not closed"))
}
