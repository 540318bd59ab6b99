//! Counts of values in the buckets of an HdrHistogram of fixed size.
//!
//! The crate's histogram is of any size, and walks all of its buckets to merge, to clear or to find a
//! percentile. This one has the same buckets, always as many, and walks those that are in use. What is
//! written and read goes through the crate's.

use hdrhistogram::Histogram as Hdr;

use crate::units::float;

/// The largest value that is told apart; larger ones are counted as this: an hour in nanoseconds.
pub(super) const LARGEST: u64 = 3_600_000_000_000;

/// Three significant digits: a bucket is at most 0.1 % wide.
pub(super) const DIGITS: u8 = 3;

/// Buckets of equal width: 2,048 for values up to as many, and 1,024 for each doubling above.
const HALF_BITS: u32 = 10;
const HALF: usize = 1 << HALF_BITS;

/// Enough for the doublings up to the largest value.
const BUCKETS: usize = 33 * HALF;

/// Counts of values from 1 on; about 130 KiB, of which the system gives only what is used.
#[derive(Debug)]
pub(super) struct Counts {
    buckets: Box<[u32]>,
    total: u64,
    /// The first bucket that is in use, and the one behind the last.
    used: (usize, usize),
}

impl Clone for Counts {
    /// Copies the used buckets alone: of the others, the copy takes no memory.
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.merge(self);
        copy
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            buckets: vec![0; BUCKETS].into(),
            total: 0,
            used: (BUCKETS, 0),
        }
    }
}

impl Counts {
    /// How many values were counted.
    pub(super) const fn len(&self) -> u64 {
        self.total
    }

    /// Counts a value, of which 0 is none.
    pub(super) fn record(&mut self, value: u64) {
        let bucket = bucket(value);
        let bucket = if bucket < BUCKETS {
            bucket
        } else {
            self::bucket(LARGEST)
        };
        self.add(bucket, 1);
        self.total += 1;
    }

    fn add(&mut self, bucket: usize, more: u32) {
        self.buckets[bucket] = self.buckets[bucket].saturating_add(more);
        self.used = (self.used.0.min(bucket), self.used.1.max(bucket + 1));
    }

    /// Adds other counts.
    pub(super) fn merge(&mut self, other: &Self) {
        let used = other.used.0..other.used.1.max(other.used.0);
        let more = &other.buckets[used.clone()];
        for (count, more) in self.buckets[used].iter_mut().zip(more) {
            *count = count.saturating_add(*more);
        }
        self.total += other.total;
        self.used = (self.used.0.min(other.used.0), self.used.1.max(other.used.1));
    }

    /// Each bucket that holds anything, by its place, with its count.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, u32)> {
        let (first, end) = self.used;
        let used = (0..)
            .zip(&self.buckets)
            .skip(first)
            .take(end.saturating_sub(first));
        used.filter(|(_, count)| **count > 0)
            .map(|(place, count)| (place, *count))
    }

    /// Adds to the count at a place; returns whether there is such a place.
    pub(super) fn add_at(&mut self, place: u32, more: u32) -> bool {
        let bucket = place as usize;
        let is_known = bucket < BUCKETS;
        if is_known {
            self.add(bucket, more);
            self.total += u64::from(more);
        }
        is_known
    }

    /// Forgets everything but keeps the memory.
    pub(super) fn reset(&mut self) {
        let (first, end) = self.used;
        self.buckets[first..end.max(first)].fill(0);
        self.total = 0;
        self.used = (BUCKETS, 0);
    }

    /// The buckets that hold anything, with their counts.
    fn used_buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        let (first, end) = self.used;
        let used = self.buckets[first..end.max(first)].iter().zip(first..);
        used.filter(|(count, _)| **count > 0)
            .map(|(count, bucket)| (bucket, u64::from(*count)))
    }

    /// Each bucket that holds anything, by its largest value, with its count.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.used_buckets()
            .map(|(bucket, count)| (largest(bucket), count))
    }

    /// Each bucket that holds anything, by the value in its middle, with its count.
    pub(super) fn middles(&self) -> impl Iterator<Item = (u64, u64)> {
        self.used_buckets()
            .map(|(bucket, count)| (middle(bucket), count))
    }

    /// The largest value of the bucket at a fraction of the counts, of the fraction 0 the smallest; 0
    /// where there are none.
    pub(super) fn at(&self, fraction: f64) -> u64 {
        let wanted = fraction.min(1.0) * float(self.total);
        let mut reached = 0;
        for (bucket, count) in self.used_buckets() {
            reached += count;
            if fraction <= 0.0 {
                return smallest(bucket);
            }
            if float(reached) >= wanted {
                return largest(bucket);
            }
        }
        0
    }

    /// The standard deviation, each value taken for the middle of its bucket.
    pub(super) fn stdev(&self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let total = float(self.total);
        let mean = self.middles().fold(0.0, |mean, (value, count)| {
            mean + float(value) * float(count) / total
        });
        let squares = self.middles().fold(0.0, |sum, (value, count)| {
            let off = float(value) - mean;
            sum + off * off * float(count)
        });
        (squares / total).sqrt()
    }

    /// The same counts as the crate has them, to be written or walked as only it can.
    pub(super) fn to_hdr(&self) -> Hdr<u32> {
        let mut hdr = empty_hdr();
        self.copy_to(&mut hdr);
        hdr
    }

    /// Puts the same counts into one of the crate's that is empty.
    pub(super) fn copy_to(&self, hdr: &mut Hdr<u32>) {
        for (bucket, count) in self.used_buckets() {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            hdr.saturating_record_n(smallest(bucket), count);
        }
    }
}

