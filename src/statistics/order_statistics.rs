//! How many values a quantile needs before its interval means anything.

use super::CONFIDENCE;
use crate::units::whole;

/// The fewest values whose order statistics bound a quantile on both sides with the confidence of
/// our intervals: `n >= ln 0.025 / ln max(q, 1 - q)`.
///
/// With fewer, the interval has no upper end (or no lower one, for a quantile below the median).
pub fn samples_for_interval(quantile: f64) -> u64 {
    let one_side = (1.0 - CONFIDENCE) / 2.0;
    whole((one_side.ln() / quantile.max(1.0 - quantile).ln()).ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extreme_quantile_needs_more_values() {
        let quantiles = [0.001, 0.1, 0.5, 0.9, 0.99, 0.999];
        let needed = quantiles.map(samples_for_interval);
        assert_eq!(needed, [3_688, 36, 6, 36, 368, 3_688]);
    }

    // The chance that all values are on one side of the quantile is a fortieth at most.
    #[test]
    fn one_value_less_is_not_enough() {
        for quantile in [0.5, 0.75, 0.9, 0.99, 0.999] {
            let needed = i32::try_from(samples_for_interval(quantile)).unwrap();
            assert!(quantile.powi(needed) <= 0.025, "{quantile}");
            assert!(quantile.powi(needed - 1) > 0.025, "{quantile}");
        }
    }
}
