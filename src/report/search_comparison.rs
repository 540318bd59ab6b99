//! A comparison of two sides' searches: as JSON, and for the terminal.

use super::error::ReportError;
use super::{json, sanitize};
use crate::summary::{SearchComparison, SearchSide};

/// A comparison of searches as JSON.
///
/// # Errors
///
/// None that a comparison could cause.
pub fn json(comparison: &SearchComparison) -> Result<Vec<u8>, ReportError> {
    json::render(comparison)
}

/// A comparison of searches for the terminal.
pub fn console(comparison: &SearchComparison) -> String {
    let comparison = sanitize::sanitized(comparison);
    let head = format!(
        "{}  capacity of {} compared with {}",
        comparison.scenario,
        commits(&comparison.candidate),
        commits(&comparison.baseline)
    );
    let reasons = comparison.advisory_reasons.iter();
    let reasons = reasons.map(|reason| format!("advisory: {reason}"));
    let notes = comparison.notes.iter().map(|note| format!("note: {note}"));
    let lines = [head, comparison.text.clone()].into_iter();
    let lines = lines.chain(reasons).chain(notes);
    lines.map(|line| line + "\n").collect()
}

fn commits(side: &SearchSide) -> String {
    if side.commits.is_empty() {
        "an unknown commit".to_owned()
    } else {
        side.commits.join(", ")
    }
}
