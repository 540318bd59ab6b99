//! Charts as inline SVG, written here instead of by a foreign script.
//!
//! A chart is as wide as its page: places along x are percentages and text has its own
//! size, so it reads on a phone as on a desk. It knows scales, axes and shapes, and
//! nothing of a run. Colours are classes, which the page's style sheet fills in.

mod frame;
mod label;
mod marker;
mod plot;
mod scale;
mod shape;
mod stack;
mod svg;
mod thin;

pub(super) use frame::Chart;
pub(super) use label::{plain, seconds, time};
pub(super) use marker::{Marker, Sign};
pub(super) use plot::{Axis, Plot};
pub(super) use scale::Scale;
pub(super) use shape::{Band, Cells, Limit, Line, Readout, Rectangle, Shade};
pub(super) use stack::{Bar, Segment, Stack, waterfall};
pub(super) use thin::buckets;
