//! The distribution of the signed-rank sum of paired measurements that do not differ (Wilcoxon, 1945),
//! and the means of all pairs of their differences (Hodges and Lehmann, 1963).

/// The means of all pairs of differences, each with itself too, in ascending order (Walsh).
pub(super) fn means_of_pairs(differences: &[f64]) -> Vec<f64> {
    let pairs = differences.len();
    let mut means = Vec::with_capacity(pairs * (pairs + 1) / 2);
    for (number, left) in differences.iter().enumerate() {
        means.extend(
            differences[number..]
                .iter()
                .map(|right| f64::midpoint(*left, *right)),
        );
    }
    means.sort_by(f64::total_cmp);
    means
}

/// The share of all 2^n choices of signs whose positive ranks add up to each sum.
pub(super) fn chances(pairs: usize) -> Vec<f64> {
    let mut chances = vec![1.0_f64];
    for rank in 1..=pairs {
        let mut next = vec![0.0; chances.len() + rank];
        for (sum, chance) in chances.iter().enumerate() {
            next[sum] += chance / 2.0;
            next[sum + rank] += chance / 2.0;
        }
        chances = next;
    }
    chances
}

/// The largest sum that chance alone does not exceed from below in more than `tail`.
pub(super) fn below(chances: &[f64], tail: f64) -> Option<usize> {
    let mut sum = 0.0;
    let within = chances.iter().take_while(|chance| {
        sum += **chance;
        sum <= tail
    });
    within.count().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::paired_shift;
    use crate::units::{Seed, float, unit_fraction};

    // Critical values of the signed-rank test at 5 %, two-sided: Wilcoxon and Wilcox, Some
    // Rapid Approximate Statistical Procedures (1964), and R's `qsignrank(0.025, n) - 1`.
    #[test]
    fn the_critical_values_are_those_of_the_tables() {
        let table = [
            (5, None),
            (6, Some(0)),
            (7, Some(2)),
            (8, Some(3)),
            (9, Some(5)),
            (10, Some(8)),
            (15, Some(25)),
            (20, Some(52)),
            (25, Some(89)),
        ];
        for (pairs, expected) in table {
            assert_eq!(below(&chances(pairs), 0.025), expected, "{pairs} pairs");
        }
    }

    // R: wilcox.test(c(1.83,0.50,1.62,2.48,1.68,1.88,1.55,3.06,1.30),
    //                c(0.878,0.647,0.598,2.05,1.06,1.29,1.06,3.14,1.29),
    //                paired = TRUE, conf.int = TRUE), Hollander and Wolfe (1973), p. 29.
    #[test]
    fn depression_scores_of_the_textbook() {
        let differences = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01];
        let shift = paired_shift(&differences).unwrap();
        let close = |left: f64, right: f64| (left - right).abs() < 1e-9;
        assert!(close(shift.estimate, 0.46), "{shift:?}");
        assert!(close(shift.low, 0.01), "{shift:?}");
        assert!(close(shift.high, 0.786), "{shift:?}");
    }

    #[test]
    fn too_few_pairs_or_no_numbers_give_no_interval() {
        assert_eq!(paired_shift(&[1.0; 5]), None);
        assert_eq!(paired_shift(&[]), None);
        assert_eq!(paired_shift(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN]), None);
        assert!(paired_shift(&[1.0; 6]).is_some());
    }

    // 2,000 experiments of ten rounds around a known shift: the interval misses it in at most
    // 5 % of them, to three standard errors, and is no wider than it need be.
    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        let mut rng = Seed(7).rng(1);
        let mut uniform = || unit_fraction(rng.next_u64());
        let held = (0..2_000)
            .filter(|_| {
                let differences: Vec<f64> = (0..10).map(|_| 3.0 + uniform() - uniform()).collect();
                let shift = paired_shift(&differences).unwrap();
                (shift.low..=shift.high).contains(&3.0)
            })
            .count();
        let share = float(held) / 2_000.0;
        assert!((0.935..0.975).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_estimate_and_moves_with_the_data(
            differences in proptest::collection::vec(-1_000_i32..1_000, 6..30), by in -500_i32..500,
        ) {
            let numbers = |by: i32| -> Vec<f64> {
                differences.iter().map(|difference| f64::from(difference + by)).collect()
            };
            let here = paired_shift(&numbers(0)).unwrap();
            let there = paired_shift(&numbers(by)).unwrap();
            prop_assert!(here.low <= here.estimate && here.estimate <= here.high);
            prop_assert!((there.estimate - here.estimate - f64::from(by)).abs() < 1e-9);
            prop_assert!((there.low - here.low - f64::from(by)).abs() < 1e-9);
        }
    }
}
