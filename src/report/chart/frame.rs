//! The frame of a chart: axes, grid and what lies within.

use super::marker::Marker;
use super::plot::{Plot, TOP, WIDTH};
use super::shape::{Band, Cells, Limit, Line, Readout, Shade};
use super::svg::{escape, number, open, percent};

/// Room below the plot for the figures and the name of the x axis.
const BOTTOM: f64 = 42.0;

/// A chart of values over x.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) desc: String,
    pub(crate) plot: Plot,
    /// Whether x is the time of the run: then it shares its cursor with others.
    pub(crate) is_over_time: bool,
    pub(crate) shades: Vec<Shade>,
    pub(crate) cells: Vec<Cells>,
    pub(crate) bands: Vec<Band>,
    pub(crate) lines: Vec<Line>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) readouts: Vec<Readout>,
}

impl Chart {
    /// A chart with nothing drawn yet.
    pub(crate) fn new(title: impl Into<String>, desc: String, plot: Plot) -> Self {
        Self {
            title: title.into(),
            desc,
            plot,
            is_over_time: false,
            shades: Vec::new(),
            cells: Vec::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            limits: Vec::new(),
            markers: Vec::new(),
            readouts: Vec::new(),
        }
    }

    /// Draws the chart.
    pub(crate) fn svg(&self) -> String {
        let plot = &self.plot;
        let height = TOP + plot.height + BOTTOM;
        let class = if self.is_over_time {
            "chart over-time"
        } else {
            "chart"
        };
        let mut parts = vec![open(class, height, &self.title, &self.desc)];
        parts.extend(self.shades.iter().map(|shade| shade.svg(plot)));
        parts.extend(self.y_axis());
        parts.extend(self.x_axis());
        parts.push(format!(
            r#"<svg class="plot" aria-hidden="true" y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">"#,
            number(TOP),
            number(plot.height),
            number(WIDTH),
            number(plot.height)
        ));
        parts.extend(self.cells.iter().map(|cells| cells.svg(plot)));
        parts.extend(self.bands.iter().map(|band| band.svg(plot)));
        parts.extend(self.lines.iter().map(|line| line.svg(plot)));
        parts.push("</svg>".to_owned());
        parts.extend(self.limits.iter().map(|limit| limit.svg(plot)));
        parts.extend(self.markers.iter().map(|marker| marker.svg(plot)));
        parts.extend(self.readouts.iter().map(|readout| readout.svg(plot)));
        parts.push("</svg>".to_owned());
        parts.concat()
    }

    fn y_axis(&self) -> Vec<String> {
        let mut parts = vec![format!(
            r#"<text class="axis" x="0" y="12">{}</text>"#,
            escape(self.plot.y.name)
        )];
        for tick in self.plot.y.scale.ticks() {
            let y = number(self.plot.y_pixel(tick));
            parts.push(format!(
                r#"<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/><text class="tick" x="-8" y="{y}" dy="4" text-anchor="end">{}</text>"#,
                escape(&(self.plot.y.label)(tick))
            ));
        }
        parts
    }

    fn x_axis(&self) -> Vec<String> {
        let base = TOP + self.plot.height;
        let mut parts = vec![format!(
            r#"<text class="axis" x="100%" y="{}" text-anchor="end">{}</text>"#,
            number(base + 36.0),
            escape(self.plot.x.name)
        )];
        for (index, tick) in self.plot.x.scale.ticks().into_iter().enumerate() {
            let x = percent(self.plot.x.scale.place(tick));
            // Every second figure goes where the page is narrow.
            let class = if index % 2 == 1 { "tick odd" } else { "tick" };
            parts.push(format!(
                r#"<line class="mark" x1="{x}" x2="{x}" y1="{}" y2="{}"/><text class="{class}" x="{x}" y="{}" text-anchor="middle">{}</text>"#,
                number(base),
                number(base + 4.0),
                number(base + 18.0),
                escape(&(self.plot.x.label)(tick))
            ));
        }
        parts
    }
}
