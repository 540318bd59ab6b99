//! Two sides' searches: is there less capacity?
//!
//! One search knows the limit up to its bracket, and nothing of how much searches differ. So a verdict that
//! may stop a build needs three searches of each side; with fewer the change is told as advice.

use std::collections::BTreeSet;

use crate::statistics::Evidence;
use crate::summary::{
    Finding, OneSearch, SEARCH_COMPARISON_SCHEMA, SearchComparison, SearchConclusion, SearchSide,
    SearchSummary,
};
use crate::units::{Nanos, float};

/// Searches of each side that a verdict needs.
const SEARCHES_MIN: usize = 3;

/// The confidence of the interval.
const CONFIDENCE: f64 = 0.95;

/// Why searches cannot be compared; fits after "could not compare the searches:".
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SearchesUnlike {
    /// They had other scenarios, goals or kinds of load.
    #[error("{0}")]
    Different(String),
    /// A side has no search that found a load that holds.
    #[error("{0} has no search that found a load that holds")]
    Nothing(&'static str),
}

/// Compares the searches of two sides; `margin` is the share of a change that matters.
///
/// # Errors
///
/// They did not search for the same thing, or a side found nothing.
pub fn compare_searches(
    baseline: &[SearchSummary],
    candidate: &[SearchSummary],
    margin: f64,
) -> Result<SearchComparison, SearchesUnlike> {
    let first = baseline
        .first()
        .ok_or(SearchesUnlike::Nothing("the baseline"))?;
    for other in baseline.iter().chain(candidate) {
        refuse_unlike(first, other)?;
    }
    let before = Side::of(baseline).ok_or(SearchesUnlike::Nothing("the baseline"))?;
    let after = Side::of(candidate).ok_or(SearchesUnlike::Nothing("the candidate"))?;
    let is_open = before.is_open() || after.is_open();
    let (interval, method) = match by_searches(&before, &after).filter(|_| !is_open) {
        Some(interval) => (interval, "welch"),
        None => (by_brackets(&before, &after), "brackets"),
    };
    let [change, low, high] = interval.map(|ratio| ratio.exp() - 1.0);
    let finding = finding([change, low, high], margin);
    let advisory_reasons = advisory_reasons(&before, &after);
    let load = |value| first.unit.load(value);
    // Without a load that fails, there is no end on that side.
    let (low, high) = (
        Some(low).filter(|_| !before.is_open()),
        Some(high).filter(|_| !after.is_open()),
    );
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), percent);
    let text = format!(
        "{} to {} ({}, {} to {}): {}",
        load(before.mean),
        load(after.mean),
        percent(change),
        end(low),
        end(high),
        in_words(finding, is_open)
    );
    Ok(SearchComparison {
        schema: SEARCH_COMPARISON_SCHEMA.to_owned(),
        scenario: first.run.scenario.clone(),
        unit: first.unit,
        change,
        low,
        high,
        method: method.to_owned(),
        margin,
        finding,
        notes: notes(baseline, candidate),
        advisory: !advisory_reasons.is_empty(),
        advisory_reasons,
        text,
        baseline: before.into(),
        candidate: after.into(),
    })
}

/// The usable searches of one side.
struct Side {
    commits: Vec<String>,
    holds: Vec<f64>,
    fails: Vec<Option<f64>>,
    mean: f64,
}

impl Side {
    fn of(searches: &[SearchSummary]) -> Option<Self> {
        let commits: BTreeSet<&String> = searches
            .iter()
            .filter_map(|one| one.run.commit.as_ref())
            .collect();
        let all = searches.iter().flat_map(|one| &one.searches);
        let usable: Vec<&OneSearch> = all.filter(|one| is_usable(one)).collect();
        let holds: Vec<f64> = usable.iter().filter_map(|one| one.holds).collect();
        let logarithms = holds.iter().map(|load| load.ln());
        let mean = (logarithms.sum::<f64>() / float(holds.len())).exp();
        (!holds.is_empty()).then(|| Self {
            commits: commits.into_iter().cloned().collect(),
            fails: usable.iter().map(|one| one.fails).collect(),
            holds,
            mean,
        })
    }
}

impl Side {
    /// Whether the highest load of a search held, so that the limit may be anywhere above.
    fn is_open(&self) -> bool {
        self.fails.contains(&None)
    }
}

impl From<Side> for SearchSide {
    fn from(side: Side) -> Self {
        Self {
            commits: side.commits,
            holds: side.holds,
            fails: side.fails,
            mean: side.mean,
        }
    }
}

/// Whether a search says where the limit is.
const fn is_usable(search: &OneSearch) -> bool {
    let is_answer = matches!(
        search.conclusion,
        SearchConclusion::AtMax | SearchConclusion::Found | SearchConclusion::NotReproducible
    );
    is_answer && search.holds.is_some()
}

