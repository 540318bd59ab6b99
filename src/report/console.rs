//! A report on a terminal, at most 100 columns wide.
//!
//! The first lines answer the question; the rest is there to be looked up. Colour goes
//! with a word, never instead of one, so nothing is lost where it is stripped.

mod paint;
mod table;
mod wrap;

use self::paint::{BOLD, FAINT, paint, severity};
use self::wrap::{WIDTH, indented, labelled, wrapped};
use super::content::document::{Block, Document, Section};
use super::content::importance::Importance;
use super::content::{self, numbers::grouped};
use super::sanitize::sanitized;
use crate::summary::{Comparison, History, SearchSummary, Summary};
use crate::units::count;

/// Items of a list whose length the run decides.
const ITEMS_MAX: usize = 16;

/// How much is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detail {
    /// The answer, and what a reader needs to believe it: a screen.
    Brief,
    /// All of it.
    Verbose,
}

/// Renders the summary for a terminal, styled; the caller strips where unwanted.
pub fn console(summary: &Summary, detail: Detail) -> String {
    let document = content::of_run(&sanitized(summary));
    match detail {
        Detail::Brief => text(&document, Importance::Essential),
        Detail::Verbose => text(&document, Importance::Detail),
    }
}

/// Renders a comparison for a terminal, styled; the caller strips where unwanted.
pub fn comparison(comparison: &Comparison) -> String {
    let document = content::comparison::of(&sanitized(comparison));
    text(&document, Importance::Essential)
}

/// Renders a history for a terminal, styled; the caller strips where unwanted.
pub fn history(history: &History) -> String {
    let document = content::history::of(&sanitized(history));
    text(&document, Importance::Essential)
}

/// Renders a search for a terminal, styled; the caller strips where unwanted.
pub fn search(search: &SearchSummary) -> String {
    let document = content::search::of(&sanitized(search));
    text(&document, Importance::Essential)
}

fn text(document: &Document, shown: Importance) -> String {
    let sections = document.sections.iter();
    let sections = sections.filter(|section| section.importance <= shown);
    let notes = limited(&document.notes, |note| labelled("Note", note));
    let blocks = [head(document), sentences(document), notes];
    let blocks = blocks
        .into_iter()
        .chain(sections.map(|one| section(one, shown)));
    let blocks: Vec<_> = blocks.filter(|block| !block.is_empty()).collect();
    format!("{}\n", blocks.join("\n\n"))
}

/// What it is about, the status lines and the reasons.
fn head(document: &Document) -> String {
    let subtitle = document.subtitle.join("  ");
    let title = &document.title;
    let fits = title.chars().count() + subtitle.chars().count() < WIDTH;
    let gap = if fits || subtitle.is_empty() {
        "  "
    } else {
        "\n"
    };
    let line = format!("{}{gap}{}", paint(BOLD, title), wrapped(&subtitle));
    let mut lines = vec![line.trim_end().to_owned()];
    for fact in &document.facts {
        let name = paint(FAINT, &format!("{:<9}", fact.name));
        lines.push(format!("{name}  {}", wrapped(&fact.value)));
    }
    for line in &document.status_lines {
        let text = wrapped(&format!("{}  {}", line.word, line.detail));
        let word = severity(line.severity, &line.word);
        lines.push(text.replacen(&line.word, &word, 1));
    }
    let reasons = limited(&document.reasons, indented);
    lines.extend((!reasons.is_empty()).then_some(reasons));
    lines.join("\n")
}

fn sentences(document: &Document) -> String {
    let lines = document.sentences.iter().map(|sentence| {
        use super::content::severity::Severity::Neutral;
        let text = wrapped(&sentence.text);
        match sentence.severity {
            Neutral if !sentence.is_main => text,
            any => severity(any, &text),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first items of a list, and how many more there are.
fn limited(items: &[String], line: impl Fn(&str) -> String) -> String {
    let shown = items.iter().take(ITEMS_MAX).map(|item| line(item));
    let left = items.len().saturating_sub(ITEMS_MAX);
    let left = (left > 0).then(|| format!("  and {} more in the report", grouped(count(left))));
    shown.chain(left).collect::<Vec<_>>().join("\n")
}

fn section(section: &Section, shown: Importance) -> String {
    let mut lines = Vec::new();
    if let Some(Block::Text(_)) = section.blocks.first() {
        lines.push(paint(BOLD, &section.title));
    }
    for block in &section.blocks {
        match block {
            Block::Facts(facts) => lines.push(labelled(facts.label, &facts.words())),
            Block::Table(table) if table.importance > shown => {}
            Block::Table(table) => {
                // Tables stand apart from what is above them.
                lines.extend((!lines.is_empty()).then(String::new));
                lines.push(table::text(table, shown));
            }
            Block::Text(text) => lines.push(wrapped(text)),
        }
    }
    lines.join("\n")
}
