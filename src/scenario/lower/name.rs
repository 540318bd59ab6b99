//! Names that become a folder, a tag and a metric.

use crate::scenario::table::at::At;
use crate::scenario::table::value::Text;
use crate::scenario::text::complaints::Complaints;

/// What to do about a name that is not safe.
pub(super) const SAFE: &str = "use letters, digits, '-' and '_', and do not begin with '-'";

/// The name of the scenario; it becomes a folder, so it holds nothing that could lead elsewhere.
pub(super) fn of_scenario(name: At<Text<1, 64>>, complaints: &Complaints) -> Option<String> {
    let Text(text) = name.value;
    let is_safe = is_safe(&text);
    if !is_safe {
        let message = format!("`name`: {text:?} cannot be the name of the folder of its runs");
        complaints.advise(name.span, message, SAFE);
    }
    is_safe.then_some(text)
}

/// Whether a name can stand in a path, a tag and a metric.
pub(super) fn is_safe(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.starts_with('-') && name.chars().all(is_plain)
}
