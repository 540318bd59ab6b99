//! What each side of a comparison is made of.

use super::distinct;
use crate::phase::Phase;
use crate::summary::{AnyReasonCode, Model, ReasonCode, Summary, Validity};
use crate::units::{Nanos, float};

/// How a run names what a side should have one of.
type Named = fn(&Summary) -> Option<&str>;

/// From which difference on, of the shares of degraded measurements, one side is another kind of
/// evidence than the other. A busy machine degrades some of either.
const ONE_SIDED: f64 = 0.5;

/// Reasons that come from the target: a slow one fills `max_in_flight`, one with a limit answers with 429, and for a
/// fast one the same lateness of the generator is a larger share of the latency. If only one side has them, the
/// targets differ; that does not show that the generator worked differently. [`lateness`] compares the
/// generator's lateness itself.
const OF_THE_TARGET: [ReasonCode; 6] = [
    ReasonCode::ArrivalsDropped,
    ReasonCode::ArrivalsQueued,
    ReasonCode::RateLimited,
    ReasonCode::GeneratorLag,
    ReasonCode::GeneratorLagInTail,
    ReasonCode::LateWakeups,
];

/// How much more of the generator's lateness one side may have, as a share of the baseline's p99: the margin of
/// that metric.
const LATER_MAX: f64 = 0.1;

/// The same as a share of the difference that was found.
const LATER_OF_DIFFERENCE: f64 = 0.25;

/// Why what each side is made of keeps a verdict from being more than advice: it is about one
/// build of each, at one target, and about runs that were looked at in the same way.
pub(super) fn reasons(before: &[&Summary], after: &[&Summary]) -> Vec<String> {
    let mut found = Vec::new();
    let named: [(&str, Named); 2] = [
        ("commit", |summary| summary.run.commit.as_deref()),
        ("target", |summary| Some(&summary.run.target)),
    ];
    for (side, runs) in [("baseline", before), ("candidate", after)] {
        for (what, of) in named {
            let several = distinct(runs.iter().filter_map(|run| of(run))).len();
            if several > 1 {
                found.push(format!(
                    "the {side} has runs of {several} {what}s; a verdict is about one"
                ));
            }
        }
    }
    let share = |runs: &[&Summary]| {
        let hampered = degraded(runs).filter(|run| is_hampered(run)).count();
        float(hampered) / float(runs.len().max(1))
    };
    if (share(before) - share(after)).abs() >= ONE_SIDED {
        found.push("many more measurements of one side are degraded than of the other".to_owned());
    }
    found.extend(lateness(before, after));
    found
}

/// Whether a degraded run was so for another reason than its target.
fn is_hampered(run: &Summary) -> bool {
    let reasons = &run.measurement.coded_reasons;
    let mut counted = reasons
        .iter()
        .filter(|reason| reason.verdict > Validity::Valid);
    let is_of_target = |code: &AnyReasonCode| matches!(code, AnyReasonCode::Known(known) if OF_THE_TARGET.contains(known));
    // Earlier versions wrote no codes.
    reasons.is_empty() || counted.any(|reason| !is_of_target(&reason.code))
}

/// Why the generator's own lateness may be the difference.
fn lateness(before: &[&Summary], after: &[&Summary]) -> Option<String> {
    let tail = |run: &Summary| Some(run.phase(Phase::Latency)?.p99_ns);
    let late = [typical(before, late)?, typical(after, late)?];
    let slow = [typical(before, tail)?, typical(after, tail)?];
    let later = float(late[0].abs_diff(late[1]));
    let difference = float(slow[0].abs_diff(slow[1]));
    let matters = later > float(slow[0]) * LATER_MAX && later > difference * LATER_OF_DIFFERENCE;
    matters.then(|| {
        format!(
            "the generator woke {} late at p99 in the runs of the baseline and {} in those of the candidate: \
             much of the difference may be its own",
            Nanos(late[0]),
            Nanos(late[1]),
        )
    })
}

/// The median of a figure over runs.
fn typical(runs: &[&Summary], of: fn(&Summary) -> Option<u64>) -> Option<u64> {
    let mut each: Vec<_> = runs.iter().filter_map(|run| of(run)).collect();
    each.sort_unstable();
    each.get(each.len() / 2).copied()
}

/// How late the generator was at p99, beyond what the scenario asks for.
fn late(run: &Summary) -> Option<u64> {
    match run.run.model {
        Model::Open | Model::Mixed => {
            let tick = run.run.load.tick_ns.unwrap_or_default();
            Some(run.phase(Phase::Lag)?.p99_ns.saturating_sub(tick))
        }
        Model::Closed => run.measurement.wakeup_p99_ns,
    }
}

/// What to keep in mind of runs that are evidence all the same.
pub(super) fn doubts(side: &str, runs: &[&Summary]) -> Option<String> {
    let (some, all) = (degraded(runs).count(), runs.len());
    let first = degraded(runs).find_map(|run| run.measurement.objections().next());
    let first = first.map(|reason| format!(": {reason}"));
    let first = first.unwrap_or_default();
    (some > 0).then(|| format!("{side}: {some} of {all} measurements are degraded{first}"))
}

fn degraded<'s>(runs: &[&'s Summary]) -> impl Iterator<Item = &'s Summary> {
    let is_degraded = |run: &&Summary| run.measurement.verdict == Validity::Degraded;
    runs.iter().copied().filter(is_degraded)
}
