//! The thresholds that had to hold, and how they stood at both ends of the bracket.

use crate::report::content::document::Section;
use crate::report::content::numbers::or_dash;
use crate::report::content::search::words;
use crate::report::content::table::Table;
use crate::summary::{
    OneSearch, SearchGoal, SearchSummary, ThresholdResult, TrialOutcome, TrialResult,
};

/// `latency.p99 < 250 ms`.
pub(crate) fn rule(goal: &SearchGoal) -> String {
    format!("{} {} {}", goal.metric, goal.comparison, goal.limit_text)
}

/// A row for each goal; of a single search with what was measured at both ends of its bracket.
pub(super) fn section(summary: &SearchSummary) -> Option<Section> {
    let ends: Vec<(f64, Option<&TrialResult>)> = match summary.searches.as_slice() {
        [one] => [
            (one.holds, TrialOutcome::Pass),
            (one.fails, TrialOutcome::Fail),
        ]
        .into_iter()
        .filter_map(|(load, outcome)| Some((load?, last_trial(one, load?, outcome))))
        .collect(),
        _ => Vec::new(),
    };
    let names = ends
        .iter()
        .map(|(load, _)| format!("at {}", summary.unit.load(*load)));
    let names: Vec<_> = names.collect();
    let mut table = Table::new("Goals", "goal").numbers(names.iter().map(String::as_str));
    for goal in &summary.goals {
        let measured = ends.iter().map(|(_, trial)| {
            let result = trial.and_then(|trial| result(trial, goal));
            or_dash(result.map(|result| result.actual_text.clone()))
        });
        table.push(std::iter::once(rule(goal)).chain(measured));
    }
    let intro = "All goals must hold at a load. The figures are those of the last trial that \
                 decided the load.";
    let section = Section::new("goals", "Goals", [table.into()]).unless_empty()?;
    Some(if ends.is_empty() {
        section
    } else {
        section.intro(intro)
    })
}

/// The last trial of a load that ended in this way.
pub(crate) fn last_trial(
    search: &OneSearch,
    load: f64,
    outcome: TrialOutcome,
) -> Option<&TrialResult> {
    let is_of = |trial: &&TrialResult| {
        words::counts(trial) && trial.load.total_cmp(&load).is_eq() && trial.verdict == outcome
    };
    search.trials.iter().rfind(is_of)
}

/// What became of a goal in a trial.
pub(crate) fn result<'t>(trial: &'t TrialResult, goal: &SearchGoal) -> Option<&'t ThresholdResult> {
    let is_it = |one: &&ThresholdResult| {
        (&one.metric, &one.comparison, &one.limit_text)
            == (&goal.metric, &goal.comparison, &goal.limit_text)
    };
    trial.thresholds.iter().find(is_it)
}
