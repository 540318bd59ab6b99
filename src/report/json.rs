//! `summary.json`: the summary itself, for machines and for rendering again.

use super::error::ReportError;
use crate::summary::{Comparison, Summary};

/// Writes pretty JSON with a newline at its end.
pub(super) fn render(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(summary)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The same of a comparison, for `comparison.json`.
pub(super) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(comparison)?;
    bytes.push(b'\n');
    Ok(bytes)
}
