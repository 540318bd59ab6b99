//! What may be concluded from a few numbers: estimates with their intervals.
//!
//! Pure arithmetic on plain numbers; what they mean is known elsewhere.

mod change_points;
mod evidence;
mod mann_kendall;
mod many;
mod order_statistics;
mod rank_sum;
mod resample;
mod signed_rank;
mod student;

pub use change_points::change_points;
pub use evidence::{Evidence, Shift, Spread, paired_shift};
pub use mann_kendall::{Tendency, mann_kendall};
pub use many::{benjamini_hochberg, holm};
pub use order_statistics::samples_for_interval;
pub use resample::resampled_mean;
pub use student::{confidence_of, t_quantile, z_quantile};

use crate::units::float;

/// The confidence level of intervals.
pub const CONFIDENCE: f64 = 0.95;

/// The median of numbers in any order; `None` if there are none.
pub fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

/// The mean; `None` of nothing.
pub fn mean(numbers: &[f64]) -> Option<f64> {
    let count = float(numbers.len());
    (count > 0.0).then(|| numbers.iter().sum::<f64>() / count)
}

/// The standard deviation of a sample (n - 1); `None` for fewer than two numbers.
pub fn deviation(numbers: &[f64]) -> Option<f64> {
    let mean = mean(numbers)?;
    let freedom = float(numbers.len()) - 1.0;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (freedom > 0.0).then(|| (squares / freedom).sqrt())
}

/// The median of numbers in ascending order; `None` if there are none.
pub fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}
