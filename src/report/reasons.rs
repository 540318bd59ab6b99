//! What failures said, and what to try: the same lines in every format.

use super::figures::grouped;
use super::hints::hint;
use super::phrases;
use crate::summary::{FailureExample, Summary};

/// Reasons that a message has room for; reports have tables of all.
const MAX: usize = 3;

/// Remedies that are shown; more would be a lecture.
const HINTS_MAX: usize = 2;

/// `1,191 x unauthorized (401): 401 invalid_token: the audience is another`
pub(super) fn line(failure: &FailureExample) -> String {
    let kind = phrases::outcome(&failure.outcome);
    format!("{} x {kind}: {}", grouped(failure.count), failure.message)
}

/// The most frequent reasons, each in a line.
pub(super) fn first(summary: &Summary) -> Vec<String> {
    most_frequent(summary)
        .into_iter()
        .take(MAX)
        .map(line)
        .collect()
}

/// What to try against the most frequent failures.
pub(super) fn remedies(summary: &Summary) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    // Where the run was stopped for it, the first sentence says it.
    if summary.stopped.is_some() {
        return found;
    }
    for failure in most_frequent(summary) {
        let told = hint(&failure.outcome, failure.status, &failure.message);
        found.extend(told.filter(|told| !found.contains(told)));
    }
    found.truncate(HINTS_MAX);
    found
}

fn most_frequent(summary: &Summary) -> Vec<&FailureExample> {
    let mut failures: Vec<_> = summary.failures.iter().collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}
