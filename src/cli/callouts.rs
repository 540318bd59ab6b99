//! How many callouts a load makes, as far as that is known before the run.

use crate::plan::{Load, LoadModel, Release};
use crate::units::float;

/// The most callouts of a load; `None` if their number depends on the target's answers.
pub(super) fn counted(load: &Load) -> Option<f64> {
    match &load.model {
        LoadModel::Rate(rate) => Some(rate.expected()),
        LoadModel::Users(users) => users.iterations().map(float),
        LoadModel::Salesforce(org) => {
            let once = match &org.release {
                Release::Stream { rate, .. } => rate.expected(),
                Release::Backlog { leads, .. } => float((*leads)?),
                Release::Conversions { leads, every } => {
                    let times = every.map_or(1, |every| org.over.0.div_ceil(every.0.max(1)));
                    float(*leads) * float(times)
                }
            };
            // A Finalizer may make each callout again.
            Some(once * f64::from(org.re_enqueue + 1))
        }
    }
}
