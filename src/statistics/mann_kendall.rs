//! Whether numbers in order have a trend (Mann 1945, Kendall 1975).

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::units::float;

/// A trend of numbers in order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tendency {
    /// Pairs that rise less pairs that fall, over all pairs: -1 to 1.
    pub tau: f64,
    /// The probability of a trend at least as strong if there is none, two-sided.
    pub p_value: f64,
}

/// The trend of numbers in order, by the signs of all pairs: `None` of fewer than four. Ties are
/// allowed for. The time is that of the square of their count.
pub fn mann_kendall(numbers: &[f64]) -> Option<Tendency> {
    if numbers.len() < 4 {
        return None;
    }
    let mut rising: f64 = 0.0;
    for (at, earlier) in numbers.iter().enumerate() {
        for later in &numbers[at + 1..] {
            rising += match later.total_cmp(earlier) {
                std::cmp::Ordering::Less => -1.0,
                std::cmp::Ordering::Equal => 0.0,
                std::cmp::Ordering::Greater => 1.0,
            };
        }
    }
    let n = float(numbers.len());
    let weight = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties = sorted.chunk_by(|left, right| left.total_cmp(right).is_eq());
    let ties: f64 = ties.map(|tied| weight(float(tied.len()))).sum();
    let variance = (weight(n) - ties) / 18.0;
    let p_value = if variance > 0.0 {
        // Moved towards no trend by one: the sum goes in steps of two.
        let z = (rising.abs() - 1.0).max(0.0) / variance.sqrt();
        2.0 * Normal::standard().sf(z)
    } else {
        1.0
    };
    Some(Tendency {
        tau: rising / (n * (n - 1.0) / 2.0),
        p_value,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Of 10 numbers that rise: S = 45, Var = 125, z = 44 / sqrt(125) = 3.935.
    #[test]
    fn numbers_that_rise_have_a_trend() {
        let rising: Vec<f64> = (0..10).map(f64::from).collect();
        let found = mann_kendall(&rising).unwrap();
        assert!((found.tau - 1.0).abs() < 1e-12);
        assert!((found.p_value - 8.3e-5).abs() < 1e-6, "{found:?}");
        let found = mann_kendall(&[3.0; 20]).unwrap();
        assert!((found.p_value - 1.0).abs() < 1e-12);
        assert!(mann_kendall(&[1.0, 2.0, 3.0]).is_none());
    }

    proptest! {
        #[test]
        fn turned_around_it_falls_as_much(numbers in proptest::collection::vec(-1e3..1e3_f64, 4..40)) {
            let found = mann_kendall(&numbers).unwrap();
            let mut turned = numbers;
            turned.reverse();
            let back = mann_kendall(&turned).unwrap();
            prop_assert!((found.tau + back.tau).abs() < 1e-12);
            prop_assert!((found.p_value - back.p_value).abs() < 1e-12);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&found.p_value));
        }
    }
}
