//! Nanoseconds in an HdrHistogram of fixed size.

use hdrhistogram::Histogram as Hdr;

use crate::summary::{PhaseStats, SpectrumPoint};
use crate::units::{Nanos, Quantile};

/// The longest span that is told apart; longer ones are recorded as this.
const LONGEST: Nanos = Nanos::from_secs(3600);

/// Three significant digits: a recorded value is within 0.1 % of the true one.
const DIGITS: u8 = 3;

/// A distribution of spans: 1 ns to 1 h, 0.1 % exact, about 130 KiB whatever it holds.
#[derive(Clone, Debug)]
pub struct Histogram(Hdr<u32>);

impl Default for Histogram {
    fn default() -> Self {
        let counts = Hdr::new_with_bounds(1, LONGEST.0, DIGITS);
        #[expect(clippy::expect_used, reason = "the bounds are constants, tested below")]
        let mut counts = counts.expect("1 ns to 1 h at three digits are legal bounds");
        // Written to at once, so that its memory is resident from the start and not page
        // by page as rarer values come: a long run then needs no more than a short one.
        counts.reset();
        Self(counts)
    }
}

impl Histogram {
    /// How many spans were recorded.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The span at a percentile; `None` when nothing was recorded.
    pub fn quantile(&self, quantile: Quantile) -> Option<Nanos> {
        self.at(quantile.as_fraction())
    }

    /// The span at a fraction of the distribution; `None` when nothing was recorded.
    pub fn at(&self, fraction: f64) -> Option<Nanos> {
        (!self.is_empty()).then(|| Nanos(self.0.value_at_quantile(fraction)))
    }

    /// The longest span, to 0.1 %.
    pub fn max(&self) -> Nanos {
        Nanos(self.0.max())
    }

    /// The dozen numbers of a report.
    pub fn stats(&self) -> PhaseStats {
        let at = |quantile| self.0.value_at_quantile(quantile);
        PhaseStats {
            count: self.len(),
            min_ns: self.0.min(),
            mean_ns: self.0.mean(),
            stdev_ns: self.0.stdev(),
            p50_ns: at(0.5),
            p90_ns: at(0.9),
            p95_ns: at(0.95),
            p99_ns: at(0.99),
            p99_9_ns: at(0.999),
            p99_99_ns: at(0.9999),
            max_ns: self.0.max(),
        }
    }

    /// The percentile spectrum, five points each time the tail is halved.
    pub fn spectrum(&self) -> Vec<SpectrumPoint> {
        self.0
            .iter_quantiles(5)
            .map(|point| SpectrumPoint {
                quantile: point.quantile_iterated_to(),
                value_ns: point.value_iterated_to(),
            })
            .collect()
    }

    /// Records one span; zero counts as 1 ns.
    pub fn record(&mut self, span: Nanos) {
        self.0.saturating_record(span.0.max(1));
    }

    /// Adds another distribution, span by span.
    ///
    /// # Panics
    ///
    /// Never: all histograms have the same constant bounds.
    pub fn merge(&mut self, other: &Self) {
        #[expect(clippy::expect_used, reason = "all have the same constant bounds")]
        self.0.add(&other.0).expect("equal bounds always add");
    }

    /// Forgets everything but keeps the memory.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    pub(super) const fn as_hdr(&self) -> &Hdr<u32> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        assert!(histogram.max() >= LONGEST);
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
