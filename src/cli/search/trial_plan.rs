//! The plan of a trial, as an agent gets it from what a coordinator says of it.

use super::goals;
use super::searched_load::SearchedLoad;
use crate::cli::exit::Failure;
use crate::fleet::TrialSpec;
use crate::plan::Plan;

/// The plan of a trial, and that of the highest load of its search.
///
/// # Errors
///
/// The scenario cannot be searched as the coordinator says.
pub(in crate::cli) fn of_spec(plan: &Plan, trial: &TrialSpec) -> Result<(Plan, Plan), Failure> {
    let mut plan = plan.clone();
    goals::keep(&mut plan);
    let load = SearchedLoad::of(&plan, Some(&trial.load))?;
    let highest = load.read("the highest load", &trial.highest)?;
    let highest = load.trial(&plan, 0, highest, trial.longest);
    let plan = match &trial.offered {
        Some(offered) => {
            let offered = load.read("the offered load", offered)?;
            load.trial(&plan, trial.number, offered, trial.span)
        }
        None => load.probes(&plan, trial.span),
    };
    Ok((plan, highest))
}
