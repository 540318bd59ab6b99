//! The bad tokens of a run, as all formats tell of them.

use super::figures::{counted, grouped, span};
use crate::summary::{FaultResult, NegativeResult};

/// The columns of the table.
pub(super) const COLUMNS: [&str; 8] = [
    "fault",
    "expected",
    "sent",
    "as expected",
    "false accepts",
    "5xx",
    "bad challenge",
    "statuses",
];

/// One row of the table.
pub(super) fn cells(fault: &FaultResult) -> [String; 8] {
    let statuses = fault.statuses.iter();
    let mut statuses: Vec<_> = statuses
        .map(|(status, count)| format!("{status}: {}", grouped(*count)))
        .collect();
    if fault.unanswered > 0 {
        statuses.push(format!("none: {}", grouped(fault.unanswered)));
    }
    [
        fault.fault.clone(),
        fault.expected.clone(),
        grouped(fault.sent),
        grouped(fault.as_expected),
        grouped(fault.false_accepts),
        grouped(fault.server_errors),
        grouped(fault.without_challenge),
        statuses.join(", "),
    ]
}

/// What came of all of them, in sentences.
pub(super) fn lines(result: &NegativeResult) -> Vec<String> {
    let sent: u64 = result.faults.iter().map(|fault| fault.sent).sum();
    let right: u64 = result.faults.iter().map(|fault| fault.as_expected).sum();
    let mut lines = vec![format!(
        "{} sent, {} answered as expected; {}, {}, {}",
        counted(sent, "bad token", "bad tokens"),
        grouped(right),
        counted(result.false_accepts, "false accept", "false accepts"),
        counted(result.false_rejects, "false reject", "false rejects"),
        counted(result.server_errors, "answer of 5xx", "answers of 5xx"),
    )];
    lines.push(match &result.p99_shift {
        None => "whether the p99 of good traffic moved is not known: there were too few pairs of \
                 seconds with and without bad tokens"
            .to_owned(),
        Some(shift) => format!(
            "p99 of good traffic beside bad tokens: {} ({} to {}, 95 %, {} pairs of seconds): {}",
            signed(shift.estimate_ns),
            signed(shift.low_ns),
            signed(shift.high_ns),
            shift.pairs,
            if shift.moved {
                "it moved"
            } else {
                "it did not move"
            },
        ),
    });
    lines
}

fn signed(ns: f64) -> String {
    let sign = if ns < 0.0 { '-' } else { '+' };
    format!("{sign}{}", span(ns.abs()))
}
