//! Which formats have room for a section, a table or a column.

/// How much of a report a format shows: a brief console only the essential, the page all.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Importance {
    /// In every format.
    #[default]
    Essential,
    /// Not in the brief console, and folded in Markdown.
    Detail,
    /// On the page alone.
    Reference,
}
