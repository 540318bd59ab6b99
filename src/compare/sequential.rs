//! Looking more than once, without giving chance another go.

use crate::statistics::confidence_of;

/// The bounds of O'Brien and Fleming (1979) for one, two or three looks at 1 %, two-sided: how
/// far from nothing an estimate must be, in standard errors, at each of them.
const BOUNDS: [&[f64]; 3] = [&[2.576], &[3.648, 2.580], &[4.495, 3.178, 2.595]];

/// How sure each gating interval must be at each look, of one to three; more are taken as three.
pub fn confidences(looks: usize) -> Vec<f64> {
    let place = looks.clamp(1, BOUNDS.len()) - 1;
    BOUNDS[place]
        .iter()
        .map(|bound| confidence_of(*bound))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_looks_ask_for_more_and_the_last_for_little_more_than_one_would() {
        for looks in 2..=3 {
            let asked = confidences(looks);
            assert_eq!(asked.len(), looks);
            assert!(asked.windows(2).all(|two| two[0] > two[1]), "{asked:?}");
            assert!((0.990..0.991).contains(asked.last().unwrap()), "{asked:?}");
        }
        assert_eq!(confidences(9).len(), 3);
    }
}
