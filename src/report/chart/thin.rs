//! Fewer points than there are seconds, without losing an outlier.

use std::ops::Range;

/// Splits `len` items into at most `limit` runs of nearly equal length, in order.
pub(crate) fn buckets(len: usize, limit: usize) -> Vec<Range<usize>> {
    let count = len.min(limit.max(1));
    (0..count)
        .map(|index| index * len / count..(index + 1) * len / count)
        .collect()
}

/// Keeps the lowest and the highest point of each bucket, in their order.
pub(super) fn extremes(points: &[(f64, Option<f64>)], limit: usize) -> Vec<(f64, Option<f64>)> {
    if points.len() <= limit {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(limit);
    for bucket in buckets(points.len(), limit / 2) {
        let bucket = &points[bucket];
        let values = || bucket.iter().filter(|point| point.1.is_some());
        let by_value = |a: &&(f64, Option<f64>), b: &&(f64, Option<f64>)| {
            a.1.unwrap_or_default().total_cmp(&b.1.unwrap_or_default())
        };
        match (values().min_by(by_value), values().max_by(by_value)) {
            (Some(low), Some(high)) if low.0 <= high.0 => kept.extend([*low, *high]),
            (Some(low), Some(high)) => kept.extend([*high, *low]),
            _ => kept.extend(bucket.first().copied()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_every_item_once() {
        for (len, limit) in [(0, 5), (1, 5), (7, 3), (3600, 500)] {
            let all: Vec<usize> = buckets(len, limit).into_iter().flatten().collect();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_single_spike_survives() {
        let points: Vec<(f64, Option<f64>)> = (0..3600_u32)
            .map(|at| (f64::from(at), Some(if at == 1234 { 99.0 } else { 1.0 })))
            .collect();
        let thinned = extremes(&points, 1000);
        assert!(thinned.len() <= 1000);
        assert!(thinned.contains(&(1234.0, Some(99.0))));
    }
}
