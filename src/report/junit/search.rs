//! A search as a suite: a case for its verdict, for each of several searches, and for each goal.
//!
//! Too low a load is a failure of the target. A search that came to no answer, because the generator
//! was the limit or a user ended it, is an error.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::suite::{non_success, skipped, written};
use crate::report::content::search::{self as content, goals, words};
use crate::report::error::ReportError;
use crate::report::sanitize::sanitized;
use crate::summary::{
    OneSearch, SearchConclusion, SearchGoal, SearchSummary, SearchVerdict, TrialOutcome,
};

/// Writes one suite named after the scenario.
pub(in crate::report) fn search(summary: &SearchSummary) -> Result<Vec<u8>, ReportError> {
    let summary = sanitized(summary);
    let run = &summary.run;
    let mut suite = TestSuite::new(format!("{}: the highest load that holds", run.scenario));
    suite.add_properties([
        Property::new("run_id", run.id.as_str()),
        Property::new("started_at", run.started_at.as_str()),
        Property::new("target", run.target.as_str()),
        Property::new("load", summary.load.as_str()),
        Property::new("leadbench", run.version.as_str()),
    ]);
    if let Some(commit) = &run.commit {
        suite.add_property(Property::new("commit", commit.as_str()));
    }
    suite.add_test_case(verdict(&summary));
    if summary.searches.len() > 1 {
        let searches = (1..).zip(&summary.searches);
        suite.add_test_cases(searches.map(|(number, one)| single(&summary, number, one)));
    }
    suite.add_test_cases(summary.goals.iter().map(|one| goal(&summary, one)));
    let line = content::status_line(&summary);
    let lines = [
        summary.verdict_text.clone(),
        format!("{}: {}", line.word, line.detail),
    ];
    suite.set_system_out(lines.join("\n"));
    // Ant's schema requires one, even if it is empty.
    suite.set_system_err("");
    written(suite, Some(Duration::from_nanos(run.duration_ns)))
}

/// Whether the load was found, and is high enough.
fn verdict(summary: &SearchSummary) -> TestCase {
    let name = match summary.at_least {
        None => "a load holds".to_owned(),
        Some(load) => format!("at least {} holds", summary.unit.load(load)),
    };
    let told = &summary.verdict_text;
    let error = |class| non_success(NonSuccessKind::Error, class, told);
    let status = match summary.verdict {
        SearchVerdict::Passed => TestCaseStatus::success(),
        SearchVerdict::Failed => non_success(NonSuccessKind::Failure, "capacity", told),
        SearchVerdict::Undecided => error("undecided"),
        SearchVerdict::GeneratorLimit => error("generator_limit"),
        SearchVerdict::Interrupted => error("interrupted"),
    };
    let mut case = TestCase::new(name, status);
    case.set_time(Duration::from_nanos(summary.run.duration_ns));
    case.set_system_out(content::status_line(summary).detail);
    case
}

/// One of several searches. The mean decides, so one that found too low a load has not failed.
fn single(summary: &SearchSummary, number: u64, search: &OneSearch) -> TestCase {
    let told = &search.conclusion_text;
    let error = |class| non_success(NonSuccessKind::Error, class, told);
    let failure = |class| non_success(NonSuccessKind::Failure, class, told);
    let status = match search.conclusion {
        SearchConclusion::Found | SearchConclusion::AtMax => TestCaseStatus::success(),
        SearchConclusion::LowestFails => failure("lowest_fails"),
        SearchConclusion::NotRecovered => failure("not_recovered"),
        SearchConclusion::NotReproducible => error("not_reproducible"),
        SearchConclusion::Unmeasurable => error("unmeasurable"),
        SearchConclusion::GeneratorLimit => error("generator_limit"),
        SearchConclusion::Interrupted => error("interrupted"),
    };
    let mut case = TestCase::new(format!("search {number}"), status);
    case.set_time(Duration::from_nanos(search.took_ns));
    case.set_system_out(words::bracket(summary.unit, search));
    case
}

/// A goal. That it is missed above the load that was found is what a search looks for, so it fails
/// only with the search itself.
fn goal(summary: &SearchSummary, goal: &SearchGoal) -> TestCase {
    let missed = summary
        .searches
        .iter()
        .find_map(|one| missed(summary, one, goal));
    let status = match (summary.verdict, &missed) {
        (SearchVerdict::Passed, _) | (SearchVerdict::Failed, None) => TestCaseStatus::success(),
        (SearchVerdict::Failed, Some(missed)) => {
            non_success(NonSuccessKind::Failure, "threshold", missed)
        }
        _ => skipped("not judged: the search came to no answer"),
    };
    let mut case = TestCase::new(goals::rule(goal), status);
    if let Some(missed) = missed {
        case.set_system_out(missed);
    }
    case
}

/// Where a goal was missed: `was 312 ms at 157.5/s`.
fn missed(summary: &SearchSummary, search: &OneSearch, goal: &SearchGoal) -> Option<String> {
    let trial = goals::last_trial(search, search.fails?, TrialOutcome::Fail)?;
    let result = goals::result(trial, goal).filter(|result| !result.passed)?;
    let load = summary.unit.load(trial.load);
    Some(format!(
        "{}: {} at {load}",
        goals::rule(goal),
        result.actual_text
    ))
}
