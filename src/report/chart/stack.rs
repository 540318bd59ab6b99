//! Bars made of parts.

use super::svg::{escape, number, open, percent};
use crate::report::content::numbers::whole_share;

/// Height of a bar and of its caption above it, and the gap to the next.
const BAR: f64 = 30.0;
const CAPTION: f64 = 22.0;
const GAP: f64 = 18.0;

/// Height of the bar of a small waterfall.
const SMALL: f64 = 14.0;

/// The width a letter needs, in percent of the narrowest bar we draw (330 pixels).
const LETTER: f64 = 2.0;

/// One part of a bar.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    /// Its colour and pattern in the style sheet.
    pub(crate) class: &'static str,
    /// Its share of the bar's full length, 0 to 1.
    pub(crate) share: f64,
    /// What the pointer shows.
    pub(crate) detail: String,
}

/// A bar with a caption.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) name: &'static str,
    pub(crate) total: String,
    pub(crate) segments: Vec<Segment>,
}

/// Bars of full length under one another, so that shares compare.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) title: String,
    pub(crate) desc: String,
    pub(crate) bars: Vec<Bar>,
}

impl Stack {
    /// Draws the bars.
    pub(crate) fn svg(&self) -> String {
        let pitch = CAPTION + BAR + GAP;
        let rows = self.bars.iter().map(|_| pitch).sum::<f64>();
        let mut parts = vec![open("stack", rows - GAP, &self.title, &self.desc)];
        parts.push(PATTERNS.to_owned());
        let mut y = 0.0;
        for bar in &self.bars {
            parts.push(format!(
                r#"<text class="bar-name" x="0" y="{0}">{1}</text><text class="bar-total" x="100%" y="{0}" text-anchor="end">{2}</text>"#,
                number(y + 14.0),
                escape(bar.name),
                escape(&bar.total)
            ));
            parts.push(segments(&bar.segments, y + CAPTION, BAR, true));
            y += pitch;
        }
        parts.push("</svg>".to_owned());
        parts.concat()
    }
}

/// One small bar, its parts one after the other.
pub(crate) fn waterfall(title: &str, desc: &str, parts: &[Segment]) -> String {
    format!(
        "{}{}</svg>",
        open("waterfall", SMALL, title, desc),
        segments(parts, 0.0, SMALL, false)
    )
}

fn segments(parts: &[Segment], y: f64, height: f64, named: bool) -> String {
    let mut svg = Vec::new();
    let mut x = 0.0;
    for part in parts.iter().filter(|part| part.share > 0.0) {
        svg.push(format!(
            r#"<rect class="part {}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>"#,
            part.class,
            percent(x),
            number(y),
            percent(part.share),
            number(height),
            escape(&part.detail)
        ));
        if named {
            svg.extend(label(part, x, y + height / 2.0));
        }
        x += part.share;
    }
    svg.concat()
}

/// Writes the share into the bar, with the part's name where there is room for it.
fn label(part: &Segment, x: f64, middle: f64) -> Option<String> {
    let percentage = whole_share(part.share);
    let full = format!("{} {percentage}", part.name);
    let fits = |text: &str| part.share * 100.0 >= length(text) * LETTER + 2.0;
    let text = [full, percentage].into_iter().find(|text| fits(text))?;
    Some(format!(
        r#"<text class="in {}" x="{}" y="{}" dy="4.5" text-anchor="middle">{}</text>"#,
        part.class,
        percent(x + part.share / 2.0),
        number(middle),
        escape(&text)
    ))
}

fn length(text: &str) -> f64 {
    crate::units::float(text.chars().count())
}

/// Patterns beside the colours, so that parts differ without colour too.
const PATTERNS: &str = concat!(
    r#"<defs>"#,
    r#"<pattern id="p-lag" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="f-lag" width="6" height="6"/><line class="ink" x1="0" y1="0" x2="0" y2="6"/></pattern>"#,
    r#"<pattern id="p-queue" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="f-queue" width="6" height="6"/><circle class="spot" cx="3" cy="3" r="1.2"/></pattern>"#,
    r#"<pattern id="p-retry" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="f-retry" width="6" height="6"/><line class="ink" x1="0" y1="3" x2="6" y2="3"/></pattern>"#,
    r#"<pattern id="p-signwait" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="f-sign" width="6" height="6"/><line class="ink" x1="0" y1="0" x2="0" y2="6"/></pattern>"#,
    r#"<pattern id="p-wire" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="f-wire" width="6" height="6"/><line class="ink" x1="0" y1="3" x2="6" y2="3"/></pattern>"#,
    r#"<pattern id="p-pickup" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-pickup" width="8" height="8"/><circle class="spot" cx="2" cy="2" r="1.4"/><circle class="spot" cx="6" cy="6" r="1.4"/></pattern>"#,
    r#"<pattern id="p-conn" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="f-conn" width="6" height="6"/><line class="ink" x1="3" y1="0" x2="3" y2="6"/></pattern>"#,
    r#"</defs>"#
);
