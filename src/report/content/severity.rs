//! How good or bad something is; each format has its own sign and colour for it.

/// How good or bad something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Severity {
    /// Something is wrong.
    Bad,
    /// All is well.
    Good,
    /// Nothing to judge.
    Neutral,
    /// Something needs care.
    Warning,
}
