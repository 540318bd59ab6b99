//! The sign and the colour of a severity on the page.

use crate::report::content::severity::Severity;

/// Its name in the style sheet.
pub(super) fn class(severity: Severity) -> &'static str {
    severity.into()
}

/// Its sign, so that colour is never the only one.
pub(super) const fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Bad => "✕ ",
        Severity::Good => "✓ ",
        Severity::Neutral => "",
        Severity::Warning => "! ",
    }
}
