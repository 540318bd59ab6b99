//! Several searches together: their mean, and how far it may be off.

use crate::statistics::{samples_for_interval, t_quantile};
use crate::units::float;

/// The highest loads that hold by several searches, put together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    /// Their geometric mean: loads are compared by ratios.
    pub mean: f64,
    /// The interval of that mean by Student's t on the logarithms; `None` of fewer than two.
    pub interval: Option<(f64, f64)>,
}

impl Repeats {
    /// The confidence of the interval.
    pub const CONFIDENCE: f64 = 0.95;

    /// Puts loads together, each above 0; `None` of no loads.
    pub fn of(loads: &[f64]) -> Option<Self> {
        let number = float(loads.len());
        let logarithms = || loads.iter().map(|load| load.ln());
        let mean = logarithms().sum::<f64>() / number;
        if loads.is_empty() || !mean.is_finite() {
            return None;
        }
        let squares: f64 = logarithms().map(|one| (one - mean).powi(2)).sum();
        let freedom = number - 1.0;
        let interval = (loads.len() > 1).then(|| {
            let error = (squares / freedom / number).sqrt();
            let reach = t_quantile(f64::midpoint(1.0, Self::CONFIDENCE), freedom) * error;
            ((mean - reach).exp(), (mean + reach).exp())
        });
        Some(Self {
            mean: mean.exp(),
            interval,
        })
    }
}

/// How many callouts a trial needs to judge a threshold on this quantile, 0.5 to 1: with fewer, even a
/// target that breaks it may pass by luck.
pub fn callouts_needed(quantile: f64) -> u64 {
    samples_for_interval(quantile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_p99_needs_368_callouts() {
        assert_eq!(callouts_needed(0.99), 368);
    }

    // ln 90, ln 100 and ln 110 have the mean 4.60181 and the standard error 0.05797; t(0.975, 2) is 4.3027.
    #[test]
    fn repeats_have_a_geometric_mean_and_its_interval() {
        let all = Repeats::of(&[90.0, 100.0, 110.0]).unwrap();
        assert!((all.mean - 99.665).abs() < 0.001, "{all:?}");
        let (low, high) = all.interval.unwrap();
        assert!(
            (low - 77.66).abs() < 0.05 && (high - 127.9).abs() < 0.05,
            "{all:?}"
        );
        assert_eq!(Repeats::of(&[100.0]).unwrap().interval, None);
        assert_eq!(Repeats::of(&[]), None);
    }
}
