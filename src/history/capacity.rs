//! Capacity over commits: searches with the same goals at the same target.

use crate::summary::{CapacitySeries, OneSearch, PastSearch, RunState, SearchSummary};

/// Puts searches into series, the oldest of each first. A search that was ended early is left out, because
/// its bracket is not its answer.
pub(super) fn series(searches: Vec<(SearchSummary, Option<String>)>) -> Vec<CapacitySeries> {
    let mut all: Vec<CapacitySeries> = Vec::new();
    let mut searches = searches;
    searches.retain(|(search, _)| search.run.state == RunState::Finished);
    searches.sort_by(|left, right| left.0.run.started_at.cmp(&right.0.run.started_at));
    for (search, page) in searches {
        let goals = goals(&search);
        let is_same = |series: &&mut CapacitySeries| {
            series.scenario == search.run.scenario
                && series.target == search.run.target
                && series.goals == goals
                && series.load == search.load
                && series.unit == search.unit
        };
        let past = past(&search, page);
        match all.iter_mut().find(is_same) {
            Some(series) => {
                let past = since(series.searches.last(), past);
                series.searches.push(past);
            }
            None => all.push(CapacitySeries {
                scenario: search.run.scenario.clone(),
                target: search.run.target.clone(),
                goals,
                load: search.load.clone(),
                unit: search.unit,
                searches: vec![past],
            }),
        }
    }
    all.sort_by(|left, right| left.scenario.cmp(&right.scenario));
    all
}

fn goals(search: &SearchSummary) -> String {
    let goals = search.goals.iter();
    let goals = goals.map(|one| format!("{} {} {}", one.metric, one.comparison, one.limit_text));
    goals.collect::<Vec<_>>().join(", ")
}

fn past(search: &SearchSummary, page: Option<String>) -> PastSearch {
    let ends = |of: fn(&OneSearch) -> Option<f64>| search.searches.iter().filter_map(of);
    PastSearch {
        started_at: search.run.started_at.clone(),
        commit: search.run.commit.clone(),
        page,
        holds: search.holds,
        fails: ends(|one| one.fails).max_by(f64::total_cmp),
        change: None,
        is_apart: false,
        verdict: search.verdict,
    }
}

/// The search with its change since the one before.
fn since(before: Option<&PastSearch>, after: PastSearch) -> PastSearch {
    let Some((before, (was, is))) =
        before.and_then(|before| Some((before, before.holds.zip(after.holds)?)))
    else {
        return after;
    };
    let is_below = |one: Option<f64>, other: Option<f64>| {
        one.zip(other).is_some_and(|(fails, holds)| fails <= holds)
    };
    PastSearch {
        change: Some(is / was - 1.0),
        is_apart: is_below(before.fails, after.holds) || is_below(after.fails, before.holds),
        ..after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::SearchVerdict;

    fn past(holds: f64, fails: f64) -> PastSearch {
        PastSearch {
            started_at: String::new(),
            commit: None,
            page: None,
            holds: Some(holds),
            fails: Some(fails),
            change: None,
            is_apart: false,
            verdict: SearchVerdict::Passed,
        }
    }

    #[test]
    fn a_change_within_the_brackets_is_told_apart() {
        let before = past(150.0, 157.0);
        let near = since(Some(&before), past(145.0, 152.0));
        assert!(!near.is_apart && near.change.unwrap() < 0.0);
        let far = since(Some(&before), past(120.0, 126.0));
        assert!(far.is_apart && (far.change.unwrap() + 0.2).abs() < 1e-9);
        assert_eq!(since(None, past(1.0, 2.0)).change, None);
    }
}
