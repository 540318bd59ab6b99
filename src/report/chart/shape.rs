//! What is drawn inside a frame.

use super::plot::{Plot, TOP, WIDTH};
use super::svg::{escape, number, percent};
use super::thin::{buckets, extremes};

/// Points kept of a line; more than the pixels a page gives it are only weight.
const POINTS_MAX: usize = 1000;

/// A line through points; an absent value lifts the pen.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its colour and dashes in the style sheet.
    pub(crate) class: &'static str,
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// The area between two values.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    /// Its colour in the style sheet.
    pub(crate) class: &'static str,
    pub(crate) points: Vec<(f64, Option<(f64, f64)>)>,
}

/// A stretch of the x axis that counts differently.
#[derive(Clone, Debug)]
pub(crate) struct Shade {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) label: String,
}

/// A value that should not be passed.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// Rectangles of one colour.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    /// Their colour in the style sheet.
    pub(crate) class: &'static str,
    /// Each from one x and y to another.
    pub(crate) cells: Vec<Rectangle>,
}

/// A rectangle: from one x and y to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rectangle {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

/// What is said when the pointer rests on a stretch of the x axis.
#[derive(Clone, Debug)]
pub(crate) struct Readout {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) text: String,
}

impl Line {
    pub(crate) fn new(
        class: &'static str,
        points: impl IntoIterator<Item = (f64, Option<f64>)>,
    ) -> Self {
        let points = points.into_iter().collect();
        Self { class, points }
    }

    /// The line as a path, and a second path of dots where a value stands alone.
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let points = extremes(&self.points, POINTS_MAX);
        let mut path = Vec::new();
        let mut dots = Vec::new();
        let mut down = false;
        for (index, (x, y)) in points.iter().enumerate() {
            let Some(y) = y else {
                down = false;
                continue;
            };
            let next_is_absent = points.get(index + 1).is_none_or(|next| next.1.is_none());
            let place = plot.point(*x, *y);
            if !down && next_is_absent {
                dots.push(format!("M{place}h0"));
            } else {
                path.push(format!("{}{place}", if down { 'L' } else { 'M' }));
            }
            down = true;
        }
        let kinds = [(path, ""), (dots, " dot")];
        let drawn = kinds.into_iter().filter(|(paths, _)| !paths.is_empty());
        let drawn: Vec<String> = drawn
            .map(|(paths, extra)| {
                let d = paths.concat();
                format!(r#"<path class="line {}{extra}" d="{d}"/>"#, self.class)
            })
            .collect();
        drawn.concat()
    }
}

impl Band {
    /// The area as closed paths, one per unbroken stretch.
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let mut stretches: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new()];
        for bucket in buckets(self.points.len(), POINTS_MAX / 2) {
            match widest(&self.points[bucket]) {
                Some(point) => {
                    if let Some(stretch) = stretches.last_mut() {
                        stretch.push(point);
                    }
                }
                None => stretches.push(Vec::new()),
            }
        }
        let paths: Vec<String> = stretches
            .iter()
            .filter(|stretch| stretch.len() > 1)
            .map(|stretch| {
                let top = stretch.iter().map(|(x, _, high)| plot.point(*x, *high));
                let bottom = stretch.iter().rev().map(|(x, low, _)| plot.point(*x, *low));
                let points: Vec<String> = top.chain(bottom).collect();
                format!("M{}Z", points.join("L"))
            })
            .collect();
        if paths.is_empty() {
            return String::new();
        }
        format!(
            r#"<path class="band {}" d="{}"/>"#,
            self.class,
            paths.concat()
        )
    }
}

/// The lowest and highest edge of a bucket, at its middle point.
fn widest(points: &[(f64, Option<(f64, f64)>)]) -> Option<(f64, f64, f64)> {
    let edges = || points.iter().filter_map(|point| point.1);
    let low = edges().map(|edge| edge.0).reduce(f64::min)?;
    let high = edges().map(|edge| edge.1).reduce(f64::max)?;
    let x = points.get(points.len() / 2)?.0;
    Some((x, low, high))
}

impl Cells {
    /// All of them as one path, for a rectangle each would weigh five times as much.
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let whole = |place: f64, size: f64| number((place * size).round());
        let paths: Vec<String> = self
            .cells
            .iter()
            .map(|cell| {
                let x = |value| whole(plot.x.scale.place(value), WIDTH);
                let y = |value| whole(1.0 - plot.y.scale.place(value), plot.height);
                format!(
                    "M{} {}H{}V{}H{}z",
                    x(cell.x.0),
                    y(cell.y.0),
                    x(cell.x.1),
                    y(cell.y.1),
                    x(cell.x.0)
                )
            })
            .collect();
        format!(r#"<path class="{}" d="{}"/>"#, self.class, paths.concat())
    }
}

impl Shade {
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let from = plot.x.scale.place(self.from);
        let to = plot.x.scale.place(self.to);
        // Past the middle there is more room on the left.
        let (dx, anchor) = if from > 0.5 {
            (-6, "end")
        } else {
            (6, "start")
        };
        format!(
            r#"<rect class="shade" x="{}" y="{}" width="{}" height="{}"/><text class="note" x="{}" dx="{dx}" y="{}" text-anchor="{anchor}">{}</text>"#,
            percent(from),
            number(TOP),
            percent(to - from),
            number(plot.height),
            percent(from),
            number(TOP + 15.0),
            escape(&self.label)
        )
    }
}

impl Limit {
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let y = number(plot.y_pixel(self.value));
        format!(
            r#"<line class="limit" x1="0" x2="100%" y1="{y}" y2="{y}"/><text class="note" x="100%" dx="-4" y="{y}" dy="-5" text-anchor="end">{}</text>"#,
            escape(&self.label)
        )
    }
}

impl Readout {
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let from = plot.x.scale.place(self.from);
        let to = plot.x.scale.place(self.to);
        format!(
            r#"<g class="hit"><rect x="{}" y="{}" width="{}" height="{}"/><text x="100%" y="12">{}</text></g>"#,
            percent(from),
            number(TOP),
            percent(to - from),
            number(plot.height),
            escape(&self.text)
        )
    }
}
