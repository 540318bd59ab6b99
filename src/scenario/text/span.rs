//! Where something stands in the sources of a scenario.

use std::ops::{Range, RangeInclusive};

/// A stretch of one source, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::scenario) struct Span {
    /// 0 is the file; the others are overrides, in their order.
    pub(in crate::scenario) source: usize,
    pub(in crate::scenario) start: usize,
    pub(in crate::scenario) end: usize,
}

impl Span {
    /// These bytes of a source.
    pub(in crate::scenario) const fn new(source: usize, bytes: Range<usize>) -> Self {
        Self {
            source,
            start: bytes.start,
            end: bytes.end,
        }
    }

    /// Of two places that contradict each other, the one that was given last: on the command line
    /// rather than in the file. This one, where both stand in one source.
    pub(in crate::scenario) const fn or_later(self, other: Self) -> Self {
        if other.source > self.source {
            other
        } else {
            self
        }
    }

    /// Whether the other lies within it.
    pub(super) const fn holds(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// The bytes of the lines that a span touches, with the end of the last.
pub(super) fn lines_of(text: &str, span: Span) -> RangeInclusive<usize> {
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[end..]
        .find('\n')
        .map_or(text.len(), |newline| end + newline);
    line_start..=line_end
}

/// The nearest character boundary at or before a byte.
pub(super) fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len()))
        .rev()
        .find(|&byte| text.is_char_boundary(byte))
        .unwrap_or(0)
}
