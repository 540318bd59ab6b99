//! Texts with a form of their own, read by whoever knows it.

use std::fmt::Display;

use crate::scenario::table::keys::Maybe;
use crate::scenario::table::value::Text;
use crate::scenario::text::complaints::Complaints;

/// Reads the text of a key, or complains of it with what to write instead.
pub(super) fn parsed<T, E: Display, const MIN: usize, const MAX: usize>(
    key: &str,
    given: Maybe<Text<MIN, MAX>>,
    parse: impl FnOnce(&str) -> Result<T, E>,
    hint: &'static str,
    complaints: &Complaints,
) -> Option<T> {
    let given = given?;
    parse(&given.0)
        .map_err(|why| {
            let message = format!("`{key}`: {why}");
            complaints.advise(given.span, message, hint);
        })
        .ok()
}
