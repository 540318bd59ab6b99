//! `summary.json`, `comparison.json` and `search.json`: the data itself, for machines and for rendering again.

use serde::Serialize;

use super::error::ReportError;

/// Writes pretty JSON with a newline at its end.
pub(super) fn render(data: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(data)?;
    bytes.push(b'\n');
    Ok(bytes)
}
