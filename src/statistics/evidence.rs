//! What two sets of measurements say about a difference, to be asked at any confidence.

use super::rank_sum;
use super::signed_rank::{self, below};
use super::student::{t_quantile, two_sided};
use super::{CONFIDENCE, deviation, mean, median_of_sorted};
use crate::units::{float, index, whole};

/// An estimate and the interval that holds the true value with [`CONFIDENCE`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The Hodges-Lehmann estimate: the median of the means of all pairs of differences.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// By how much the second of each pair is above the first, from their differences.
///
/// The interval is the one that the signed-rank test would not refuse, exact for differences that
/// are symmetric about the shift. One outlier among ten moves neither end far. `None` for fewer
/// than six pairs, which give no such interval, and for values that are not finite.
pub fn paired_shift(differences: &[f64]) -> Option<Shift> {
    Evidence::of_pairs_by_rank(differences)?.at(CONFIDENCE)
}

/// What is known of the difference between a baseline and a candidate.
///
/// A test and its interval are two views of one thing: the interval holds nothing exactly where
/// the p-value is above one minus the confidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    kind: Estimate,
    spread: Spread,
}

#[derive(Clone, Debug)]
enum Estimate {
    /// A mean with its standard error.
    Mean {
        estimate: f64,
        error: f64,
        freedom: f64,
    },
    /// Shifts in ascending order, and the chances of each number of them below the true one.
    Ranks { shifts: Vec<f64>, chances: Vec<f64> },
}

/// How much single units differ, and how many there are: what a plan for more is made from.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The standard deviation of one unit: of a difference in pairs, else pooled over both
    /// groups and taken twice.
    pub deviation: f64,
    /// Units, or pairs of them.
    pub units: usize,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Evidence {
    /// Of pairs, by their mean difference (Student, 1908). `None` for fewer than two.
    pub fn of_pairs_by_mean(differences: &[f64]) -> Option<Self> {
        let spread = of_pairs(differences)?;
        Some(Self {
            kind: Estimate::Mean {
                estimate: mean(differences)?,
                error: spread.deviation / float(spread.units).sqrt(),
                freedom: spread.freedom,
            },
            spread,
        })
    }

    /// Of pairs, by the ranks of their differences (Wilcoxon, 1945): one outlier moves it little.
    pub fn of_pairs_by_rank(differences: &[f64]) -> Option<Self> {
        let spread = of_pairs(differences)?;
        Some(Self {
            kind: Estimate::Ranks {
                shifts: signed_rank::means_of_pairs(differences),
                chances: signed_rank::chances(spread.units),
            },
            spread,
        })
    }

    /// Of two groups, by their means, which may vary differently (Welch, 1947).
    pub fn of_groups_by_mean(left: &[f64], right: &[f64]) -> Option<Self> {
        let share = |group: &[f64]| Some(deviation(group)?.powi(2) / float(group.len()));
        let (of_left, of_right) = (share(left)?, share(right)?);
        let freedom_of = |share: f64, group: &[f64]| share.powi(2) / (float(group.len()) - 1.0);
        let error = (of_left + of_right).sqrt();
        let below = freedom_of(of_left, left) + freedom_of(of_right, right);
        let freedom = if below > 0.0 {
            (of_left + of_right).powi(2) / below
        } else {
            float(left.len() + right.len()) - 2.0
        };
        error.is_finite().then_some(())?;
        Some(Self {
            kind: Estimate::Mean {
                estimate: mean(right)? - mean(left)?,
                error,
                freedom,
            },
            spread: of_two(left, right, freedom)?,
        })
    }

    /// Of two groups, by the ranks of their members (Mann and Whitney, 1947).
    pub fn of_groups_by_rank(left: &[f64], right: &[f64]) -> Option<Self> {
        let freedom = float(left.len() + right.len()) - 2.0;
        Some(Self {
            spread: of_two(left, right, freedom)?,
            kind: Estimate::Ranks {
                shifts: rank_sum::differences(left, right),
                chances: rank_sum::chances(left.len(), right.len()),
            },
        })
    }

    /// Of an estimate whose standard error is known from within it.
    pub const fn of_error(estimate: f64, error: f64, freedom: f64) -> Self {
        Self {
            kind: Estimate::Mean {
                estimate,
                error,
                freedom,
            },
            spread: Spread {
                deviation: error,
                units: 1,
                freedom,
            },
        }
    }

    /// The difference; `None` of nothing.
    pub fn estimate(&self) -> Option<f64> {
        match &self.kind {
            Estimate::Mean { estimate, .. } => Some(*estimate),
            Estimate::Ranks { shifts, .. } => median_of_sorted(shifts),
        }
    }

    /// The difference and the interval that holds it with this confidence; `None` where there
    /// are too few for any such interval.
    pub fn at(&self, confidence: f64) -> Option<Shift> {
        let tail = (1.0 - confidence) / 2.0;
        let estimate = self.estimate()?;
        let (low, high) = match &self.kind {
            Estimate::Mean { error, freedom, .. } => {
                let reach = t_quantile(1.0 - tail, *freedom);
                // Units that do not differ at all leave no doubt, whatever their number.
                let reach = if *error == 0.0 && reach.is_finite() {
                    0.0
                } else {
                    reach * error
                };
                (estimate - reach, estimate + reach)
            }
            Estimate::Ranks { shifts, chances } => {
                let outside = below(chances, tail)?;
                let last = shifts.len().checked_sub(outside + 1)?;
                (*shifts.get(outside)?, *shifts.get(last)?)
            }
        };
        (low.is_finite() && high.is_finite()).then_some(Shift {
            estimate,
            low,
            high,
        })
    }

    /// The probability of a difference at least this large in either direction, if there is none
    /// (the p-value).
    pub fn p(&self) -> f64 {
        match &self.kind {
            Estimate::Mean {
                estimate,
                error,
                freedom,
            } => {
                let t = if *estimate == 0.0 {
                    0.0
                } else {
                    estimate / error
                };
                two_sided(t, *freedom)
            }
            Estimate::Ranks { shifts, chances } => {
                let above = float(shifts.iter().filter(|shift| **shift > 0.0).count());
                let equal = float(shifts.iter().filter(|shift| **shift == 0.0).count());
                let above = above + equal / 2.0;
                let fewer = above.min(float(shifts.len()) - above);
                // Half a tie counts against a difference.
                let most = index(whole(fewer.ceil()));
                (2.0 * chances.iter().take(most + 1).sum::<f64>()).min(1.0)
            }
        }
    }

    /// How much single units differ.
    pub const fn spread(&self) -> Spread {
        self.spread
    }
}

