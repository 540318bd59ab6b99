//! Several words in one text.

use std::borrow::Borrow;

/// The items with the separator between them; `None` if there are none.
pub(crate) fn joined<S: Borrow<str>>(
    items: impl IntoIterator<Item = S>,
    separator: &str,
) -> Option<String> {
    let items: Vec<S> = items.into_iter().collect();
    (!items.is_empty()).then(|| items.join(separator))
}
