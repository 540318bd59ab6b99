//! Drawing again from what was seen (Efron, 1979): for what no distribution is known of.

use rand::Rng as _;

use super::Shift;
use crate::units::{Seed, count, float, index, whole};

/// How often it is drawn again.
const DRAWS: u64 = 2_000;

/// The stream of the seed that draws come from.
const STREAM: u64 = 7;

/// The mean and the interval that holds it with this confidence, from the percentiles of means
/// of as many numbers drawn again; the same seed gives the same interval. `None` for fewer than
/// two numbers.
pub fn resampled_mean(numbers: &[f64], confidence: f64, seed: Seed) -> Option<Shift> {
    if numbers.len() < 2 {
        return None;
    }
    let mut rng = seed.rng(STREAM);
    let all = count(numbers.len());
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..all).map(|_| numbers[index(rng.next_u64() % all)]);
            drawn.sum::<f64>() / float(all)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means.get(index(whole(share * float(DRAWS - 1)))).copied();
    let tail = (1.0 - confidence) / 2.0;
    Some(Shift {
        estimate: super::mean(numbers)?,
        low: at(tail)?,
        high: at(1.0 - tail)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy.stats.bootstrap((x,), np.mean, n_resamples=20000, confidence_level=0.95,
    // method="percentile"): 1.8 to 7.2, and means are fifths apart; SciPy 1.17.1.
    #[test]
    fn the_interval_is_that_of_scipy() {
        for seed in 0..20 {
            let shift = resampled_mean(&[1.0, 2.0, 3.0, 4.0, 10.0], 0.95, Seed(seed)).unwrap();
            let is_near = |found: f64, expected: f64| (found - expected).abs() < 0.2 + 1e-9;
            assert!(
                is_near(shift.low, 1.8) && is_near(shift.high, 7.2),
                "{shift:?}"
            );
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_and_the_interval_is_about_the_mean() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 10.0];
        let drawn = || resampled_mean(&numbers, 0.95, Seed(3)).unwrap();
        assert_eq!(drawn(), drawn());
        let Shift {
            estimate,
            low,
            high,
        } = drawn();
        assert!(
            (estimate - 4.0).abs() < 1e-12 && low < 4.0 && 4.0 < high,
            "{low} {high}"
        );
        assert!(low >= 1.0 && high <= 10.0);
        assert_eq!(resampled_mean(&[1.0], 0.95, Seed(3)), None);
    }
}
