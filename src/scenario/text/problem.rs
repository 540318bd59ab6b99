//! What is wrong with a scenario, and where.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};

use super::masked::masked;
use crate::secret::{Secrets, without_tokens};

/// Characters shown of a line; nobody looks for a caret in more.
const LINE_MAX: usize = 160;

/// Characters shown of what is wrong, which may quote a value of any length.
const TEXT_MAX: usize = 600;

/// A stretch of one source, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::scenario) struct Span {
    /// 0 is the file; the others are overrides, in their order.
    pub(in crate::scenario) source: usize,
    pub(in crate::scenario) start: usize,
    pub(in crate::scenario) end: usize,
}

impl Span {
    /// Whether the other lies within it.
    const fn holds(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    sort: Sort,
    span: Span,
    message: String,
    hint: Option<String>,
}

/// What sort of fault a problem is; a broken text may well cause the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sort {
    /// The text is no TOML.
    Syntax,
    /// Something is not there.
    Lack,
    /// Something is there that should not be so.
    Fault,
}

/// Everything that is wrong with a scenario, in the order of its lines; never empty.
#[derive(Debug)]
pub struct Problems {
    sources: Vec<Source>,
    found: Vec<Problem>,
    hidden: Box<Hidden>,
}

/// What must not be shown of the sources.
#[derive(Clone, Debug, Default)]
struct Hidden {
    places: Vec<Span>,
    /// Places that name where a secret comes from, and hold none.
    shown: Vec<Span>,
    secrets: Secrets,
    /// Values from outside that are no secrets of a report, and are not quoted all the same.
    outside: Secrets,
}

#[derive(Debug)]
struct Source {
    name: String,
    text: String,
}

/// Gathers problems while a scenario is read.
#[derive(Debug)]
pub(in crate::scenario) struct Complaints {
    sources: Vec<Source>,
    problems: RefCell<Vec<Problem>>,
    hidden: RefCell<Hidden>,
}

impl Complaints {
    pub(in crate::scenario) fn new(name: &str, text: &str) -> Self {
        Self {
            sources: vec![Source {
                name: name.to_owned(),
                text: text.to_owned(),
            }],
            problems: RefCell::default(),
            hidden: RefCell::default(),
        }
    }

    /// Adds a source beside the file and gives its number.
    pub(in crate::scenario) fn add_source(&mut self, name: String, text: String) -> usize {
        self.sources.push(Source { name, text });
        self.sources.len() - 1
    }

    /// Shows nothing of a stretch of a source.
    pub(in crate::scenario) fn hide_place(&self, span: Span) {
        self.hidden.borrow_mut().places.push(span);
    }

    /// Shows a stretch of a source although it stands where secrets do: it names where one comes from.
    pub(in crate::scenario) fn show_place(&self, span: Span) {
        self.hidden.borrow_mut().shown.push(span);
    }

    /// Shows a text nowhere.
    pub(in crate::scenario) fn hide(&self, secret: &str) {
        self.hidden.borrow_mut().secrets.add(secret);
    }

    /// Quotes a text in no problem.
    pub(in crate::scenario) fn hide_here(&self, value: &str) {
        self.hidden.borrow_mut().outside.add(value);
    }

    /// What is shown nowhere.
    pub(in crate::scenario) fn secrets(&self) -> Secrets {
        self.hidden.borrow().secrets.clone()
    }

    pub(in crate::scenario) fn add(&self, span: Span, message: impl Into<String>) {
        self.push(Sort::Fault, span, message.into(), None);
    }

    /// Complains of something that is not there.
    pub(in crate::scenario) fn add_lack(
        &self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Sort::Lack, span, message.into(), Some(hint.into()));
    }

    /// Lets `look` complain of all but what is not there.
    pub(in crate::scenario) fn without_lacks<T>(&self, look: impl FnOnce() -> T) -> T {
        let known = self.problems.borrow().len();
        let seen = look();
        let mut number = 0;
        self.problems.borrow_mut().retain(|problem| {
            number += 1;
            number <= known || problem.sort != Sort::Lack
        });
        seen
    }

    /// Complains of text that is no TOML.
    pub(super) fn add_syntax(&self, span: Span, message: String, hint: Option<String>) {
        self.push(Sort::Syntax, span, message, hint);
    }

    pub(in crate::scenario) fn add_with_hint(
        &self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Sort::Fault, span, message.into(), Some(hint.into()));
    }

    /// Whether something within the span has been complained of.
    pub(in crate::scenario) fn has_within(&self, span: Span) -> bool {
        let problems = self.problems.borrow();
        problems.iter().any(|problem| span.holds(problem.span))
    }

    /// Complains in place of all that has been complained of within the span.
    pub(in crate::scenario) fn replace(
        &self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let mut problems = self.problems.borrow_mut();
        problems.retain(|problem| problem.sort == Sort::Syntax || !span.holds(problem.span));
        drop(problems);
        self.add_with_hint(span, message, hint);
    }

    fn push(&self, sort: Sort, span: Span, message: String, hint: Option<String>) {
        self.problems.borrow_mut().push(Problem {
            sort,
            span,
            message,
            hint,
        });
    }

    /// The plan if nothing is wrong with it.
    pub(in crate::scenario) fn conclude<P>(self, plan: Option<P>) -> Result<P, Problems> {
        let mut problems = self.problems.into_inner();
        match plan {
            Some(plan) if problems.is_empty() => Ok(plan),
            _ => {
                forget_consequences(&mut problems, &self.sources);
                problems.sort_by_key(|problem| problem.span);
                Err(Problems {
                    sources: self.sources,
                    found: problems,
                    hidden: Box::new(self.hidden.into_inner()),
                })
            }
        }
    }
}

