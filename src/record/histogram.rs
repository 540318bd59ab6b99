//! Nanoseconds in an HdrHistogram of fixed size.

use hdrhistogram::Histogram as Hdr;

use super::counts::{self, Counts};
use crate::summary::{PhaseStats, SpectrumPoint};
use crate::units::{Nanos, Quantile, float};

/// A distribution of spans: 1 ns to 1 h, 0.1 % exact, of fixed size whatever it holds. Its ends and
/// its sum are kept beside it and are exact.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    counts: Counts,
    ends: Option<(Nanos, Nanos)>,
    sum: u128,
}

impl Histogram {
    /// How many spans were recorded.
    pub fn len(&self) -> u64 {
        self.counts.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.ends.is_none()
    }

    /// The span at a percentile; `None` when nothing was recorded.
    pub fn quantile(&self, quantile: Quantile) -> Option<Nanos> {
        self.at(quantile.as_fraction())
    }

    /// The span at a fraction of the distribution; `None` when nothing was recorded.
    pub fn at(&self, fraction: f64) -> Option<Nanos> {
        let (min, max) = self.ends?;
        let near = Nanos(self.counts.at(fraction));
        Some(near.clamp(min, max))
    }

    /// The longest span.
    pub fn max(&self) -> Nanos {
        self.ends.unwrap_or_default().1
    }

    /// The dozen numbers of a report.
    pub fn stats(&self) -> PhaseStats {
        let at = |fraction| self.at(fraction).unwrap_or_default().0;
        let (min, max) = self.ends.unwrap_or_default();
        PhaseStats {
            count: self.len(),
            min_ns: min.0,
            mean_ns: self.mean(),
            stdev_ns: self.counts.stdev(),
            p50_ns: at(0.5),
            p90_ns: at(0.9),
            p95_ns: at(0.95),
            p99_ns: at(0.99),
            p99_9_ns: at(0.999),
            p99_99_ns: at(0.9999),
            max_ns: max.0,
        }
    }

    fn mean(&self) -> f64 {
        let (whole, rest) = (self.sum / self.divisor(), self.sum % self.divisor());
        let part = |value: u128| float(u64::try_from(value).unwrap_or(u64::MAX));
        part(whole) + part(rest) / part(self.divisor())
    }

    fn divisor(&self) -> u128 {
        u128::from(self.len().max(1))
    }

    /// The percentile spectrum, five points each time the tail is halved.
    pub fn spectrum(&self) -> Vec<SpectrumPoint> {
        let (min, max) = self.ends.unwrap_or_default();
        self.counts
            .to_hdr()
            .iter_quantiles(5)
            .map(|point| SpectrumPoint {
                quantile: point.quantile_iterated_to(),
                value_ns: point.value_iterated_to().clamp(min.0, max.0),
            })
            .collect()
    }

    /// Each value that occurred, in nanoseconds, with how often.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.iter()
    }

    /// Whether a value that occurred is no longer than an end, as far as values are told apart.
    pub(crate) const fn is_within(value: u64, end: u64) -> bool {
        counts::smallest_equivalent(value) <= end
    }

    /// Records one span.
    pub fn record(&mut self, span: Nanos) {
        self.counts.record(span.0.max(1));
        self.widen(span, span);
        self.sum += u128::from(span.0);
    }

    fn widen(&mut self, shortest: Nanos, longest: Nanos) {
        let (min, max) = self.ends.unwrap_or((shortest, longest));
        self.ends = Some((min.min(shortest), max.max(longest)));
    }

    /// Adds another distribution, span by span.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        if let Some((min, max)) = other.ends {
            self.widen(min, max);
        }
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// The shortest and the longest span, if there is any.
    pub(super) const fn ends(&self) -> Option<(Nanos, Nanos)> {
        self.ends
    }

    /// The sum of all spans in nanoseconds.
    pub(super) const fn sum(&self) -> u128 {
        self.sum
    }

    /// Each bucket that holds anything, by its place, with its count.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, u32)> {
        self.counts.places()
    }

    /// Adds spans of which the bucket is known; returns whether there is such a bucket. Their ends and
    /// their sum follow in [`add_sum`](Self::add_sum).
    pub(super) fn add_place(&mut self, place: u32, count: u32) -> bool {
        self.counts.add_at(place, count)
    }

    /// Adds the ends and the sum of spans that were added by their buckets.
    pub(super) fn add_sum(&mut self, (shortest, longest): (Nanos, Nanos), sum: u128) {
        self.widen(shortest, longest);
        self.sum = self.sum.saturating_add(sum);
    }

    /// Forgets everything but keeps the memory.
    pub fn reset(&mut self) {
        self.counts.reset();
        self.ends = None;
        self.sum = 0;
    }

    /// Puts the same counts into one of the crate's that is empty.
    pub(super) fn copy_to(&self, hdr: &mut Hdr<u32>) {
        self.counts.copy_to(hdr);
    }

    /// The same as the crate has it.
    #[cfg(test)]
    pub(super) fn to_hdr(&self) -> Hdr<u32> {
        self.counts.to_hdr()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::counts::LARGEST;
    use super::*;

    fn of(spans: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &span in spans {
            histogram.record(Nanos(span));
        }
        histogram
    }

    #[test]
    fn values_past_the_end_are_kept_at_the_end() {
        let histogram = of(&[u64::MAX]);
        assert_eq!(histogram.len(), 1);
        assert!(histogram.max().0 >= LARGEST);
    }

    #[test]
    fn the_ends_and_the_mean_are_exact_and_a_span_of_nothing_is_one() {
        let stats = of(&[0, 300_000_000_001, 299_999_999_999]).stats();
        assert_eq!((stats.min_ns, stats.max_ns), (0, 300_000_000_001));
        assert!((stats.mean_ns - 200e9).abs() < 1e-3, "{stats:?}");
        assert!(stats.p99_ns <= stats.max_ns);
        let nothing = of(&[0, 0]).stats();
        assert_eq!((nothing.p50_ns, nothing.p99_99_ns), (0, 0));
    }

    proptest! {
        #[test]
        fn merging_parts_is_recording_the_whole(
            left in prop::collection::vec(1_u64..10_000_000_000, 0..50),
            right in prop::collection::vec(1_u64..10_000_000_000, 0..50),
        ) {
            let mut merged = of(&left);
            merged.merge(&of(&right));
            let whole: Vec<u64> = left.iter().chain(&right).copied().collect();
            prop_assert_eq!(merged.stats(), of(&whole).stats());
            let mut swapped = of(&right);
            swapped.merge(&of(&left));
            prop_assert_eq!(merged.stats(), swapped.stats());
        }

        #[test]
        fn a_recorded_value_is_within_a_thousandth(span in 1_u64..3_600_000_000_000) {
            let read = of(&[span]).at(0.5).unwrap().0;
            prop_assert!(read.abs_diff(span) <= span / 1_000 + 1, "{read} for {span}");
        }
    }
}
