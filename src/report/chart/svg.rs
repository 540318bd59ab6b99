//! The few pieces of SVG that all charts share.

use crate::report::content::numbers::trimmed;

/// Escapes text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A number with one decimal, none where it is 0: half of a large path is digits.
pub(super) fn number(value: f64) -> String {
    trimmed(value, 1)
}

/// A place between 0 and 1 as a percentage.
pub(super) fn percent(place: f64) -> String {
    format!("{}%", trimmed(place * 100.0, 2))
}

/// Opens a picture with its name and description, for those who cannot see it.
pub(super) fn open(class: &str, height: f64, title: &str, desc: &str) -> String {
    format!(
        r#"<svg class="{class}" role="img" width="100%" height="{}"><title>{}</title><desc>{}</desc>"#,
        number(height),
        escape(title),
        escape(desc)
    )
}