/// The logarithm of the ratio of the means, and its interval by the searches of each side.
fn by_searches(before: &Side, after: &Side) -> Option<[f64; 3]> {
    let logarithms = |side: &Side| -> Vec<f64> { side.holds.iter().map(|one| one.ln()).collect() };
    let evidence = Evidence::of_groups_by_mean(&logarithms(before), &logarithms(after))?;
    let shift = evidence.at(CONFIDENCE)?;
    // Searches that agree to the last digit still know the limit only up to their brackets.
    let width = |side: &Side| {
        let fails = side.fails.iter().flatten();
        let mean = fails.map(|load| load.ln()).sum::<f64>() / float(side.fails.len());
        (mean - side.mean.ln()).max(0.0)
    };
    Some([
        shift.estimate,
        shift.low.min(shift.estimate - width(before)),
        shift.high.max(shift.estimate + width(after)),
    ])
}

/// The same by the brackets: each true limit may lie anywhere in its own.
fn by_brackets(before: &Side, after: &Side) -> [f64; 3] {
    let ends = |side: &Side| {
        let lowest = side.holds.iter().copied().fold(f64::INFINITY, f64::min);
        let fails = side.fails.iter().map(|one| one.unwrap_or(f64::INFINITY));
        (lowest, fails.fold(0.0, f64::max))
    };
    let ((low, high), (next_low, next_high)) = (ends(before), ends(after));
    [
        (after.mean / before.mean).ln(),
        (next_low / high).ln(),
        (next_high / low).ln(),
    ]
}

/// What a change is: certain if the interval lies on one side of nothing, and worth telling from half the
/// margin on.
fn finding([change, low, high]: [f64; 3], margin: f64) -> Finding {
    let matters = change.abs() >= margin / 2.0;
    match (low, high) {
        (_, high) if high < 0.0 && matters => Finding::Regression,
        (low, _) if low > 0.0 && matters => Finding::Improvement,
        (low, high) if low > -margin && high < margin => Finding::NoChange,
        _ => Finding::TooNoisy,
    }
}

fn percent(change: f64) -> String {
    format!("{:+.1} %", change * 100.0)
}

const fn in_words(finding: Finding, is_open: bool) -> &'static str {
    match finding {
        Finding::TooNoisy if is_open => {
            "the searches cannot tell, because the highest load of a side held; raise --max"
        }
        Finding::Regression => "the candidate holds less",
        Finding::Improvement => "the candidate holds more",
        Finding::NoChange => "no change that matters",
        Finding::TooNoisy => "the searches cannot tell; search more often (--repeat)",
    }
}

fn advisory_reasons(before: &Side, after: &Side) -> Vec<String> {
    let fewest = before.holds.len().min(after.holds.len());
    let few = (fewest < SEARCHES_MIN).then(|| {
        format!(
            "a side has {fewest} {}: a verdict needs {SEARCHES_MIN} (--repeat {SEARCHES_MIN}), because one \
             search does not show how much searches differ",
            if fewest == 1 { "search" } else { "searches" }
        )
    });
    few.into_iter().collect()
}

