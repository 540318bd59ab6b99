//! From which second on a load whose rate changes no longer held its thresholds.
//!
//! For each threshold and each second it is counted how many callouts there were and how many broke the
//! limit. The stretch up to the end in which most more broke it than may (the highest sum of excesses, as in
//! a CUSUM chart) begins where the threshold no longer held. Percentiles of single seconds would be too
//! noisy: the p99 of 50 callouts is their maximum.

use std::sync::Arc;

use super::certain_failure::outside;
use crate::plan::{Comparator, Limit, Threshold, ThresholdMetric};
use crate::record::{Interval, IntervalKey, Period};
use crate::summary::{RampBreak, Window};
use crate::units::{float, index};

/// The excess must be more than this many standard deviations of what may break the limit by chance.
const DEVIATIONS: f64 = 3.0;

/// Callouts that must break a limit at least.
const BROKEN_MIN: u64 = 5;

/// Seconds on each side over which the rate is averaged.
const AROUND: usize = 2;

/// What each second did to each threshold.
#[derive(Debug)]
pub(super) struct RampWatch(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    threshold: Threshold,
    /// The share of the callouts that may break it.
    allowed: f64,
    seconds: Vec<Tried>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    all: u64,
    broke: u64,
}

impl RampWatch {
    /// Watches the thresholds that are a share of the callouts: percentiles, failures and drops.
    pub(super) fn of(thresholds: &[Threshold]) -> Self {
        let is_upper =
            |one: &Threshold| matches!(one.comparison, Comparator::Below | Comparator::AtMost);
        let watched = thresholds.iter().filter(|one| is_upper(one));
        let watched = watched.filter_map(|threshold| {
            let allowed = match (&threshold.metric, threshold.limit) {
                (ThresholdMetric::PhaseQuantile(_, quantile), _) => 1.0 - quantile.as_fraction(),
                (
                    ThresholdMetric::FailedShare | ThresholdMetric::DroppedShare,
                    Limit::Share(share),
                ) => share.as_fraction(),
                _ => return None,
            };
            Some(Watched {
                threshold: threshold.clone(),
                allowed,
                seconds: Vec::new(),
            })
        });
        Self(watched.collect())
    }

    /// Adds what was recorded for one second.
    pub(super) fn add(&mut self, key: IntervalKey, interval: &Interval, names: &[Arc<str>]) {
        if key.period != Period::Measured {
            return;
        }
        let place = index(key.second);
        for one in &mut self.0 {
            let more = one.of(interval, names);
            if one.seconds.len() <= place {
                one.seconds.resize(place + 1, Tried::default());
            }
            one.seconds[place].all += more.all;
            one.seconds[place].broke += more.broke;
        }
    }

    /// Where each threshold broke that did.
    pub(super) fn breaks(&self, windows: &[Window]) -> Vec<RampBreak> {
        let found = self.0.iter().filter_map(|one| {
            let since_s = one.broke_at()?;
            let threshold = &one.threshold;
            Some(RampBreak {
                metric: threshold.metric.to_string(),
                comparison: threshold.comparison.to_string(),
                limit_text: threshold.limit.to_string(),
                since_s,
                due_per_s: rate_around(windows, since_s),
            })
        });
        found.collect()
    }
}

impl Watched {
    fn of(&self, interval: &Interval, names: &[Arc<str>]) -> Tried {
        let tally = &interval.tally;
        match (&self.threshold.metric, self.threshold.limit) {
            (ThresholdMetric::PhaseQuantile(spans, _), Limit::Span(limit)) => interval
                .spans(spans, names)
                .map_or_else(Tried::default, |spans| Tried {
                    all: spans.len(),
                    broke: outside(spans, self.threshold.comparison, limit),
                }),
            (ThresholdMetric::FailedShare, _) => Tried {
                all: tally.ok + tally.failed,
                broke: tally.failed,
            },
            _ => Tried {
                all: tally.planned,
                broke: tally.dropped,
            },
        }
    }

    /// The first second of the stretch up to the end in which the limit is broken most.
    fn broke_at(&self) -> Option<u64> {
        let (mut all, mut broke) = (0, 0);
        let mut worst: Option<(usize, f64)> = None;
        for (second, one) in self.seconds.iter().enumerate().rev() {
            all += one.all;
            broke += one.broke;
            let may = self.allowed * float(all);
            let excess = float(broke) - may;
            let is_clear = broke >= BROKEN_MIN && excess > DEVIATIONS * may.sqrt();
            if is_clear && one.broke > 0 && worst.is_none_or(|(_, most)| excess > most) {
                worst = Some((second, excess));
            }
        }
        worst.map(|(second, _)| crate::units::count(second))
    }
}

/// The callouts due a second around a second.
fn rate_around(windows: &[Window], second: u64) -> Option<f64> {
    let at = windows.iter().position(|one| one.start_s == second)?;
    let around = &windows[at.saturating_sub(AROUND)..(at + AROUND + 1).min(windows.len())];
    let planned: u64 = around.iter().map(|one| one.planned).sum();
    Some(float(planned) / float(crate::units::count(around.len())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phase::Phase;
    use crate::plan::Spans;
    use crate::units::Nanos;

    fn watched(seconds: Vec<Tried>) -> Watched {
        Watched {
            threshold: Threshold {
                metric: ThresholdMetric::PhaseQuantile(
                    Spans::Phase(Phase::Latency),
                    "p99".parse().unwrap(),
                ),
                comparison: Comparator::Below,
                limit: Limit::Span(Nanos::SECOND),
                implied: false,
                abort_after: None,
            },
            allowed: 0.01,
            seconds,
        }
    }

    fn seconds(spans: &[(usize, u64, u64)]) -> Vec<Tried> {
        let each = spans
            .iter()
            .flat_map(|&(times, all, broke)| std::iter::repeat_n(Tried { all, broke }, times));
        each.collect()
    }

    #[test]
    fn a_ramp_breaks_where_its_last_bad_stretch_begins() {
        // A hiccup in second 5 is over; from second 40 on a tenth is too slow.
        let ramp = seconds(&[(5, 100, 0), (1, 100, 3), (34, 100, 0), (20, 100, 10)]);
        assert_eq!(watched(ramp).broke_at(), Some(40));
        // One in a hundred may be slow all the time.
        assert_eq!(watched(seconds(&[(60, 100, 1)])).broke_at(), None);
        assert_eq!(watched(seconds(&[(60, 100, 50)])).broke_at(), Some(0));
        assert_eq!(watched(Vec::new()).broke_at(), None);
        // What was broken and then held again to the end is not where the load broke.
        let recovered = seconds(&[(5, 100, 30), (200, 100, 0)]);
        assert_eq!(watched(recovered).broke_at(), None);
    }

    proptest! {
        #[test]
        fn a_step_is_found_within_two_seconds(at in 5_usize..60, after in 8_usize..40, broke in 8_u64..100) {
            let ramp = seconds(&[(at, 100, 1), (after, 100, broke)]);
            let found = watched(ramp).broke_at().unwrap();
            prop_assert_eq!(found, at as u64);
        }
    }
}