/// Drops what a broken text may have caused: a table is not missing where its header
/// could not be read, and a value is not wrong where its line could not.
fn forget_consequences(problems: &mut Vec<Problem>, sources: &[Source]) {
    let broken: Vec<Span> = problems
        .iter()
        .filter(|problem| problem.sort == Sort::Syntax)
        .map(|problem| problem.span)
        .collect();
    problems.retain(|problem| match problem.sort {
        Sort::Syntax => true,
        Sort::Lack => broken.is_empty(),
        Sort::Fault => !broken.iter().any(|error| {
            let source = sources.get(problem.span.source);
            let lines = source.map(|source| lines_of(&source.text, problem.span));
            error.source == problem.span.source
                && lines
                    .is_some_and(|lines| *lines.start() <= error.end && error.start <= *lines.end())
        }),
    });
}

/// The bytes of the lines that a span touches, with the end of the last.
fn lines_of(text: &str, span: Span) -> RangeInclusive<usize> {
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[end..]
        .find('\n')
        .map_or(text.len(), |newline| end + newline);
    line_start..=line_end
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
    source: &Source,
    problem: &Problem,
    hidden: &Hidden,
) -> fmt::Result {
    let told = |text: &str| told(&hidden.outside.strike(&hidden.secrets.strike(text)));
    let text = hidden.starred(&source.text, problem.span.source);
    let place = Place::find(&text, problem.span);
    let number = place.line_number.to_string();
    let margin = " ".repeat(number.len());
    writeln!(
        f,
        "{}:{number}:{}: {}",
        source.name,
        place.column,
        told(&problem.message)
    )?;
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

/// Where a span begins, as people count: from 1, in characters.
struct Place {
    line_number: usize,
    column: usize,
    line: String,
    /// What stands before the caret: blanks, with tabs where the line has them.
    indent: String,
    caret: String,
}

impl Place {
    fn find(text: &str, span: Span) -> Self {
        let start = floor(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let line = text[line_start..line_end].trim_end();
        let last = (line_start + line.len()).max(start);
        let end = floor(text, span.end).clamp(start, last);
        let before = &text[line_start..start];
        let width = text[start..end].chars().count().max(1);
        let column = before.chars().count();
        let blank = |c| if c == '\t' { '\t' } else { ' ' };
        let stretch = stretch(line.chars().count(), column);
        let gap = if stretch.start > 0 { " " } else { "" };
        Self {
            line_number: text[..line_start].matches('\n').count() + 1,
            column: column + 1,
            line: part(
                &visible(&masked(&text[..line_start], line)),
                stretch.clone(),
            ),
            indent: gap
                .chars()
                .chain(before.chars().skip(stretch.start).map(blank))
                .collect(),
            caret: "^".repeat(width.min(stretch.end.saturating_sub(column)).max(1)),
        }
    }
}

/// The characters of a line that are shown: all of them, or those around a column.
fn stretch(length: usize, column: usize) -> Range<usize> {
    if length <= LINE_MAX {
        return 0..length;
    }
    let start = column.saturating_sub(LINE_MAX / 4);
    start..length.min(start + LINE_MAX)
}

/// A stretch of a text, with an ellipsis where something is left out.
fn part(text: &str, stretch: Range<usize>) -> String {
    let is_cut = stretch.end < text.chars().count();
    let before = if stretch.start > 0 { "…" } else { "" };
    let after = if is_cut { "…" } else { "" };
    let shown = text.chars().skip(stretch.start).take(stretch.len());
    before.chars().chain(shown).chain(after.chars()).collect()
}

/// What is wrong, in a text that can be read.
fn told(text: &str) -> String {
    part(&visible(text), 0..TEXT_MAX)
}

/// A line with stars for the user, password and query of its URLs (RFC 3986, sections 3.2.1 and
/// 3.4), as many as there were characters, so that the caret stays where it belongs.
fn without_secrets(line: &str) -> String {
    let stars = |hidden: &str| "*".repeat(hidden.chars().count());
    let mut parts = line.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['"', '\'', '`', ' ', '\t']).unwrap_or(part.len());
        let (url, after) = part.split_at(end);
        let (place, query) = url.split_at(url.find('?').unwrap_or(url.len()));
        let authority = place.find(['/', '#']).unwrap_or(place.len());
        let at = place[..authority].rfind('@').unwrap_or_default();
        shown += "://";
        shown += &stars(&place[..at]);
        shown += &place[at..];
        if let Some(query) = query.strip_prefix('?') {
            shown.push('?');
            shown += &stars(query);
        }
        shown += after;
    }
    shown
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len()))
        .rev()
        .find(|&byte| text.is_char_boundary(byte))
        .unwrap_or(0)
}

/// A line as it may be shown: without a password or a query in a URL, without a token, and without the
/// control characters that could move a terminal's cursor.
pub(in crate::scenario) fn visible(line: &str) -> String {
    let line = without_secrets(line);
    without_tokens(&line, |bytes| "*".repeat(bytes))
        .into_owned()
        .chars()
        .map(|c| if c.is_control() && c != '\t' { '?' } else { c })
        .collect()
}
