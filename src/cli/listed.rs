//! Long lists in messages.

/// The first items of a list, and how many more there are.
pub(super) fn first_of(items: &[String], most: usize, separator: &str) -> String {
    let shown = items.iter().take(most).cloned();
    let more = items.len().checked_sub(most).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().join(separator)
}
