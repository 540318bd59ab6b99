//! A line of a source as a problem shows it: the part around a column, a caret, and no secret.

use std::ops::Range;

use super::masked::masked;
use super::span::{Span, floor, lines_of};
use crate::secret::without_tokens;

/// Characters shown of a line; a longer line hides the caret.
const LINE_MAX: usize = 160;

/// Where a span begins, as people count: from 1, in characters.
pub(super) struct Place {
    pub(super) line_number: usize,
    pub(super) column: usize,
    pub(super) line: String,
    /// What stands before the caret: blanks, with tabs where the line has them.
    pub(super) indent: String,
    pub(super) caret: String,
}

impl Place {
    pub(super) fn find(text: &str, span: Span) -> Self {
        let start = floor(text, span.start);
        let of_start = Span::new(span.source, start..start);
        let (line_start, line_end) = lines_of(text, of_start).into_inner();
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
pub(super) fn part(text: &str, stretch: Range<usize>) -> String {
    let is_cut = stretch.end < text.chars().count();
    let before = if stretch.start > 0 { "…" } else { "" };
    let after = if is_cut { "…" } else { "" };
    let shown = text.chars().skip(stretch.start).take(stretch.len());
    before.chars().chain(shown).chain(after.chars()).collect()
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
