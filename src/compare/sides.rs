//! What each side of a comparison is made of.

use super::distinct;
use crate::summary::{Summary, Validity};
use crate::units::float;

/// How a run names what a side should have one of.
type Named = fn(&Summary) -> Option<&str>;

/// From which difference on, of the shares of degraded measurements, one side is another kind of
/// evidence than the other. A busy machine degrades some of either.
const ONE_SIDED: f64 = 0.5;

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
        let degraded = degraded(runs).count();
        float(degraded) / float(runs.len().max(1))
    };
    if (share(before) - share(after)).abs() >= ONE_SIDED {
        found.push("many more measurements of one side are degraded than of the other".to_owned());
    }
    found
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
