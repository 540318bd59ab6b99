//! Single cells: texts that no spreadsheet computes, and values that may be absent.

use crate::report::sanitize::sanitized_text;

/// A text cell: sanitized, and with a leading quote where a spreadsheet would compute it.
pub fn text(value: &str) -> String {
    let text = sanitized_text(value);
    if is_formula(value) {
        format!("'{text}")
    } else {
        text
    }
}

/// Whether a spreadsheet would compute a cell.
pub fn is_formula(value: &str) -> bool {
    value.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell of something that may be absent.
pub(super) fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        for start in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(text(start).starts_with('\''), "{start:?}");
        }
        assert_eq!(text("converted-lead"), "converted-lead");
    }
}
