//! The few styles of the terminal.

use anstyle::{AnsiColor, Style};

use crate::report::content::severity::Severity;

/// What must be seen first.
pub(super) const BOLD: Style = Style::new().bold();
/// What may be overlooked.
pub(super) const FAINT: Style = Style::new().dimmed();

/// Wraps a text in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Wraps a text in the colour of its severity; the text itself must say it too.
pub(super) fn severity(severity: Severity, text: &str) -> String {
    let colour = match severity {
        Severity::Bad => AnsiColor::Red,
        Severity::Good => AnsiColor::Green,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Neutral => return paint(BOLD, text),
    };
    paint(BOLD.fg_color(Some(colour.into())), text)
}
