//! How iterations ended, what the failures said, and what to try.

use super::document::{Section, text};
use super::hints::hint;
use super::importance::Importance;
use super::joined::joined;
use super::numbers::{counted, grouped, ratio_of, share, span_of};
use super::table::{ColumnKind, Table};
use crate::summary::{FailureExample, Summary};

/// The section's place.
pub(super) const ID: &str = "outcomes";

/// Failures that a single message has room for.
const IN_A_MESSAGE: usize = 3;

/// Hints that are shown; more of them would not be read.
const HINTS_MAX: usize = 2;

/// An outcome as it reads in a sentence: `12 timed out`. One of a later version keeps its own name.
pub(crate) fn name(outcome: &str) -> String {
    outcome_in_words(outcome).map_or_else(|| outcome.replace('_', " "), str::to_owned)
}

/// The words for an outcome in a sentence; `None` for an outcome that this version does not know.
pub fn outcome_in_words(outcome: &str) -> Option<&'static str> {
    Some(match outcome {
        "ok" => "succeeded",
        "duplicate" => "taken for duplicates",
        "unexpected_answer" => "unexpected answers",
        "unauthorized" => "unauthorized (401)",
        "forbidden" => "forbidden (403)",
        "too_many_requests" => "throttled (429)",
        "client_error" => "client errors (4xx)",
        "server_error" => "server errors (5xx)",
        "unexpected_status" => "unexpected statuses",
        "timeout" => "timed out",
        "dns" => "names not resolved",
        "refused" => "connections refused",
        "unreachable" => "unreachable",
        "tls" => "TLS failures",
        "reset" => "connections reset",
        "closed" => "connections closed early",
        "protocol" => "no valid HTTP",
        "too_large" => "answers too large",
        "local_ports" => "out of local ports",
        "local_files" => "out of file descriptors",
        "signing" => "not signed",
        "token_endpoint" => "without an access token",
        "io" => "I/O errors",
        _ => return None,
    })
}

/// Outcomes, statuses and failures; `None` if nothing ended.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let total: u64 = summary.outcomes.values().sum();
    let outcomes = Table::new("Outcomes", "outcome").text("code");
    let mut outcomes = outcomes.numbers(["count", "share"]);
    for (outcome, n) in &summary.outcomes {
        outcomes.push([
            name(outcome),
            outcome.clone(),
            grouped(*n),
            share(ratio_of(*n, total)),
        ]);
    }
    let statuses = summary.statuses.iter();
    let statuses = statuses.map(|(status, n)| format!("{status} x {}", grouped(*n)));
    let statuses = joined(statuses, ", ").map(|all| format!("Statuses: {all}."));
    let mut failures = Table::new("Failures", "failure")
        .column("what was said", ColumnKind::Wrapped, Importance::Essential)
        .numbers(["count", "first at"]);
    for failure in &summary.failures {
        failures.push([
            name(&failure.outcome),
            failure.message.clone(),
            grouped(failure.count),
            span_of(failure.first_at_ns),
        ]);
    }
    let hints = hints(summary).into_iter();
    let hints = joined(hints.map(|hint| format!("Hint: {hint}")), " ");
    let has_failed = summary.outcomes.keys().any(|name| name != "ok");
    let importance = if has_failed || !summary.failures.is_empty() {
        Importance::Essential
    } else {
        Importance::Detail
    };
    let blocks = [
        outcomes.into(),
        text(statuses),
        failures.into(),
        text(hints),
    ];
    let ended = counted(total, "callout", "callouts");
    let section = Section::new(ID, "Outcomes", blocks).of(importance);
    section.intro(format!("How {ended} ended.")).unless_empty()
}

/// The most frequent failures, each in a line:
/// `1,191 x unauthorized (401): 401 invalid_token: the audience does not match`.
pub(crate) fn failures(summary: &Summary) -> Vec<String> {
    let failures = most_frequent(summary).into_iter().take(IN_A_MESSAGE);
    let line = |failure: &FailureExample| {
        let kind = name(&failure.outcome);
        format!("{} x {kind}: {}", grouped(failure.count), failure.message)
    };
    failures.map(line).collect()
}

/// What to try against the most frequent failures.
pub(crate) fn hints(summary: &Summary) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    // Where the run was stopped for a failure, the first sentence has the hint.
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
