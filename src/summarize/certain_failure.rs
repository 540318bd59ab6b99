//! Thresholds that a run is certain to break, whatever is still to come.
//!
//! A percentile is of `S` callouts in the end, and `S` is at most the `N` that the run will make. Once more
//! than a hundredth of `N` have exceeded the limit of a p99, more than a hundredth of `S` will have. The same
//! holds for shares, means and maxima, which a later callout can only make worse or dilute up to `N`.

use std::sync::Arc;

use crate::phase::Phase;
use crate::plan::{Comparator, Limit, Threshold, ThresholdMetric};
use crate::record::{FaultTally, Histogram, Interval};
use crate::sample::Outcome;
use crate::summary::BrokenThreshold;
use crate::units::{Nanos, Percent, float, share, whole};

/// The first of the thresholds that may end a run at `now` and that it is certain to break.
///
/// `total` is what was measured so far, with the names of its metrics of `Server-Timing`, and `at_most` is
/// how many callouts the run will measure at most.
pub(super) fn certain_failure(
    thresholds: &[Threshold],
    (total, names): (&Interval, &[Arc<str>]),
    at_most: u64,
    now: Nanos,
) -> Option<BrokenThreshold> {
    let may_end = |one: &&Threshold| one.abort_after.is_some_and(|after| now >= after);
    thresholds.iter().filter(may_end).find_map(|threshold| {
        let found = Found::of(threshold, (total, names), at_most)?;
        Some(BrokenThreshold {
            metric: threshold.metric.to_string(),
            comparison: threshold.comparison.to_string(),
            limit_text: threshold.limit.to_string(),
            count: found.count,
            allowed: found.allowed,
            at_most: found.at_most,
        })
    })
}

/// What breaks a threshold for certain.
struct Found {
    /// Callouts that broke it.
    count: u64,
    /// How many may, if that is a number.
    allowed: Option<u64>,
    /// The callouts of the run at most, if that matters.
    at_most: Option<u64>,
}

impl Found {
    fn of(
        threshold: &Threshold,
        (total, names): (&Interval, &[Arc<str>]),
        at_most: u64,
    ) -> Option<Self> {
        let tally = &total.tally;
        let comparison = threshold.comparison;
        match (&threshold.metric, threshold.limit) {
            (ThresholdMetric::PhaseQuantile(spans, quantile), Limit::Span(limit)) => {
                let over = outside(total.spans(spans, names)?, comparison, limit);
                // As the histogram finds a percentile, to the last bit.
                let wanted = quantile.as_fraction() * float(at_most);
                let allowed = at_most.saturating_sub(whole(wanted.ceil()));
                Self::more_than(allowed, over, at_most)
            }
            (ThresholdMetric::PhaseMean(spans), Limit::Span(limit)) => {
                let all = total.spans(spans, names)?;
                let sum = all.stats().mean_ns * float(all.len());
                (sum > float(limit.0) * float(at_most)).then(|| Self {
                    count: all.len(),
                    allowed: None,
                    at_most: Some(at_most),
                })
            }
            (ThresholdMetric::PhaseMax(spans), Limit::Span(limit)) => {
                Self::any(outside(total.spans(spans, names)?, comparison, limit))
            }
            (ThresholdMetric::FailedShare, Limit::Share(limit)) => {
                let allowed = allowed(limit, comparison, at_most);
                Self::more_than(allowed, tally.failed, at_most)
            }
            (ThresholdMetric::DroppedShare, Limit::Share(limit)) => {
                let allowed = allowed(limit, comparison, at_most);
                Self::more_than(allowed, tally.dropped, at_most)
            }
            (ThresholdMetric::FalseAccepts, Limit::Count(limit)) => {
                let accepted = of_faults(total, |fault| fault.false_accepts);
                Self::number(accepted, comparison, limit)
            }
            (ThresholdMetric::BadTokenErrors, Limit::Count(limit)) => {
                let errors = of_faults(total, |fault| fault.server_errors);
                Self::number(errors, comparison, limit)
            }
            (ThresholdMetric::FalseRejects, Limit::Count(limit)) => {
                let refused = [Outcome::Unauthorized, Outcome::Forbidden];
                let refused = total.outcomes().filter(|(kind, _)| refused.contains(kind));
                let refused = refused.filter_map(|(_, set)| set.get(Phase::Latency));
                Self::number(refused.map(Histogram::len).sum(), comparison, limit)
            }
            _ => None,
        }
    }

    /// More callouts than may.
    fn more_than(allowed: u64, count: u64, at_most: u64) -> Option<Self> {
        (count > allowed).then_some(Self {
            count,
            allowed: Some(allowed),
            at_most: Some(at_most),
        })
    }

    /// A number that only grows.
    fn number(count: u64, comparison: Comparator, limit: u64) -> Option<Self> {
        Self::any(count).filter(|_| !comparison.holds(float(count), float(limit)))
    }

    fn any(count: u64) -> Option<Self> {
        (count > 0).then_some(Self {
            count,
            allowed: None,
            at_most: None,
        })
    }
}

/// The most callouts whose share of all keeps a limit.
fn allowed(limit: Percent, comparison: Comparator, at_most: u64) -> u64 {
    let limit = limit.as_fraction();
    let most = whole(limit * float(at_most));
    let holds = share(most, at_most).is_some_and(|share| comparison.holds(share, limit));
    if holds { most } else { most.saturating_sub(1) }
}

fn of_faults(total: &Interval, of: impl Fn(&FaultTally) -> u64) -> u64 {
    total.faults.values().map(of).sum()
}

