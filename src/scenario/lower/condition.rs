//! The condition of a threshold: a string, or a table that also says whether it ends the run.

use crate::plan::Comparator;
use crate::scenario::table::value::{HOUR, Lasting, Single};
use crate::scenario::text::tree::{Entry, Node, Tree};
use crate::units::Nanos;

/// From when on a threshold may end a run, if the scenario does not say: the first seconds of a run
/// have few callouts, and those that open connections.
const ABORT_AFTER: Nanos = Nanos::from_secs(5);

/// The keys of the table.
const KEYS: [&str; 3] = [LIMIT, ABORT, AFTER];
const LIMIT: &str = "limit";
const ABORT: &str = "abort";
const AFTER: &str = "abort_after";

/// A condition as it is written.
pub(super) struct Condition<'e> {
    pub(super) comparison: Comparator,
    pub(super) limit: &'e str,
    /// From when on it may end the run, if it may.
    pub(super) abort_after: Option<Nanos>,
}

/// Whether a table stands for a condition, and not for a metric whose name lacks its quotes.
pub(super) fn is_table(node: &Node) -> bool {
    KEYS.iter().any(|key| node.get(key).is_some())
}

impl<'e> Condition<'e> {
    /// Reads `"< 250ms"` or `{ limit = "< 250ms", abort = true }`; `example` is a condition on a metric
    /// of this kind.
    pub(super) fn read(entry: &'e Entry, example: &str) -> Result<Self, String> {
        let Tree::Table(keys) = &entry.node.value else {
            return Self::of_text(&entry.node, example, None);
        };
        if let Some(other) = keys
            .iter()
            .find(|known| !KEYS.contains(&known.key.as_str()))
        {
            let known = KEYS.join("`, `");
            return Err(format!("has no key `{}`; it has `{known}`", other.key));
        }
        let Some(limit) = entry.node.get(LIMIT) else {
            return Err(format!(
                "lacks `{LIMIT}`; write {{ limit = {example:?}, abort = true }}"
            ));
        };
        let named = |key: &'static str| move |message| format!("`{key}` {message}");
        let aborts = entry.node.get(ABORT).map(bool::read).transpose();
        let aborts = aborts.map_err(named(ABORT))?.unwrap_or_default();
        let after = entry.node.get(AFTER).map(Lasting::<0, { 24 * HOUR }>::read);
        let after = after.transpose().map_err(named(AFTER))?.map(|span| span.0);
        match (aborts, after) {
            (false, Some(_)) => Err(format!("`{AFTER}` requires `{ABORT} = true`")),
            (false, None) => Self::of_text(limit, example, None),
            (true, after) => Self::of_text(limit, example, Some(after.unwrap_or(ABORT_AFTER))),
        }
    }

    /// Splits `"< 250ms"`.
    fn of_text(node: &'e Node, example: &str, abort_after: Option<Nanos>) -> Result<Self, String> {
        let Tree::String(text) = &node.value else {
            return Err(format!(
                "must be a string such as {example:?}, not {}",
                node.value.kind()
            ));
        };
        let text = text.trim();
        let (sign, limit) = text.split_at(text.find(|c| !"<>=".contains(c)).unwrap_or(text.len()));
        let comparison = Comparator::parse(sign)
            .ok_or_else(|| format!("{text:?} must begin with <, <=, > or >=, as in {example:?}"))?;
        Ok(Self {
            comparison,
            limit: limit.trim(),
            abort_after,
        })
    }
}
