//! The few pieces of SVG that all charts share.

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
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A place between 0 and 1 as a percentage.
pub(super) fn percent(place: f64) -> String {
    let text = format!("{:.2}", place * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}%")
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