/// How many of the spans break a limit, as a percentile would report them.
pub(super) fn outside(spans: &Histogram, comparison: Comparator, limit: Nanos) -> u64 {
    let longest = spans.max().0;
    let breaks = |value: u64| !comparison.holds(float(value.min(longest)), float(limit.0));
    let outside = spans.counts().filter(|(value, _)| breaks(*value));
    outside.map(|(_, count)| count).sum()
}

/// How many callouts a load will measure at most if the number is not known: twice as many as its pace so
/// far comes to until its end.
pub(super) fn projected(planned: u64, elapsed: Nanos, end: Nanos) -> u64 {
    if elapsed == Nanos::ZERO {
        return u64::MAX;
    }
    let longer = (end.as_secs_f64() / elapsed.as_secs_f64()).max(1.0);
    whole(2.0 * float(planned) * longer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phase::Phase;
    use crate::plan::Spans;
    use crate::record::PhaseSet;
    use crate::units::Quantile;

    fn threshold(metric: ThresholdMetric, limit: Limit, comparison: Comparator) -> Threshold {
        Threshold {
            metric,
            comparison,
            limit,
            implied: false,
            abort_after: Some(Nanos::from_secs(5)),
        }
    }

    fn p90(limit: Nanos, comparison: Comparator) -> Threshold {
        let metric =
            ThresholdMetric::PhaseQuantile(Spans::Phase(Phase::Latency), "p90".parse().unwrap());
        threshold(metric, Limit::Span(limit), comparison)
    }

    fn recorded(spans: &[u64]) -> Interval {
        let mut set = PhaseSet::default();
        for span in spans {
            set.record(Phase::Latency, Nanos(*span));
        }
        let mut interval = Interval::default();
        interval.sets[Outcome::Ok.index()] = Some(Box::new(set));
        interval
    }

    fn found(threshold: &Threshold, total: &Interval, at_most: u64) -> Option<BrokenThreshold> {
        let thresholds = std::slice::from_ref(threshold);
        certain_failure(thresholds, (total, &[]), at_most, Nanos::from_secs(5))
    }

    #[test]
    fn a_percentile_is_lost_with_one_callout_more_than_may_be_slow() {
        let limit = Nanos::from_millis(10);
        let slow = Nanos::from_millis(20).0;
        let of_a_hundred = |slow_ones: usize| {
            found(
                &p90(limit, Comparator::Below),
                &recorded(&vec![slow; slow_ones]),
                100,
            )
        };
        assert_eq!(of_a_hundred(10), None);
        let broken = of_a_hundred(11).unwrap();
        assert_eq!(
            (broken.count, broken.allowed, broken.at_most),
            (11, Some(10), Some(100))
        );
    }

    #[test]
    fn nothing_ends_a_run_before_its_time_or_unasked() {
        let total = recorded(&[Nanos::SECOND.0; 50]);
        let mut threshold = p90(Nanos::from_millis(10), Comparator::Below);
        assert!(found(&threshold, &total, 100).is_some());
        let early = Nanos::from_millis(4_999);
        let thresholds = std::slice::from_ref(&threshold);
        assert_eq!(certain_failure(thresholds, (&total, &[]), 100, early), None);
        threshold.abort_after = None;
        assert_eq!(found(&threshold, &total, 100), None);
    }

    #[test]
    fn shares_are_of_all_that_is_still_to_come() {
        let limit = Limit::Share(Percent::ONE_PERCENT);
        let failed = threshold(ThresholdMetric::FailedShare, limit, Comparator::Below);
        let mut total = Interval::default();
        // Ten of a thousand are one per cent, and not below it.
        total.tally.failed = 9;
        assert_eq!(found(&failed, &total, 1_000), None);
        total.tally.failed = 10;
        assert_eq!(found(&failed, &total, 1_000).unwrap().allowed, Some(9));
        let at_most = threshold(ThresholdMetric::FailedShare, limit, Comparator::AtMost);
        assert_eq!(found(&at_most, &total, 1_000), None);
    }

    proptest! {
        // The law: whatever comes after, the percentile of the whole breaks the limit.
        #[test]
        fn what_is_certain_comes_true(
            so_far in prop::collection::vec(1_u64..40, 0..60),
            later in prop::collection::vec(1_u64..40, 0..60),
            unused in 0_u64..30,
            limit in 1_u64..40,
            is_strict in any::<bool>(),
        ) {
            let comparison = if is_strict { Comparator::Below } else { Comparator::AtMost };
            let threshold = p90(Nanos(limit), comparison);
            let all: Vec<u64> = so_far.iter().chain(&later).copied().collect();
            let at_most = all.len() as u64 + unused;
            if found(&threshold, &recorded(&so_far), at_most).is_some() {
                let quantile: Quantile = "p90".parse().unwrap();
                let whole = recorded(&all);
                let actual = whole.success(Phase::Latency).unwrap().quantile(quantile).unwrap();
                prop_assert!(!comparison.holds(float(actual.0), float(limit)), "{actual}");
            }
        }

        // And no callout that is allowed to be slow ends a run.
        #[test]
        fn a_run_that_can_still_hold_goes_on(slow in 0_usize..20, at_most in 20_u64..200) {
            let total = recorded(&vec![Nanos::SECOND.0; slow]);
            let threshold = p90(Nanos::from_millis(1), Comparator::Below);
            let mut best = vec![1; usize::try_from(at_most).unwrap() - slow];
            best.extend(vec![Nanos::SECOND.0; slow]);
            let best = recorded(&best);
            let best = best.success(Phase::Latency).unwrap().quantile("p90".parse().unwrap());
            if best < Some(Nanos::from_millis(1)) {
                prop_assert_eq!(found(&threshold, &total, at_most), None);
            }
        }
    }
}
