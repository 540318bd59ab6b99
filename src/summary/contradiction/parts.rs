//! Counts, rates and distributions, of a run or of a load of it.

use super::{Contradiction, DIGITS, ROUNDING, sum};
use crate::phase::Phase;
use crate::summary::{Counts, NegativeResult, PhaseStats, Rates};
use crate::units::float;

/// The counts and rates of the run, or of a load.
pub(super) fn part(place: &str, counts: &Counts, rates: &Rates) -> Result<(), Contradiction> {
    let parts = sum([counts.ok, counts.failed, counts.negative]);
    if parts != counts.completed {
        return Contradiction::of(
            format!("{place}counts.completed is {}", counts.completed),
            format!("ok, failed and negative add up to {parts}"),
        );
    }
    if counts.completed > counts.started {
        return Contradiction::of(
            format!("{place}counts.completed is {}", counts.completed),
            format!("started is {}", counts.started),
        );
    }
    let begun = sum([counts.started, counts.dropped]);
    if begun > counts.planned {
        return Contradiction::of(
            format!("{place}counts.started and dropped add up to {begun}"),
            format!("planned is {}", counts.planned),
        );
    }
    let Rates {
        achieved_per_s,
        measured_s,
        planned_per_s,
        ..
    } = *rates;
    if achieved_per_s < 0.0 || measured_s < 0.0 {
        return Contradiction::of(
            format!("{place}rates.achieved_per_s is {achieved_per_s}"),
            format!("it is over {measured_s} s, and neither is less than nothing"),
        );
    }
    // What was sent in the warm-up may be answered after it.
    let answered = achieved_per_s * measured_s;
    let most = float(sum([counts.completed, counts.warmup]));
    if answered > most * (1.0 + ROUNDING) + ROUNDING {
        return Contradiction::of(
            format!("{place}rates.achieved_per_s is {achieved_per_s} over {measured_s} s"),
            format!("{most} callouts ended, the warm-up included"),
        );
    }
    let planned = planned_per_s.map(|planned_per_s| planned_per_s * measured_s);
    let is_off = |planned: f64| (planned - float(counts.planned)).abs() > 0.5 + planned * ROUNDING;
    if planned.is_some_and(|planned| measured_s > 0.0 && is_off(planned)) {
        return Contradiction::of(
            format!(
                "{place}rates.planned_per_s is {} over {measured_s} s",
                planned_per_s.unwrap_or_default()
            ),
            format!("counts.planned is {}", counts.planned),
        );
    }
    Ok(())
}

/// The distributions of so many callouts.
pub(super) fn phases<'p>(
    place: &str,
    phases: impl Iterator<Item = (&'p Phase, &'p PhaseStats)>,
    callouts: u64,
) -> Result<(), Contradiction> {
    for (phase, stats) in phases {
        if stats.count > callouts {
            return Contradiction::of(
                format!("{place}.{phase}.count is {}", stats.count),
                format!("there are {callouts} of these callouts"),
            );
        }
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
            if low > high * (1.0 + DIGITS) {
                return Contradiction::of(
                    format!("{place}.{phase}.{lower} is {low}"),
                    format!("{upper} is {high}"),
                );
            }
        }
    }
    Ok(())
}

/// Bad tokens, by their faults.
pub(super) fn faults(negative: &NegativeResult, counts: &Counts) -> Result<(), Contradiction> {
    let faults = || negative.faults.iter();
    for (name, all, of_faults) in [
        (
            "counts.negative",
            counts.negative,
            sum(faults().map(|fault| fault.sent)),
        ),
        (
            "negative.false_accepts",
            negative.false_accepts,
            sum(faults().map(|fault| fault.false_accepts)),
        ),
        (
            "negative.server_errors",
            negative.server_errors,
            sum(faults().map(|fault| fault.server_errors)),
        ),
    ] {
        if all != of_faults {
            return Contradiction::of(
                format!("{name} is {all}"),
                format!("its faults add up to {of_faults}"),
            );
        }
    }
    Ok(())
}
