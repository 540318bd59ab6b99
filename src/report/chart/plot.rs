//! The area of a chart that values are drawn in: its two axes, and where a value stands.

use super::scale::Scale;
use super::svg::number;

/// Room above the plot for the name of the y axis and the readout.
pub(super) const TOP: f64 = 24.0;

/// The width of the plot's own coordinates, stretched to the page by the viewer.
pub(super) const WIDTH: f64 = 1000.0;

/// One side of the plot.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    /// What is measured along it.
    pub(crate) name: &'static str,
    /// How its values are written.
    pub(crate) label: fn(f64) -> String,
}

/// The area between the axes.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// Its height in pixels.
    pub(crate) height: f64,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Axis {
    pub(crate) fn new(scale: Scale, name: &'static str, label: fn(f64) -> String) -> Self {
        Self { scale, name, label }
    }
}

impl Plot {
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
}
