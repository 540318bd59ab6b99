//! Running text in lines.

use super::paint::{BOLD, paint};

/// Columns that running text is broken at.
pub(super) const WIDTH: usize = 88;

/// Breaks running text at spaces, but not between a number and its `%`.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.replace(" %", "\u{a0}%").split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n").replace("\u{a0}%", " %")
}

/// Running text set in by two columns.
pub(super) fn indented(text: &str) -> String {
    format!("  {}", wrapped(text).replace('\n', "\n  "))
}

/// A bold name and running text beside it, the further lines set in.
pub(super) fn labelled(name: &str, text: &str) -> String {
    let line = wrapped(&format!("{name:<10}{text}"));
    let line = line.replace('\n', &format!("\n{:10}", ""));
    line.replacen(name, &paint(BOLD, name), 1)
}
