//! Gathers what is wrong while a scenario is read.

use std::borrow::Cow;
use std::cell::RefCell;

use super::problem::{Hidden, Problem, Problems, Sort, SourceText};
use super::span::{Span, lines_of};
use crate::secret::Secrets;

/// Gathers problems while a scenario is read.
#[derive(Debug)]
pub(in crate::scenario) struct Complaints {
    sources: Vec<SourceText>,
    problems: RefCell<Vec<Problem>>,
    hidden: RefCell<Hidden>,
    /// Where a value stands that could not be had, and of which nothing more is said.
    unknown: RefCell<Vec<Span>>,
}

impl Complaints {
    pub(in crate::scenario) fn new(name: &str, text: &str) -> Self {
        Self {
            sources: vec![SourceText {
                name: name.to_owned(),
                text: text.to_owned(),
            }],
            problems: RefCell::default(),
            hidden: RefCell::default(),
            unknown: RefCell::default(),
        }
    }

    /// Adds a source beside the file and gives its number.
    pub(in crate::scenario) fn add_source(&mut self, name: String, text: String) -> usize {
        self.sources.push(SourceText { name, text });
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

    /// Complains of something that is wrong.
    pub(in crate::scenario) fn add(&self, span: Span, message: impl Into<Cow<'static, str>>) {
        self.push(Sort::Fault, span, message.into(), None);
    }

    /// Complains of something that is wrong, and says what to do next.
    pub(in crate::scenario) fn advise(
        &self,
        span: Span,
        message: impl Into<Cow<'static, str>>,
        hint: impl Into<Cow<'static, str>>,
    ) {
        self.push(Sort::Fault, span, message.into(), Some(hint.into()));
    }

    /// The same where it may not be known what to do next.
    pub(in crate::scenario) fn advise_if_any(
        &self,
        span: Span,
        message: impl Into<Cow<'static, str>>,
        hint: Option<String>,
    ) {
        self.push(Sort::Fault, span, message.into(), hint.map(Cow::Owned));
    }

    /// Complains of a value that could not be had from outside, and from now on of nothing else that
    /// is wrong with it.
    pub(in crate::scenario) fn unknown(&self, span: Span, message: String, hint: String) {
        self.advise(span, message, hint);
        self.unknown.borrow_mut().push(span);
    }

    /// Complains of something that is missing, and says what to add.
    pub(in crate::scenario) fn lack(
        &self,
        span: Span,
        message: impl Into<Cow<'static, str>>,
        hint: impl Into<Cow<'static, str>>,
    ) {
        self.push(Sort::Lack, span, message.into(), Some(hint.into()));
    }

    /// Complains of text that is not TOML.
    pub(super) fn syntax(&self, span: Span, message: String, hint: Option<String>) {
        self.push(Sort::Syntax, span, message.into(), hint.map(Cow::Owned));
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

    /// Whether something within the span has been complained of.
    pub(in crate::scenario) fn has_within(&self, span: Span) -> bool {
        let problems = self.problems.borrow();
        problems.iter().any(|problem| span.holds(problem.span))
    }

    /// Complains in place of everything that was complained of within the span.
    pub(in crate::scenario) fn replace(&self, span: Span, message: String, hint: String) {
        let mut problems = self.problems.borrow_mut();
        problems.retain(|problem| problem.sort == Sort::Syntax || !span.holds(problem.span));
        drop(problems);
        self.advise(span, message, hint);
    }

    fn push(
        &self,
        sort: Sort,
        span: Span,
        message: Cow<'static, str>,
        hint: Option<Cow<'static, str>>,
    ) {
        if self.unknown.borrow().contains(&span) {
            return;
        }
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
fn forget_consequences(problems: &mut Vec<Problem>, sources: &[SourceText]) {
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
