//! From histograms to the fixed buckets that are shown to other tools.

use crate::phase::Phase;
use crate::record::{Histogram, MetricSet, PhaseSet};
use crate::summary::{BUCKET_ENDS_NS, Buckets};

/// The buckets of the successes: of each phase, and of each metric of `Server-Timing`, whose names
/// are at their places.
pub(super) fn buckets(
    ok: &PhaseSet,
    metrics: &MetricSet,
    names: &[std::sync::Arc<str>],
) -> Buckets {
    let phases = ok.iter().map(|(phase, spans)| (phase.to_string(), spans));
    let metrics = metrics.iter().filter_map(|(place, spans)| {
        let name = names.get(place)?;
        Some((format!("{}.{name}", Phase::Server), spans))
    });
    Buckets {
        le_ns: BUCKET_ENDS_NS.to_vec(),
        phases: phases
            .chain(metrics)
            .map(|(name, spans)| (name, up_to(spans)))
            .collect(),
    }
}

/// How many spans are as short as each end.
fn up_to(spans: &Histogram) -> Vec<u64> {
    let mut counts = spans.counts().peekable();
    let mut sum = 0;
    let ends = BUCKET_ENDS_NS.iter().map(|end| {
        while let Some((_, count)) = counts.next_if(|(ns, _)| Histogram::is_within(*ns, *end)) {
            sum += count;
        }
        sum
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Nanos;

    #[test]
    fn counts_are_cumulative_and_ends_belong_to_their_buckets() {
        let mut spans = Histogram::default();
        for ns in [0, 99_000, 100_000, 101_000, 5_000_000, 120_000_000_000] {
            spans.record(Nanos(ns));
        }
        let counts = up_to(&spans);
        assert_eq!(counts[..2], [3, 4]);
        assert_eq!(counts[4..6], [4, 5]);
        assert_eq!(counts[17..], [5, 6]);
        spans.record(Nanos::from_secs(121));
        assert_eq!(up_to(&spans)[18], 6, "what is longer is in no bucket");
        assert!(up_to(&Histogram::default()).iter().all(|count| *count == 0));
    }
}