/// The crate's histogram of the same buckets.
pub(super) fn empty_hdr() -> Hdr<u32> {
    let hdr = Hdr::new_with_bounds(1, LARGEST, DIGITS);
    #[expect(clippy::expect_used, reason = "the bounds are constants, tested below")]
    hdr.expect("1 to an hour at three digits are legal bounds")
}

impl From<&Hdr<u32>> for Counts {
    /// Those of a histogram with the same bounds.
    fn from(hdr: &Hdr<u32>) -> Self {
        let mut counts = Self::default();
        for point in hdr.iter_recorded() {
            let bucket = bucket(point.value_iterated_to()).min(BUCKETS - 1);
            counts.add(bucket, point.count_at_value());
            counts.total += u64::from(point.count_at_value());
        }
        counts
    }
}

/// The smallest value of the bucket that a value belongs to.
pub(super) const fn smallest_equivalent(value: u64) -> u64 {
    smallest(bucket(value))
}

/// The number of doublings by which values are coarser than whole numbers.
const fn doublings(value: u64) -> u32 {
    (value | HALF as u64).ilog2() - HALF_BITS
}

/// The bucket of a value. The last ones may lie beyond those that are kept.
#[expect(clippy::cast_possible_truncation, reason = "a value of 2,047 at most")]
const fn bucket(value: u64) -> usize {
    let doublings = doublings(value);
    (doublings as usize) * HALF + (value >> doublings) as usize
}

/// By how many doublings the values of a bucket are coarser than whole numbers.
const fn doublings_of(bucket: usize) -> usize {
    let half = bucket / HALF;
    if half == 0 { 0 } else { half - 1 }
}

/// The smallest value of a bucket.
const fn smallest(bucket: usize) -> u64 {
    let doublings = doublings_of(bucket);
    ((bucket - doublings * HALF) as u64) << doublings
}

/// The largest value of a bucket.
const fn largest(bucket: usize) -> u64 {
    smallest(bucket) + (1 << doublings_of(bucket)) - 1
}

/// The value in the middle of a bucket.
const fn middle(bucket: usize) -> u64 {
    smallest(bucket) + (1 << doublings_of(bucket)) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> (Counts, Hdr<u32>) {
        let mut counts = Counts::default();
        let mut hdr = Hdr::new_with_bounds(1, LARGEST, DIGITS).unwrap();
        for &value in values {
            counts.record(value);
            hdr.saturating_record(value);
        }
        (counts, hdr)
    }

    fn values() -> impl Strategy<Value = Vec<u64>> {
        let value = prop_oneof![
            1_u64..5_000,
            1_000_000_u64..2_000_000,
            1..=u64::MAX,
            (0..64_u32, 0..3_u64)
                .prop_map(|(bit, off)| ((1 << bit) + off).saturating_sub(1).max(1)),
        ];
        prop::collection::vec(value, 0..60)
    }

    fn assert_same(counts: &Counts, hdr: &Hdr<u32>) {
        assert_eq!(&counts.to_hdr(), hdr);
        assert_eq!(counts.len(), hdr.len());
        let recorded: Vec<_> = hdr
            .iter_recorded()
            .map(|point| (point.value_iterated_to(), u64::from(point.count_at_value())))
            .collect();
        assert_eq!(counts.iter().collect::<Vec<_>>(), recorded);
        for fraction in [0.0, 1e-9, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0] {
            let found = counts.at(fraction);
            assert_eq!(found, hdr.value_at_quantile(fraction), "{fraction}");
        }
        // To the last bit.
        assert_eq!(counts.stdev().to_bits(), hdr.stdev().to_bits());
    }

    proptest! {
        #[test]
        fn they_are_those_of_an_hdr_histogram(left in values(), right in values()) {
            let (mut counts, mut hdr) = of(&left);
            assert_same(&counts, &hdr);
            assert_same(&Counts::from(&hdr), &hdr);
            let (more, hdr_more) = of(&right);
            counts.merge(&more);
            hdr.add(&hdr_more).unwrap();
            assert_same(&counts, &hdr);
            counts.reset();
            hdr.reset();
            assert_same(&counts, &hdr);
            prop_assert!(counts.buckets.iter().all(|count| *count == 0));
        }

        #[test]
        fn a_bucket_begins_where_the_crates_does(value in 1..4_000_000_000_000_u64) {
            let (_, hdr) = of(&[]);
            prop_assert_eq!(smallest_equivalent(value), hdr.lowest_equivalent(value));
            prop_assert_eq!(middle(bucket(value)), hdr.median_equivalent(value));
        }
    }
}
