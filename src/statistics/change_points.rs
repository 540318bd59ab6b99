//! Where a series changes its level for good: E-divisive (Matteson and James, 2014), with a
//! t-test in place of its permutations, as Apache Otava has it, so that the same series always
//! gives the same answer.

use super::evidence::Evidence;
use crate::units::float;

/// The chance of a split anywhere in a stretch that has none: the best of many places is taken,
/// and that is allowed for.
const CHANCE: f64 = 0.001;

/// The fewest points of a level: one or two are an accident, and four do not show how they vary.
const LEVEL_MIN: usize = 6;

/// The longest series that is looked at as one; the distances of its points fill a table.
const SERIES_MAX: usize = 400;

/// The places where a new level begins, in ascending order. Only the last 400 points are
/// looked at.
pub fn change_points(series: &[f64]) -> Vec<usize> {
    let skipped = series.len().saturating_sub(SERIES_MAX);
    let series = &series[skipped..];
    if !series.iter().all(|value| value.is_finite()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    split(series, 0, series.len(), &mut found);
    found.sort_unstable();
    let mut strong = strong_only(series, found);
    for place in &mut strong {
        *place += skipped;
    }
    strong
}

/// Splits a stretch where it divides best, and then both its parts.
fn split(series: &[f64], from: usize, to: usize, found: &mut Vec<usize>) {
    let Some((_, place)) = best_split(&series[from..to]) else {
        return;
    };
    let place = from + place;
    if chance(&series[from..place], &series[place..to]) >= CHANCE {
        return;
    }
    found.push(place);
    split(series, from, place, found);
    split(series, place, to, found);
}

/// The split whose two sides are furthest apart, and by how much: the energy of their distances.
fn best_split(series: &[f64]) -> Option<(f64, usize)> {
    let all = series.len();
    if all < 2 * LEVEL_MIN {
        return None;
    }
    let distance = |left: usize, right: usize| (series[left] - series[right]).abs();
    let sum_to = |place: usize, others: std::ops::Range<usize>| -> f64 {
        others.map(|other| distance(place, other)).sum()
    };
    // The sums of all distances within the left side, within the right and between them, kept
    // up to date as one point after the other crosses over.
    let mut within_left = 0.0;
    let mut within_right: f64 = (0..all).map(|place| sum_to(place, place + 1..all)).sum();
    let mut between = 0.0;
    let mut best: Option<(f64, usize)> = None;
    for place in 0..all {
        let (to_left, to_right) = (sum_to(place, 0..place), sum_to(place, place + 1..all));
        within_left += to_left;
        within_right -= to_right;
        between += to_right - to_left;
        let left = place + 1;
        let right = all - left;
        if left < LEVEL_MIN || right < LEVEL_MIN {
            continue;
        }
        let (n, m) = (float(left), float(right));
        let energy = 2.0 * between / (n * m)
            - 2.0 * within_left / (n * (n - 1.0))
            - 2.0 * within_right / (m * (m - 1.0));
        let energy = energy * n * m / (n + m);
        if best.is_none_or(|(most, _)| energy > most) {
            best = Some((energy, left));
        }
    }
    best
}

/// The probability that two sides differ this much by chance, at the best of all places to split.
fn chance(left: &[f64], right: &[f64]) -> f64 {
    let places = (left.len() + right.len()).saturating_sub(2 * LEVEL_MIN) + 1;
    Evidence::of_groups_by_mean(left, right).map_or(1.0, |evidence| evidence.p() * float(places))
}

/// Drops splits that the levels beside them no longer bear out, the weakest first.
fn strong_only(series: &[f64], mut found: Vec<usize>) -> Vec<usize> {
    loop {
        let p = |place: usize| {
            let from = place.checked_sub(1).map_or(0, |before| found[before]);
            let to = found.get(place + 1).copied().unwrap_or(series.len());
            let (left, right) = (&series[from..found[place]], &series[found[place]..to]);
            chance(left, right)
        };
        let weakest = (0..found.len())
            .map(|place| (p(place), place))
            .max_by(|left, right| left.0.total_cmp(&right.0));
        match weakest {
            Some((p, place)) if p >= CHANCE => found.remove(place),
            _ => return found,
        };
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;
    use crate::units::{Seed, unit_fraction};

    /// Points around levels, each with how many it has.
    fn series(seed: u64, levels: &[(f64, usize)]) -> Vec<f64> {
        let mut rng = Seed(seed).rng(3);
        let mut noise = || (unit_fraction(rng.next_u64()) - 0.5) * 0.1;
        let points = levels
            .iter()
            .flat_map(|(level, points)| vec![*level; *points]);
        points.map(|level| level + noise()).collect()
    }

    // With scipy.spatial.distance: of all places k,
    // (2 cdist(x[:k], x[k:]).mean() - pdist(x[:k]).mean() - pdist(x[k:]).mean()) n m / (n + m);
    // SciPy 1.17.1.
    #[test]
    fn the_energy_of_a_split_is_that_of_scipy() {
        let series = [
            10.1, 9.8, 10.4, 10.0, 9.7, 10.2, 10.3, 12.1, 11.8, 12.4, 11.9, 12.2, 12.6, 12.0,
        ];
        let (energy, place) = best_split(&series).unwrap();
        assert!((energy - 12.2).abs() < 1e-9, "{energy}");
        assert_eq!(place, 7);
    }

    #[test]
    fn each_new_level_is_found_where_it_begins() {
        let mut exact = 0;
        for seed in 0..100 {
            let series = series(seed, &[(1.0, 20), (1.3, 15), (1.1, 25)]);
            let found = change_points(&series);
            for level in [20_usize, 35] {
                // The noise of one point may carry it to the other side.
                let is_near = found.iter().any(|place| place.abs_diff(level) <= 1);
                assert!(is_near, "seed {seed}: {found:?}");
            }
            exact += usize::from(found.len() == 2);
        }
        assert!(exact >= 97, "only {exact} of 100 without a place too many");
    }

    #[test]
    fn noise_and_single_outliers_are_no_new_level() {
        let mut alarms = 0;
        for seed in 0..200 {
            let mut series = series(seed, &[(1.0, 60)]);
            series[30] = 3.0;
            alarms += change_points(&series).len();
        }
        assert!(
            alarms <= 4,
            "{alarms} alarms in 200 series without a change"
        );
    }

    #[test]
    fn short_and_broken_series_have_none() {
        assert!(change_points(&[]).is_empty());
        assert!(change_points(&[1.0, 2.0, 3.0]).is_empty());
        assert!(change_points(&[f64::NAN; 20]).is_empty());
        assert!(change_points(&[1.0; 100]).is_empty());
    }
}
