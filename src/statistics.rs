//! What may be concluded from a few numbers: estimates with their intervals.
//!
//! Pure arithmetic on plain numbers; what they mean is known elsewhere.

mod signed_rank;

pub use signed_rank::{Shift, paired_shift};

/// How sure an interval is that holds what it should.
pub const CONFIDENCE: f64 = 0.95;

/// The median of numbers in ascending order; `None` where there are none.
pub fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}
