//! The iterations that a counted load had not done when its time was over.

use crate::plan::{Crew, Load, LoadModel};
use crate::summary::{ReasonCode, Summary, Warning};

/// Warns of each load that reached the end of its time before the end of its iterations.
pub(super) fn warnings(loads: &[Load], summary: &Summary) -> Vec<Warning> {
    loads.iter().filter_map(|load| of(load, summary)).collect()
}

fn of(load: &Load, summary: &Summary) -> Option<Warning> {
    let LoadModel::Users(users) = &load.model else {
        return None;
    };
    let Crew::Counted {
        at_most: Some(over),
        ..
    } = users.crew
    else {
        return None;
    };
    let asked = users.iterations()?;
    let did = summary.loads.iter().find(|did| did.name == load.name)?;
    let begun = did.counts.started + did.counts.warmup;
    let left = asked.checked_sub(begun).filter(|left| *left > 0)?;
    let text = format!(
        "{}: {left} of {asked} iterations had not begun when the load ended after {over}",
        load.name
    );
    Some(Warning::new(ReasonCode::IterationsLeftOver, text))
}
