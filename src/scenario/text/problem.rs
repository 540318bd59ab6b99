//! What is wrong with a scenario, and where.

use std::borrow::Cow;
use std::fmt;

use super::snippet::{Place, part, visible};
use super::span::Span;
use crate::secret::Secrets;

/// Characters shown of what is wrong, which may quote a value of any length.
const TEXT_MAX: usize = 600;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(super) sort: Sort,
    pub(super) span: Span,
    pub(super) message: Cow<'static, str>,
    pub(super) hint: Option<Cow<'static, str>>,
}

/// What sort of fault a problem is; a broken text may well cause the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sort {
    /// The text is not TOML.
    Syntax,
    /// Something is not there.
    Lack,
    /// Something is there that should not be so.
    Fault,
}

/// Everything that is wrong with a scenario, in the order of its lines; never empty.
#[derive(Debug)]
pub struct Problems {
    pub(super) sources: Vec<SourceText>,
    pub(super) found: Vec<Problem>,
    pub(super) hidden: Box<Hidden>,
}

/// What must not be shown of the sources.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    pub(super) places: Vec<Span>,
    /// Places that name where a secret comes from, and hold none.
    pub(super) shown: Vec<Span>,
    pub(super) secrets: Secrets,
    /// Values from outside that are no secrets of a report, and are not quoted all the same.
    pub(super) outside: Secrets,
}

#[derive(Debug)]
pub(super) struct SourceText {
    pub(super) name: String,
    pub(super) text: String,
}

impl Problems {
    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "there is always one at least")]
    pub fn len(&self) -> usize {
        self.found.len()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    /// Writes each problem with its position, its line and a caret, and their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.found {
            if let Some(source) = self.sources.get(problem.span.source) {
                write_problem(f, source, problem, &self.hidden)?;
            }
        }
        let count = self.found.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut names: Vec<&str> = Vec::new();
        for problem in &self.found {
            let source = self.sources.get(problem.span.source);
            let name = source.map_or("", |source| source.name.as_str());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        write!(f, "{count} problem{plural} in {}", names.join(" and "))
    }
}

fn write_problem(
    f: &mut fmt::Formatter<'_>,
    source: &SourceText,
    problem: &Problem,
    hidden: &Hidden,
) -> fmt::Result {
    let told = |text: &Cow<'static, str>| match text {
        // Words of ours alone, in which a value can only stand by chance.
        Cow::Borrowed(own) => told(own),
        Cow::Owned(text) => told(&hidden.outside.strike(&hidden.secrets.strike(text))),
    };
    let text = hidden.starred(&source.text, problem.span.source);
    let place = Place::find(&text, problem.span);
    let (mut number, mut position) = (String::new(), String::new());
    // The value of an option has no lines to count.
    if !source.name.starts_with("--") {
        number = place.line_number.to_string();
        position = format!(":{number}:{}", place.column);
    }
    let margin = " ".repeat(number.len());
    let (name, message) = (&source.name, told(&problem.message));
    writeln!(f, "{name}{position}: {message}")?;
    writeln!(f, "{margin} |")?;
    writeln!(f, "{number} | {}", place.line)?;
    writeln!(f, "{margin} | {}{}", place.indent, place.caret)?;
    if let Some(hint) = &problem.hint {
        writeln!(f, "{margin} = hint: {}", told(hint))?;
    }
    writeln!(f)
}

impl Hidden {
    /// A source with stars for what is hidden of it, as many as there were bytes, so that every
    /// place stays where it is.
    fn starred(&self, text: &str, source: usize) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let places = self
            .places
            .iter()
            .filter(|place| !self.shown.contains(place));
        for place in places.filter(|place| place.source == source) {
            let hidden = bytes.get_mut(place.start..place.end);
            for byte in hidden.into_iter().flatten() {
                if *byte != b'\n' {
                    *byte = b'*';
                }
            }
        }
        // A place begins and ends at characters, so what is left is text.
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// What is wrong, in a text that can be read.
fn told(text: &str) -> String {
    part(&visible(text), 0..TEXT_MAX)
}
