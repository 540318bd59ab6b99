//! The distribution of the rank sum of two groups that do not differ (Mann and Whitney, 1947).

use crate::units::float;

/// The share of all orders of two groups in which a number of pairs is the right way round, for
/// each number of pairs.
///
/// The largest member is of the one group or of the other, and what is left is a smaller case:
/// sums of positive shares, so that even the rarest is exact to many digits.
pub(super) fn chances(left: usize, right: usize) -> Vec<f64> {
    // For the members of the left group so far, and each size of the right one.
    let mut rows: Vec<Vec<f64>> = vec![vec![1.0]; right + 1];
    for members in 1..=left {
        let mut next: Vec<Vec<f64>> = Vec::with_capacity(right + 1);
        for others in 0..=right {
            let all = float(members + others);
            let mut shares = vec![0.0; members * others + 1];
            // A member of the left group is the largest: it beats all the others.
            let of_left = float(members) / all;
            for (sum, share) in rows[others].iter().enumerate() {
                shares[sum + others] += of_left * share;
            }
            if let Some(before) = others.checked_sub(1).and_then(|before| next.get(before)) {
                let of_right = float(others) / all;
                for (sum, share) in before.iter().enumerate() {
                    shares[sum] += of_right * share;
                }
            }
            next.push(shares);
        }
        rows = next;
    }
    rows.pop().unwrap_or_default()
}

/// All differences between a member of the right group and one of the left, ascending.
pub(super) fn differences(left: &[f64], right: &[f64]) -> Vec<f64> {
    let mut differences: Vec<f64> = right
        .iter()
        .flat_map(|right| left.iter().map(move |left| right - left))
        .collect();
    differences.sort_by(f64::total_cmp);
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    // Twenty orders of three and three: 1, 1, 2, 3, 3, 3, 3, 2, 1, 1.
    #[test]
    fn the_chances_of_three_and_three_can_be_counted() {
        let found: Vec<f64> = chances(3, 3).iter().map(|share| share * 20.0).collect();
        let expected = [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0, 1.0];
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
    }
}