fn of_pairs(differences: &[f64]) -> Option<Spread> {
    let units = differences.len();
    Some(Spread {
        deviation: deviation(differences).filter(|deviation| deviation.is_finite())?,
        units,
        freedom: float(units) - 1.0,
    })
}

fn of_two(left: &[f64], right: &[f64], freedom: f64) -> Option<Spread> {
    let (of_left, of_right) = (deviation(left)?, deviation(right)?);
    let deviation = of_left.hypot(of_right);
    deviation.is_finite().then_some(Spread {
        deviation,
        units: left.len().min(right.len()),
        freedom,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEFORE: [f64; 10] = [12.1, 11.8, 12.6, 13.0, 11.9, 12.2, 12.8, 12.4, 12.0, 12.5];
    const AFTER: [f64; 10] = [12.9, 12.0, 13.3, 13.1, 12.7, 12.1, 13.6, 13.0, 12.2, 13.4];

    fn differences() -> Vec<f64> {
        BEFORE
            .iter()
            .zip(AFTER)
            .map(|(before, after)| after - before)
            .collect()
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    // scipy.stats.ttest_rel(AFTER, BEFORE), its p-value and confidence_interval(0.99); SciPy 1.17.1.
    #[test]
    fn pairs_by_mean_are_judged_as_by_scipy() {
        let evidence = Evidence::of_pairs_by_mean(&differences()).unwrap();
        let Shift {
            estimate,
            low,
            high,
        } = evidence.at(0.99).unwrap();
        close(estimate, 0.5);
        close(low, 0.127_881_610_297_556_4);
        close(high, 0.872_118_389_702_443_3);
        close(evidence.p(), 0.001_805_830_211_232_426_8);
    }

    // scipy.stats.ttest_ind(AFTER, BEFORE, equal_var=False).
    #[test]
    fn groups_by_mean_are_judged_as_by_scipy() {
        let evidence = Evidence::of_groups_by_mean(&BEFORE, &AFTER).unwrap();
        let Shift { low, high, .. } = evidence.at(0.99).unwrap();
        close(low, -0.137_840_544_585_043_7);
        close(high, 1.137_840_544_585_036_6);
        close(evidence.p(), 0.036_031_927_096_685_84);
        close(evidence.spread().freedom, 16.140_938_786_956_838);
    }

    // scipy.stats.wilcoxon(d, method="exact").
    #[test]
    fn pairs_by_rank_are_judged_as_by_scipy() {
        let ten = [0.81, 0.22, 0.73, 0.14, 0.85, -0.15, 0.86, 0.67, 0.28, 0.99];
        close(Evidence::of_pairs_by_rank(&ten).unwrap().p(), 0.005_859_375);
        let nine = [0.81, -0.22, 0.73, 0.14, -0.85, -0.15, 0.86, -0.67, 0.28];
        close(Evidence::of_pairs_by_rank(&nine).unwrap().p(), 0.652_343_75);
    }

    // scipy.stats.mannwhitneyu(y, x, method="exact").
    #[test]
    fn groups_by_rank_are_judged_as_by_scipy() {
        let left = [1.1, 2.3, 3.7, 4.2, 5.9, 6.4, 7.8, 8.5];
        let right = [2.0, 4.4, 6.1, 7.7, 9.3, 9.9, 10.2, 11.5, 12.8];
        let evidence = Evidence::of_groups_by_rank(&left, &right).unwrap();
        close(evidence.p(), 0.059_234_882_764_294_526);
    }

    #[test]
    fn too_few_units_give_no_interval() {
        assert!(Evidence::of_pairs_by_mean(&[1.0]).is_none());
        assert!(
            Evidence::of_pairs_by_rank(&[1.0; 4])
                .unwrap()
                .at(0.99)
                .is_none()
        );
        assert!(
            Evidence::of_groups_by_rank(&[1.0, 2.0], &[1.0, 2.0])
                .unwrap()
                .at(0.99)
                .is_none()
        );
        assert!(Evidence::of_groups_by_mean(&[1.0], &[1.0, 2.0]).is_none());
        assert!(Evidence::of_pairs_by_mean(&[f64::NAN, 1.0]).is_none());
    }

    #[test]
    fn units_that_do_not_differ_leave_no_doubt() {
        let same = Evidence::of_pairs_by_mean(&[0.0; 8]).unwrap();
        assert_eq!(
            same.at(0.99),
            Some(Shift {
                estimate: 0.0,
                low: 0.0,
                high: 0.0
            })
        );
        close(same.p(), 1.0);
        let ties = Evidence::of_pairs_by_rank(&[0.0; 8]).unwrap();
        close(ties.p(), 1.0);
    }

    proptest! {
        // The interval holds nothing exactly where the test does not refuse it.
        #[test]
        fn the_test_and_its_interval_agree(
            left in prop::collection::vec(0_i32..1_000_000, 9..14),
            right in prop::collection::vec(0_i32..1_000_000, 9..14),
            by in -600_000_i32..600_000,
        ) {
            let left: Vec<f64> = left.into_iter().map(f64::from).collect();
            let right: Vec<f64> = right.into_iter().map(|value| f64::from(value + by)).collect();
            let pairs: Vec<f64> = left.iter().zip(&right).map(|(left, right)| right - left).collect();
            for evidence in [
                Evidence::of_pairs_by_mean(&pairs),
                Evidence::of_pairs_by_rank(&pairs),
                Evidence::of_groups_by_mean(&left, &right),
                Evidence::of_groups_by_rank(&left, &right),
            ] {
                let evidence = evidence.unwrap();
                for confidence in [0.9, 0.95, 0.99] {
                    let Shift { estimate, low, high } = evidence.at(confidence).unwrap();
                    prop_assert!(low <= estimate && estimate <= high);
                    let refuses = low > 0.0 || high < 0.0;
                    let p = evidence.p();
                    prop_assume!((p - (1.0 - confidence)).abs() > 1e-9);
                    // Ties at nothing count half in the test.
                    prop_assume!(low != 0.0 && high != 0.0);
                    prop_assert_eq!(refuses, p < 1.0 - confidence, "p {} for {} to {}", p, low, high);
                }
            }
        }
    }
}
