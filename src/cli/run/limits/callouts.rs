//! How many callouts a plan makes, as far as it is known before the run.

use crate::cli::callouts::counted;
use crate::plan::{Load, LoadModel, Overflow, Plan, UsersLoad};
use crate::units::{Nanos, float};

/// The most callouts of all loads, without the loads whose number is unknown before the run.
pub(super) fn at_most(plan: &Plan) -> f64 {
    sum(plan, |_| true)
}

/// The callouts that are certain even if the target is slow: arrivals that queue.
pub(super) fn sure(plan: &Plan) -> f64 {
    sum(plan, |load| match &load.model {
        LoadModel::Rate(rate) => rate.overflow == Overflow::Queue,
        LoadModel::Users(_) | LoadModel::Salesforce(_) => false,
    })
}

fn sum(plan: &Plan, is_wanted: impl Fn(&Load) -> bool) -> f64 {
    let wanted = plan.loads.iter().filter(|load| is_wanted(load));
    wanted.filter_map(of_load).sum()
}

fn of_load(load: &Load) -> Option<f64> {
    let of_users = || {
        let LoadModel::Users(users) = &load.model else {
            return None;
        };
        // Users without a pause go as fast as the target lets them.
        Some(per_s(users)? * users.duration()?.as_secs_f64())
    };
    counted(load).or_else(of_users)
}

/// The rate of users at a target that answers at once; `None` if they never pause.
pub(super) fn per_s(load: &UsersLoad) -> Option<f64> {
    let pause = load.pause.mean();
    (pause > Nanos::ZERO).then(|| float(load.users()) / pause.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;

    // A variant has arrivals only in its own blocks: 2 times 6 blocks of 10 s, at 100 a second.
    #[test]
    fn each_variant_counts_what_it_makes_in_its_own_blocks() {
        let load = "kind = \"rate\"\nrate = \"100/s\"\n[matrix]\nsigning = [\"none\", \"jit\"]\n\
                    block = \"10s\"\nrounds = 6";
        let most = at_most(&plan(load, ""));
        assert!((most - 12_000.0).abs() < 1.0, "{most}");
        let sure = sure(&plan(load, ""));
        assert!((sure - most).abs() < 1.0, "{sure}");
    }
}
