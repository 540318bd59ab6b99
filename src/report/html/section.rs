//! Sections as markup.

use serde::Serialize;

use super::pages::Pages;
use super::table;
use crate::report::content::capital::capital;
use crate::report::content::document::{Block, Facts, Layout, Section};
use crate::report::content::importance::Importance;
use crate::report::error::ReportError;

/// A section as the page has it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SectionView {
    id: String,
    title: String,
    intro: Option<String>,
    /// Markup that this room made.
    body: String,
}

impl SectionView {
    /// The section with its charts; empty if it is empty.
    pub(super) fn new(
        pages: &Pages<'_>,
        section: &Section,
        charts: &str,
    ) -> Result<Option<Self>, ReportError> {
        let (before, after) = blocks(pages, &section.blocks)?;
        let body = before + charts + &after;
        let is_empty = body.is_empty() && section.intro.is_none();
        Ok((!is_empty).then(|| Self {
            id: section.id.to_string(),
            title: section.title.clone(),
            intro: section.intro.clone(),
            body,
        }))
    }
}

/// Blocks as markup: what comes before the charts, and the tables of reference after them.
pub(super) fn blocks(pages: &Pages<'_>, blocks: &[Block]) -> Result<(String, String), ReportError> {
    let is_table = |block: &Block| matches!(block, Block::Table(_));
    let has_caption = blocks.iter().filter(|block| is_table(block)).count() > 1;
    let is_reference = |block: &Block| matches!(block, Block::Table(table) if table.importance == Importance::Reference);
    let reference = blocks.iter().position(is_reference).unwrap_or(blocks.len());
    let (before, after) = blocks.split_at(reference);
    let markup = |blocks: &[Block]| -> Result<String, ReportError> {
        blocks
            .iter()
            .map(|block| match block {
                Block::Facts(list) => facts(pages, list),
                Block::Table(one) => table::markup(pages, one, has_caption),
                Block::Text(text) => pages.render("text.html", &TextView { text }),
            })
            .collect()
    };
    Ok((markup(before)?, markup(after)?))
}

#[derive(Serialize)]
struct TextView<'text> {
    text: &'text str,
}

fn facts(pages: &Pages<'_>, list: &Facts) -> Result<String, ReportError> {
    #[derive(Serialize)]
    struct FactsView<'facts> {
        long: bool,
        facts: Vec<FactView<'facts>>,
    }
    #[derive(Serialize)]
    struct FactView<'facts> {
        name: String,
        value: &'facts str,
    }
    pages.render(
        "facts.html",
        &FactsView {
            long: list.layout == Layout::Lines,
            facts: list
                .entries
                .iter()
                .map(|fact| FactView {
                    name: capital(fact.name),
                    value: &fact.value,
                })
                .collect(),
        },
    )
}
