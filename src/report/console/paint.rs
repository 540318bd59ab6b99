//! The few styles of the terminal.

use anstyle::{AnsiColor, Style};

use crate::report::verdict::Mood;

/// What must be seen first.
pub(super) const BOLD: Style = Style::new().bold();
/// What may be overlooked.
pub(super) const FAINT: Style = Style::new().dimmed();

/// Wraps a text in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Wraps a text in the colour of its mood; the text itself must say it too.
pub(super) fn mood(mood: Mood, text: &str) -> String {
    let colour = match mood {
        Mood::Bad => AnsiColor::Red,
        Mood::Good => AnsiColor::Green,
        Mood::Mixed => AnsiColor::Yellow,
        Mood::Plain => return paint(BOLD, text),
    };
    paint(BOLD.fg_color(Some(colour.into())), text)
}
