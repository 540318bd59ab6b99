//! How sure one run is of its own figure, as far as that can be told from within it.

use super::metric::Metric;
use crate::statistics::{deviation, mean};
use crate::summary::Summary;
use crate::units::float;

/// The shortest stretch of seconds taken as one: neighbours are alike.
const STRETCH_MIN: usize = 5;

/// Stretches that a run is cut into at most, and without which nothing is said.
const STRETCHES_MAX: usize = 20;
const STRETCHES_MIN: usize = 4;

/// The standard error of a figure on its scale, and its degrees of freedom, from the means of
/// stretches of seconds (batch means). `None` for a run that is too short, and for a figure that
/// seconds do not have.
pub(super) fn error(metric: &Metric, summary: &Summary) -> Option<(f64, f64)> {
    let seconds: Vec<f64> = summary
        .windows
        .iter()
        .filter(|window| !window.warmup)
        .filter_map(|window| metric.in_second(window))
        .map(|value| metric.on_scale(value))
        .collect();
    let length = seconds.len().div_ceil(STRETCHES_MAX).max(STRETCH_MIN);
    let stretches: Vec<f64> = seconds.chunks_exact(length).filter_map(mean).collect();
    if stretches.len() < STRETCHES_MIN {
        return None;
    }
    let stretch = float(stretches.len());
    Some((deviation(&stretches)? / stretch.sqrt(), stretch - 1.0))
}
