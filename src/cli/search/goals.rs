//! The goals of a search: the scenario's thresholds, and how many callouts they need.

use crate::cli::exit::{Code, Failure};
use crate::cli::stdio;
use crate::plan::{Comparator, Limit, Plan, Threshold, ThresholdMetric};
use crate::search::callouts_needed;

/// Callouts that a mean or a maximum needs: fewer say little about either.
const CALLOUTS_OF_MEAN: u64 = 30;

/// A share near this many in a hundred needs more callouts than any trial has.
const STRICTEST: f64 = 0.9999;

/// Leaves only thresholds in a plan that a search can use as goals, and returns how many callouts a
/// trial needs for the strictest.
///
/// # Errors
///
/// No threshold limits a time.
pub(super) fn prepare(plan: &mut Plan) -> Result<u64, Failure> {
    if keep(plan) {
        stdio::note(
            "note: the threshold on `achieved` is not a goal of the search, because the rate changes from \
             trial to trial; a trial passes if 99 % of its callouts succeed",
        );
    }
    let is_time =
        |one: &&Threshold| matches!(one.limit, Limit::Span(_)) && is_upper(one.comparison);
    if !plan.thresholds.iter().any(|one| is_time(&one)) {
        let error = anyhow::anyhow!(
            "the scenario has no upper limit of time, so a search has no goal: an overloaded target would only \
             become slower"
        );
        return Err(Failure::new(Code::ScenarioInvalid, error)
            .hint("set one in the scenario, or here: --set thresholds.latency.p99=\"< 200ms\""));
    }
    let needed = plan.thresholds.iter().map(callouts_of);
    Ok(needed.max().unwrap_or_default())
}

/// Removes the thresholds that are not goals; returns whether there were any.
pub(super) fn keep(plan: &mut Plan) -> bool {
    let before = plan.thresholds.len();
    plan.thresholds
        .retain(|threshold| threshold.metric != ThresholdMetric::AchievedRate);
    plan.thresholds.len() < before
}

/// Whether a threshold with it limits how much there may be.
pub(super) const fn is_upper(comparison: Comparator) -> bool {
    matches!(comparison, Comparator::AtMost | Comparator::Below)
}

/// How many callouts one threshold needs.
fn callouts_of(threshold: &Threshold) -> u64 {
    match (&threshold.metric, threshold.limit) {
        (ThresholdMetric::PhaseQuantile(_, quantile), _) => {
            callouts_needed(quantile.as_fraction().min(STRICTEST))
        }
        (_, Limit::Share(share)) if share.as_fraction() > 0.0 => {
            callouts_needed((1.0 - share.as_fraction()).clamp(0.5, STRICTEST))
        }
        _ => CALLOUTS_OF_MEAN,
    }
}
