//! One value over the run: each second as it is, or stretches of several seconds where the run is
//! too long to draw each.

use crate::report::chart::{Band, Line, buckets};
use crate::summary::Window;
use crate::units::float;

/// Up to this many seconds are drawn one by one.
const SECONDS_DRAWN_MAX: usize = 300;

/// Stretches that a longer run is drawn in.
const STRETCHES: usize = 150;

/// The line of a value and, for a long run, the band from its lowest to its highest.
#[derive(Clone, Debug)]
pub(super) struct TimeSeries {
    pub(super) line: Line,
    pub(super) band: Option<Band>,
}

/// Whether the run is too long to draw every second.
pub(super) const fn is_long(windows: &[Window]) -> bool {
    windows.len() > SECONDS_DRAWN_MAX
}

/// How a long run is to be read; nothing to say about a short one.
pub(super) fn note(windows: &[Window]) -> String {
    if !is_long(windows) {
        return String::new();
    }
    let longest = buckets(windows.len(), STRETCHES)
        .iter()
        .map(ExactSizeIterator::len)
        .max();
    format!(
        " A point stands for {}\u{a0}s: the line is the median of its seconds, the band reaches \
         from the lowest to the highest.",
        longest.unwrap_or(1)
    )
}

impl TimeSeries {
    /// The series of a value.
    pub(super) fn new(
        windows: &[Window],
        class: &'static str,
        value: fn(&Window) -> Option<u64>,
    ) -> Self {
        if !is_long(windows) {
            let points = windows.iter().map(|w| (middle(w), value(w).map(float)));
            return Self {
                line: Line::new(class, points),
                band: None,
            };
        }
        let mut points = Vec::new();
        let mut edges = Vec::new();
        for bucket in buckets(windows.len(), STRETCHES) {
            let bucket = &windows[bucket];
            let Some(at) = bucket.get(bucket.len() / 2).map(middle) else {
                continue;
            };
            let mut values: Vec<f64> = bucket.iter().filter_map(value).map(float).collect();
            values.sort_by(f64::total_cmp);
            points.push((at, values.get(values.len() / 2).copied()));
            edges.push((at, values.first().copied().zip(values.last().copied())));
        }
        Self {
            line: Line { class, points },
            band: Some(Band {
                class,
                points: edges,
            }),
        }
    }
}

/// The middle of a window on the x axis.
pub(super) fn middle(window: &Window) -> f64 {
    float(window.start_s) + 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(seconds: u64) -> Vec<Window> {
        (0..seconds)
            .map(|start_s| Window {
                start_s,
                ok: if start_s == 700 { 9 } else { 200 },
                ..Window::default()
            })
            .collect()
    }

    #[test]
    fn a_short_run_is_drawn_second_by_second() {
        let series = TimeSeries::new(&windows(30), "s1", |w| Some(w.ok));
        assert_eq!(series.line.points.len(), 30);
        assert!(series.band.is_none());
    }

    #[test]
    fn a_single_bad_second_of_a_long_run_stays_in_the_band() {
        let series = TimeSeries::new(&windows(3600), "s1", |w| Some(w.ok));
        let band = series.band.unwrap();
        assert_eq!(band.points.len(), STRETCHES);
        let lowest = band.points.iter().filter_map(|point| point.1);
        let lowest = lowest.map(|edge| edge.0).fold(f64::INFINITY, f64::min);
        assert!((lowest - 9.0).abs() < 1e-9);
    }
}
