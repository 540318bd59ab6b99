//! The frame of a chart: axes, grid and what lies within.

use super::scale::Scale;
use super::shape::{Band, Cells, Limit, Line, Readout, Shade, WIDTH};
use super::svg::{escape, number, open, percent};

/// Room above the plot for the name of the y axis and the readout.
pub(super) const TOP: f64 = 24.0;

/// Room below the plot for the figures and the name of the x axis.
const BOTTOM: f64 = 42.0;

/// One side of the frame.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    /// What is measured along it.
    pub(crate) name: &'static str,
    /// How its values are written.
    pub(crate) label: fn(f64) -> String,
}

/// A chart of values over x.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) desc: String,
    /// The plot's height in pixels.
    pub(crate) height: f64,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) shades: Vec<Shade>,
    pub(crate) cells: Vec<Cells>,
    pub(crate) bands: Vec<Band>,
    pub(crate) lines: Vec<Line>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) readouts: Vec<Readout>,
}

impl Chart {
    /// Draws the chart.
    pub(crate) fn svg(&self) -> String {
        let mut parts = vec![open(
            "chart",
            TOP + self.height + BOTTOM,
            &self.title,
            &self.desc,
        )];
        parts.extend(self.shades.iter().map(|shade| shade.svg(self)));
        parts.extend(self.y_axis());
        parts.extend(self.x_axis());
        parts.push(format!(
            r#"<svg class="plot" aria-hidden="true" y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">"#,
            number(TOP),
            number(self.height),
            number(WIDTH),
            number(self.height)
        ));
        parts.extend(self.cells.iter().map(|cells| cells.svg(self)));
        parts.extend(self.bands.iter().map(|band| band.svg(self)));
        parts.extend(self.lines.iter().map(|line| line.svg(self)));
        parts.push("</svg>".to_owned());
        parts.extend(self.limits.iter().map(|limit| limit.svg(self)));
        parts.extend(self.readouts.iter().map(|readout| readout.svg(self)));
        parts.push("</svg>".to_owned());
        parts.concat()
    }

    /// The height of a value in pixels of the picture.
    pub(super) fn y_pixel(&self, value: f64) -> f64 {
        TOP + (1.0 - self.y.scale.place(value)) * self.height
    }

    /// A point in the plot's own coordinates.
    pub(super) fn point(&self, x: f64, y: f64) -> String {
        format!(
            "{} {}",
            number(self.x.scale.place(x) * WIDTH),
            number((1.0 - self.y.scale.place(y)) * self.height)
        )
    }

    fn y_axis(&self) -> Vec<String> {
        let mut parts = vec![format!(
            r#"<text class="axis" x="0" y="12">{}</text>"#,
            escape(self.y.name)
        )];
        for tick in self.y.scale.ticks() {
            let y = number(self.y_pixel(tick));
            parts.push(format!(
                r#"<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/><text class="tick" x="-8" y="{y}" dy="4" text-anchor="end">{}</text>"#,
                escape(&(self.y.label)(tick))
            ));
        }
        parts
    }

    fn x_axis(&self) -> Vec<String> {
        let base = TOP + self.height;
        let mut parts = vec![format!(
            r#"<text class="axis" x="100%" y="{}" text-anchor="end">{}</text>"#,
            number(base + 36.0),
            escape(self.x.name)
        )];
        for (index, tick) in self.x.scale.ticks().into_iter().enumerate() {
            let x = percent(self.x.scale.place(tick));
            // Every second figure goes where the page is narrow.
            let class = if index % 2 == 1 { "tick odd" } else { "tick" };
            parts.push(format!(
                r#"<line class="mark" x1="{x}" x2="{x}" y1="{}" y2="{}"/><text class="{class}" x="{x}" y="{}" text-anchor="middle">{}</text>"#,
                number(base),
                number(base + 4.0),
                number(base + 18.0),
                escape(&(self.x.label)(tick))
            ));
        }
        parts
    }
}
