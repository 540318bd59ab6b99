//! The page around a document.

use serde::Serialize;

use super::pages::Pages;
use super::section::SectionView;
use super::severity::{class, mark};
use crate::report::content::capital::capital;
use crate::report::content::document::{Document, Fact, Section, Sentence, StatusLine};
use crate::report::error::ReportError;

/// The only script of a page: it moves a cursor over the charts, by pointer and keyboard. Without it the
/// page is whole.
const CURSOR: &str = include_str!("cursor.js");

/// Its hash, by which the page's own policy (Content Security Policy, level 3) lets it run. A test holds
/// it to the script.
const CURSOR_HASH: &str = "sha256-BRvVlUCra6uIZjoqwGZK3Elv7dmEwbwv3vElmH53a0s=";

/// Items of a list whose length the run decides.
const ITEMS_MAX: usize = 20;

/// What of a page is not its document.
#[derive(Default)]
pub(super) struct Surroundings {
    /// The figure that stands beside the headline; markup.
    pub(super) first_figure: String,
    /// What the page can be used for besides reading; markup.
    pub(super) footer: &'static str,
    /// The elements that hold its data; markup.
    pub(super) data: String,
}

#[derive(Serialize)]
struct Page<'document> {
    document_title: &'document str,
    version: &'document str,
    first_sentence: &'document str,
    subtitle: String,
    facts: Vec<String>,
    origin: String,
    style: &'static str,
    script: &'static str,
    script_hash: &'static str,
    status_lines: Vec<StatusLineView<'document>>,
    reasons: Vec<&'document String>,
    sentences: Vec<SentenceView<'document>>,
    notes: Vec<&'document String>,
    first_figure: String,
    sections: Vec<SectionView>,
    footer: &'static str,
    data: String,
}

#[derive(Serialize)]
struct StatusLineView<'document> {
    class: &'static str,
    word: String,
    detail: &'document str,
}

#[derive(Serialize)]
struct SentenceView<'document> {
    class: &'static str,
    is_main: bool,
    text: &'document str,
}

/// Sets a document; its charts are markup for the id of a section.
pub(super) fn render(
    pages: &Pages<'_>,
    document: &Document,
    charts: impl Fn(&str) -> Result<String, ReportError>,
    surroundings: Surroundings,
) -> Result<Vec<u8>, ReportError> {
    let section = |section: &Section| {
        let charts = charts(&section.id)?;
        SectionView::new(pages, section, &charts)
    };
    let sections: Vec<_> = document
        .sections
        .iter()
        .map(section)
        .collect::<Result<_, _>>()?;
    let first = document.sentences.first();
    let page = Page {
        document_title: &document.title,
        version: &document.version,
        first_sentence: first.map_or("", |sentence| &sentence.text),
        subtitle: document.subtitle.join(" · "),
        facts: document.facts.iter().map(Fact::words).collect(),
        origin: document.origin.join(" · "),
        style: include_str!("style.css"),
        script: CURSOR,
        script_hash: CURSOR_HASH,
        status_lines: document.status_lines.iter().map(status_line).collect(),
        reasons: document.reasons.iter().take(ITEMS_MAX).collect(),
        sentences: document.sentences.iter().map(sentence).collect(),
        notes: document.notes.iter().take(ITEMS_MAX).collect(),
        first_figure: surroundings.first_figure,
        sections: sections.into_iter().flatten().collect(),
        footer: surroundings.footer,
        data: surroundings.data,
    };
    Ok(pages.render("page.html", &page)?.into_bytes())
}

fn status_line(line: &StatusLine) -> StatusLineView<'_> {
    let word = capital(&line.word.to_lowercase());
    StatusLineView {
        class: class(line.severity),
        word: format!("{}{word}", mark(line.severity)),
        detail: &line.detail,
    }
}

fn sentence(sentence: &Sentence) -> SentenceView<'_> {
    SentenceView {
        class: class(sentence.severity),
        is_main: sentence.is_main,
        text: &sentence.text,
    }
}
