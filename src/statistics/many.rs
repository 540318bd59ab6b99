//! Several questions asked at once: p-values that allow for it.

use crate::units::float;

/// Holm's step-down adjustment (Holm, 1979), in the order given: at most one in twenty families
/// without any difference has one below 0.05.
pub fn holm(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut adjusted = vec![1.0; values.len()];
    let mut highest = 0.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        let left = float(values.len() - place);
        highest = highest.max((values[index] * left).min(1.0));
        adjusted[index] = highest;
    }
    adjusted
}

/// The step-up adjustment of Benjamini and Hochberg (1995), in the order given: of those below
/// 0.1 about a tenth are chance.
pub fn benjamini_hochberg(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let all = float(values.len());
    let mut adjusted = vec![1.0; values.len()];
    let mut lowest = 1.0_f64;
    for (place, index) in order.into_iter().enumerate().rev() {
        lowest = lowest.min(values[index] * all / float(place + 1));
        adjusted[index] = lowest;
    }
    adjusted
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") and "BH".
    #[test]
    fn adjusted_as_r_does() {
        let values = [0.01, 0.04, 0.03, 0.005];
        close(&holm(&values), &[0.03, 0.06, 0.06, 0.02]);
        close(&benjamini_hochberg(&values), &[0.02, 0.04, 0.04, 0.02]);
        assert!(holm(&[]).is_empty());
    }
}