/// What differs and may be meant to.
fn notes(baseline: &[SearchSummary], candidate: &[SearchSummary]) -> Vec<String> {
    let differs = |what: &str, of: fn(&SearchSummary) -> String| {
        let side = |searches: &[SearchSummary]| {
            let all: BTreeSet<String> = searches.iter().map(of).collect();
            all.into_iter().collect::<Vec<_>>().join(", ")
        };
        let (before, after) = (side(baseline), side(candidate));
        (before != after).then(|| format!("the {what} differ: {before}, and {after}"))
    };
    let trial = |search: &SearchSummary| Nanos(search.settings.trial_ns).to_string();
    let width = |search: &SearchSummary| search.settings.width.to_string();
    [
        differs("targets", |search| search.run.target.clone()),
        differs("lengths of a trial", trial),
        differs("widths", width),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Refuses searches for something else.
fn refuse_unlike(first: &SearchSummary, other: &SearchSummary) -> Result<(), SearchesUnlike> {
    let differs = |what: &str, one: &str, another: &str| {
        (one != another).then(|| format!("they differ in {what}: {one}, and {another}"))
    };
    let goals = |search: &SearchSummary| {
        let goals = search.goals.iter();
        let goals =
            goals.map(|one| format!("{} {} {}", one.metric, one.comparison, one.limit_text));
        goals.collect::<Vec<_>>().join(", ")
    };
    let difference = differs("the scenario", &first.run.scenario, &other.run.scenario)
        .or_else(|| differs("the load", &first.load, &other.load))
        .or_else(|| {
            (first.unit != other.unit).then(|| "one has a rate, the other users".to_owned())
        })
        .or_else(|| differs("the goals", &goals(first), &goals(other)));
    difference.map_or(Ok(()), |what| Err(SearchesUnlike::Different(what)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{
        ConfirmationResult, LoadUnit, SearchGoal, SearchSettings, SearchVerdict, Summary,
    };

    fn one((holds, fails): (f64, f64)) -> OneSearch {
        OneSearch {
            holds: Some(holds),
            fails: Some(fails),
            is_judged: true,
            confirmation: ConfirmationResult::Held,
            conclusion: SearchConclusion::Found,
            conclusion_text: String::new(),
            trials: Vec::new(),
            loads: Vec::new(),
            limit: None,
            headroom: None,
            p99_doubles_at: None,
            took_ns: 0,
        }
    }

    fn search(commit: &str, brackets: &[(f64, f64)]) -> SearchSummary {
        let text = include_str!("../../reports/example/summary.json");
        let example: Summary = serde_json::from_str(text).unwrap();
        let mut run = example.run;
        run.commit = Some(commit.to_owned());
        SearchSummary {
            schema: "leadbench.search/v1".to_owned(),
            run,
            load: "leads".to_owned(),
            unit: LoadUnit::PerSecond,
            settings: SearchSettings {
                from: 50.0,
                max: 640.0,
                width: 0.05,
                warm_up_ns: 0,
                trial_ns: 0,
                judged_ns: 0,
                may_fail_ns: 0,
                confirm_ns: 0,
                recovery_ns: 0,
                callouts: 368,
            },
            goals: vec![SearchGoal {
                metric: "latency.p99".to_owned(),
                comparison: "<".to_owned(),
                limit: 1e8,
                limit_text: "100 ms".to_owned(),
            }],
            searches: brackets.iter().copied().map(one).collect(),
            holds: None,
            interval: None,
            at_least: None,
            verdict: SearchVerdict::Passed,
            verdict_text: String::new(),
        }
    }

    fn compared(before: &[(f64, f64)], after: &[(f64, f64)]) -> SearchComparison {
        compare_searches(&[search("a", before)], &[search("b", after)], 0.1).unwrap()
    }

    const THREE: [(f64, f64); 3] = [(148.0, 155.0), (150.0, 157.0), (152.0, 159.0)];

    #[test]
    fn three_searches_of_each_side_find_a_fifth_less() {
        let less = THREE.map(|(holds, fails)| (holds * 0.8, fails * 0.8));
        let found = compared(&THREE, &less);
        assert_eq!(
            (found.finding, found.advisory),
            (Finding::Regression, false)
        );
        assert!(
            (found.change + 0.2).abs() < 1e-9 && found.high.is_some_and(|high| high < 0.0),
            "{found:?}"
        );
        let more = THREE.map(|(holds, fails)| (holds * 1.3, fails * 1.3));
        assert_eq!(compared(&THREE, &more).finding, Finding::Improvement);
        let same = compared(&THREE, &THREE);
        assert_eq!(same.finding, Finding::NoChange);
        assert_eq!(same.method, "welch");
        // Each true limit may lie at either end of its bracket.
        let exact = compared(&[(150.0, 157.5); 3], &[(150.0, 157.5); 3]);
        let ends = exact.low.zip(exact.high).unwrap();
        assert!(ends.0 < -0.047 && ends.1 > 0.049, "{ends:?}");
    }

    // Their brackets have nothing in common, which is as much as two searches can say.
    #[test]
    fn one_search_of_each_side_is_advice() {
        let found = compared(&[(150.0, 157.0)], &[(120.0, 126.0)]);
        assert_eq!((found.finding, found.advisory), (Finding::Regression, true));
        assert_eq!(found.method, "brackets");
        assert!(found.advisory_reasons[0].contains("a side has 1 search"));
        // 148 to 155 and 143 to 150 may be the same limit.
        let found = compared(&[(148.0, 155.0)], &[(143.0, 150.0)]);
        assert_eq!(found.finding, Finding::NoChange);
        let found = compared(&[(148.0, 155.0)], &[(133.0, 153.0)]);
        assert_eq!(found.finding, Finding::TooNoisy);
    }

    // The true limit of the baseline may lie anywhere above.
    #[test]
    fn searches_that_ended_at_their_highest_load_find_no_regression() {
        let mut at_max = search("a", &[(60.0, 0.0); 3]);
        for one in &mut at_max.searches {
            one.fails = None;
            one.conclusion = SearchConclusion::AtMax;
        }
        let mut less = at_max.clone();
        for one in &mut less.searches {
            one.holds = Some(50.0);
        }
        let found = compare_searches(&[at_max], &[less], 0.1).unwrap();
        assert_eq!(found.finding, Finding::TooNoisy);
        assert_eq!((found.low, found.high), (None, None));
        assert!(found.text.contains("raise --max"), "{}", found.text);
    }

    #[test]
    fn different_targets_and_settings_are_told() {
        let mut other = search("b", &THREE);
        other.run.target = "http://127.0.0.1:2/".to_owned();
        other.settings.trial_ns = 1;
        let found = compare_searches(&[search("a", &THREE)], &[other], 0.1).unwrap();
        assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    }

    #[test]
    fn searches_for_something_else_are_refused() {
        let mut other = search("b", &THREE);
        other.goals[0].limit_text = "200 ms".to_owned();
        let refused = compare_searches(&[search("a", &THREE)], &[other], 0.1).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "they differ in the goals: latency.p99 < 100 ms, and latency.p99 < 200 ms"
        );
        let nothing = search("b", &[]);
        let refused = compare_searches(&[search("a", &THREE)], &[nothing], 0.1).unwrap_err();
        assert_eq!(refused, SearchesUnlike::Nothing("the candidate"));
    }
}
