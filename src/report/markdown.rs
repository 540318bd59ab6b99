//! A report as GitHub-flavoured Markdown, for a job summary or a pull request.
//!
//! Kept under 30 KB, so that it also fits a comment: every list has a limit, and sections are left
//! out where there are too many.

mod escape;

use self::escape::text;
use super::content;
use super::content::capital::capital;
use super::content::document::{Block, Document, Fact, Section};
use super::content::importance::Importance;
use super::content::joined::joined;
use super::content::numbers::share;
use super::content::severity::Severity;
use super::content::table::{Cell, ColumnKind, Row, Table};
use super::sanitize::sanitized;
use crate::summary::{Comparison, SearchSummary, Summary};

/// Rows of a table whose length the run decides.
const ROWS_MAX: usize = 40;

/// Items of a list whose length the run decides.
const ITEMS_MAX: usize = 20;

/// Bytes of all sections together.
const BYTES_MAX: usize = 24_000;

/// Writes `summary.md`.
pub(super) fn render(summary: &Summary) -> Vec<u8> {
    markdown(&content::of_run(&sanitized(summary)))
}

/// Writes `comparison.md`.
pub(super) fn comparison(comparison: &Comparison) -> Vec<u8> {
    markdown(&content::comparison::of(&sanitized(comparison)))
}

/// Writes `search.md`.
pub(super) fn search(search: &SearchSummary) -> Vec<u8> {
    markdown(&content::search::of(&sanitized(search)))
}

fn markdown(document: &Document) -> Vec<u8> {
    let words = document.status_lines.iter().map(|one| one.word.as_str());
    let words = joined(words, ", ").unwrap_or_default();
    let mut blocks = vec![format!("## {}: {words}", text(&document.title))];
    blocks.extend(document.sentences.iter().map(|sentence| {
        let text = text(&sentence.text);
        if sentence.is_main {
            format!("**{text}**")
        } else {
            text
        }
    }));
    let status_lines = document.status_lines.iter();
    let status_lines =
        status_lines.map(|one| format!("**{}**: {}", capital(&one.word), text(&one.detail)));
    let others = document.reasons.iter().chain(&document.notes);
    blocks.push(items(status_lines.chain(others.map(|item| text(item)))));
    let mut room = BYTES_MAX;
    let mut left_out = 0;
    for section in &document.sections {
        let written = self::section(section);
        match room.checked_sub(written.len()) {
            Some(rest) => {
                room = rest;
                blocks.push(written);
            }
            None => left_out += 1,
        }
    }
    if left_out > 0 {
        blocks.push("More is in the HTML report.".to_owned());
    }
    blocks.push(footer(document));
    blocks.retain(|block| !block.is_empty());
    format!("{}\n", blocks.join("\n\n")).into_bytes()
}

/// The first items of a list.
fn items(items: impl Iterator<Item = String>) -> String {
    let items = items.take(ITEMS_MAX).map(|item| format!("- {item}"));
    items.collect::<Vec<_>>().join("\n")
}

/// A section, folded where it is a detail; nothing where it is for the page alone.
fn section(section: &Section) -> String {
    let has_room = |block: &&Block| match block {
        Block::Table(table) => table.importance < Importance::Reference,
        Block::Facts(_) | Block::Text(_) => true,
    };
    let shown: Vec<_> = section.blocks.iter().filter(has_room).collect();
    let tables = shown
        .iter()
        .filter(|block| matches!(block, Block::Table(_)));
    let has_several = tables.count() > 1;
    let intro = section.intro.iter().map(|intro| text(intro));
    let blocks = shown.into_iter().map(|block| match block {
        Block::Facts(facts) => format!("{}: {}.", facts.label, text(&facts.words())),
        Block::Table(one) if has_several => format!("**{}**\n\n{}", text(&one.name), table(one)),
        Block::Table(one) => table(one),
        Block::Text(said) => text(said),
    });
    let body = intro.chain(blocks).collect::<Vec<_>>().join("\n\n");
    let title = text(&section.title);
    match section.importance {
        _ if section.blocks.is_empty() => String::new(),
        Importance::Essential => format!("### {title}\n\n{body}"),
        Importance::Detail => {
            format!("<details><summary>{title}</summary>\n\n{body}\n\n</details>")
        }
        Importance::Reference => String::new(),
    }
}

fn table(table: &Table) -> String {
    let is_shown: Vec<bool> = table
        .columns
        .iter()
        .map(|column| column.importance < Importance::Reference)
        .collect();
    let line = |cells: Vec<String>| {
        let cells = cells.into_iter().zip(&is_shown);
        let cells = cells.filter(|(_, shown)| **shown).map(|(cell, _)| cell);
        format!("| {} |", joined(cells, " | ").unwrap_or_default())
    };
    let columns = table.columns.iter();
    let head = columns.clone().map(|column| text(&column.name)).collect();
    let rule = columns.map(|column| match column.kind {
        ColumnKind::Number => "---:".to_owned(),
        ColumnKind::Text | ColumnKind::Wrapped => "---".to_owned(),
    });
    let rows = table.rows.iter().take(ROWS_MAX).map(|one| line(row(one)));
    let lines = [line(head), line(rule.collect())].into_iter().chain(rows);
    lines.collect::<Vec<_>>().join("\n")
}

fn row(row: &Row) -> Vec<String> {
    let cells = row.cells.iter().map(|cell| match cell {
        Cell::Parts { title, .. } => text(title),
        Cell::Share(fraction) => share(*fraction),
        Cell::Text(said) if row.is_total && !said.is_empty() => format!("**{}**", text(said)),
        Cell::Text(said) => text(said),
        Cell::Verdict(Severity::Bad, word) => format!("**{word}**"),
        Cell::Link { word, .. } | Cell::Verdict(_, word) => (*word).to_owned(),
    });
    cells.collect()
}

/// What was run, and where the figures come from.
fn footer(document: &Document) -> String {
    let facts = document.facts.iter().map(Fact::words);
    let version = format!("leadbench {}", document.version);
    let mut parts = document.subtitle.clone();
    parts.extend(
        facts
            .chain(document.origin.iter().cloned())
            .chain([version]),
    );
    format!("{}.", text(&capital(&parts.join(", "))))
}
