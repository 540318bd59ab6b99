//! Counts, rates and distributions, of a run or of a load of it.

use super::{Contradiction, DIGITS, ROUNDING, agree};
use crate::phase::Phase;
use crate::summary::{Counts, FaultResult, NegativeResult, PhaseStats, Rates};
use crate::units::{float, sum};

/// The counts and rates of the run, or of a load.
pub(super) fn part(place: &str, counts: &Counts, rates: &Rates) -> Result<(), Contradiction> {
    let Counts {
        planned,
        started,
        completed,
        dropped,
        warmup,
        ..
    } = *counts;
    let parts = sum([counts.ok, counts.failed, counts.negative]);
    agree(parts == completed, || {
        format!(
            "{place}counts.completed is {completed}, but ok, failed and negative add up to {parts}"
        )
    })?;
    agree(completed <= started, || {
        format!("{place}counts.completed is {completed}, but started is {started}")
    })?;
    let begun = sum([started, dropped]);
    agree(begun <= planned, || {
        format!("{place}counts.started and dropped add up to {begun}, but planned is {planned}")
    })?;
    let (achieved, measured_s) = (rates.achieved_per_s, rates.measured_s);
    let is_negative = achieved < 0.0 || measured_s < 0.0;
    agree(!is_negative, || {
        format!(
            "{place}rates.achieved_per_s is {achieved}, but it is over {measured_s} s, and neither \
             can be negative"
        )
    })?;
    // What was sent in the warm-up may be answered after it.
    let most = float(sum([completed, warmup]));
    let limit = most * (1.0 + ROUNDING) + ROUNDING;
    agree(achieved * measured_s <= limit, || {
        format!(
            "{place}rates.achieved_per_s is {achieved} over {measured_s} s, but {most} callouts \
             ended, the warm-up included"
        )
    })?;
    let Some(planned_per_s) = rates.planned_per_s.filter(|_| measured_s > 0.0) else {
        return Ok(());
    };
    let due = planned_per_s * measured_s;
    agree((due - float(planned)).abs() <= 0.5 + due * ROUNDING, || {
        format!(
            "{place}rates.planned_per_s is {planned_per_s} over {measured_s} s, but counts.planned \
             is {planned}"
        )
    })
}

/// The distributions of this many callouts.
pub(super) fn phases<'p>(
    place: &str,
    phases: impl Iterator<Item = (&'p Phase, &'p PhaseStats)>,
    callouts: u64,
) -> Result<(), Contradiction> {
    for (phase, stats) in phases {
        agree(stats.count <= callouts, || {
            format!(
                "{place}.{phase}.count is {}, but there are {callouts} of these callouts",
                stats.count
            )
        })?;
        let ascending = [
            ("min_ns", float(stats.min_ns)),
            ("p50_ns", float(stats.p50_ns)),
            ("p90_ns", float(stats.p90_ns)),
            ("p95_ns", float(stats.p95_ns)),
            ("p99_ns", float(stats.p99_ns)),
            ("p99_9_ns", float(stats.p99_9_ns)),
            ("p99_99_ns", float(stats.p99_99_ns)),
            ("max_ns", float(stats.max_ns)),
        ];
        let mean = ("mean_ns", stats.mean_ns);
        let pairs = ascending.windows(2).map(|two| (two[0], two[1]));
        let ends = [(ascending[0], mean), (mean, ascending[7])];
        for ((lower, low), (upper, high)) in pairs.chain(ends) {
            agree(low <= high * (1.0 + DIGITS), || {
                format!("{place}.{phase}.{lower} is {low}, but {upper} is {high}")
            })?;
        }
    }
    Ok(())
}

/// Bad tokens, by their faults.
pub(super) fn faults(negative: &NegativeResult, counts: &Counts) -> Result<(), Contradiction> {
    let faults = |of: fn(&FaultResult) -> u64| sum(negative.faults.iter().map(of));
    for (name, all, of_faults) in [
        (
            "counts.negative",
            counts.negative,
            faults(|fault| fault.sent),
        ),
        (
            "negative.false_accepts",
            negative.false_accepts,
            faults(|fault| fault.false_accepts),
        ),
        (
            "negative.server_errors",
            negative.server_errors,
            faults(|fault| fault.server_errors),
        ),
    ] {
        agree(all == of_faults, || {
            format!("{name} is {all}, but its faults add up to {of_faults}")
        })?;
    }
    Ok(())
}
