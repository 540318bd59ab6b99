//! How many callouts a plan makes, as far as it is known before the run.

use crate::plan::{Crew, Load, LoadModel, Overflow, Plan, Release, UsersLoad};
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
    let all: f64 = wanted.filter_map(of_load).sum();
    // Variants share the time in turns, but each load counts all of it.
    plan.matrix
        .map_or(all, |matrix| all / float(matrix.variants.max(1)))
}

fn of_load(load: &Load) -> Option<f64> {
    match &load.model {
        LoadModel::Rate(rate) => Some(rate.expected()),
        LoadModel::Users(users) => of_users(users),
        LoadModel::Salesforce(org) => match &org.release {
            Release::Stream { rate, .. } => Some(rate.expected()),
            Release::Backlog { leads, .. } => leads.map(float),
            Release::Conversions { leads, every } => {
                let times = every.map_or(1.0, |every| {
                    (org.over.as_secs_f64() / every.as_secs_f64().max(1e-3)).floor() + 1.0
                });
                Some(float(*leads) * times)
            }
        },
    }
}

/// The most callouts of users; users without a pause go as fast as the target lets them.
fn of_users(load: &UsersLoad) -> Option<f64> {
    match &load.crew {
        Crew::Counted {
            users, iterations, ..
        } => Some(float(iterations.of_all(*users))),
        Crew::Timed(_) => {
            let over = load.duration().unwrap_or_default();
            per_s(load).map(|per_s| per_s * over.as_secs_f64())
        }
    }
}

/// The rate of users at a target that answers at once; `None` if they never pause.
pub(super) fn per_s(load: &UsersLoad) -> Option<f64> {
    let pause = load.pause.mean();
    (pause > Nanos::ZERO).then(|| float(load.users()) / pause.as_secs_f64())
}
