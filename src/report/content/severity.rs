//! How good or bad something is; each format has its own sign and colour for it.

use strum::IntoStaticStr;

/// How good or bad something is.
#[derive(Clone, Copy, Debug, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "lowercase")]
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
