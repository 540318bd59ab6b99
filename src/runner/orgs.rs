//! Reports on Salesforce orgs: what they did and lost, and what a single org cannot do.

use crate::engine::TransactionTally;
use crate::plan::{ASYNC_PER_DAY, Plan, Release, SalesforceLoad};
use crate::summary::{OrgResult, ReasonCode, Warning};
use crate::units::{Nanos, float};

const DAY: f64 = 86_400.0;

/// What an org has done so far.
pub(super) fn result(load: &SalesforceLoad, tally: &TransactionTally) -> OrgResult {
    OrgResult {
        preset: load.preset.to_string(),
        transactions: tally.transactions.get(),
        re_enqueued: tally.re_enqueued.get(),
        lost: tally
            .lost()
            .filter(|(_, leads)| *leads > 0)
            .map(|(limit, leads)| (limit.to_string(), leads))
            .collect(),
        left_over: tally.left_over(load),
        amplification: None,
    }
}

/// Warnings before the load: a plan that a single org cannot carry out.
pub(super) fn warn_of_plan(plan: &Plan) -> Vec<Warning> {
    let most = float(ASYNC_PER_DAY);
    let of_each = plan
        .orgs()
        .filter_map(|(_, load, org)| Some((load.name.as_str(), org.per_day()?)));
    let of_each: Vec<_> = of_each.collect();
    let alone = of_each.iter().filter(|(_, per_day)| *per_day > most);
    let mut warnings: Vec<_> = alone
        .map(|(name, per_day)| beyond(name, *per_day))
        .collect();
    let together: f64 = of_each.iter().map(|(_, per_day)| per_day).sum();
    if warnings.is_empty() && together > most {
        let names: Vec<_> = of_each.iter().map(|(name, _)| *name).collect();
        warnings.push(beyond(&names.join(" and "), together));
    }
    warnings
}

/// A warning during the run: with a fast target, workers without a rate of their own would use up a
/// day's executions within hours. Long transactions all begin at once, so the finished ones show the
/// pace.
pub(super) fn warn_of_pace(
    name: &str,
    load: &SalesforceLoad,
    tally: &TransactionTally,
    elapsed: Nanos,
) -> Option<Warning> {
    let Release::Backlog { quiet, leads: None } = load.release else {
        return None;
    };
    let worked = elapsed.min(load.over) - quiet;
    if worked < Nanos::SECOND {
        return None;
    }
    let per_day = float(tally.finished.get()) / worked.as_secs_f64() * DAY;
    (per_day > float(ASYNC_PER_DAY)).then(|| beyond(name, per_day))
}

fn beyond(name: &str, per_day: f64) -> Warning {
    let after = in_hours(24.0 * float(ASYNC_PER_DAY) / per_day);
    let text = format!(
        "{name}: one org cannot sustain this: it makes {per_day:.0} transactions a day, but an org \
         has {ASYNC_PER_DAY} asynchronous executions in 24 h, which are used up after {after}"
    );
    Warning::new(ReasonCode::OrgLimitExceeded, text)
}

/// Hours in the unit that suits.
fn in_hours(hours: f64) -> String {
    match hours {
        ..0.033 => format!("{:.0} s", hours * 3600.0),
        ..2.0 => format!("{:.0} min", hours * 60.0),
        _ => format!("{hours:.1} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_used_up_at_once_is_told_in_units_that_fit() {
        for (hours, told) in [
            (0.005, "18 s"),
            (0.5, "30 min"),
            (1.5, "90 min"),
            (7.25, "7.2 h"),
        ] {
            assert_eq!(in_hours(hours), told);
        }
    }
}
