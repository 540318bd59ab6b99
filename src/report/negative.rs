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
    lines.extend(of_kids(result));
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

/// What to make of tokens that were taken although their kid was wrong or missing: an API with one
/// key does so rightly, and whether this is one only its owner knows.
fn of_kids(result: &NegativeResult) -> Option<String> {
    let taken = |names: &[&str]| -> u64 {
        let is_one = |fault: &&FaultResult| names.contains(&fault.fault.as_str());
        let faults = result.faults.iter().filter(is_one);
        faults
            .map(|fault| fault.false_accepts)
            .fold(0, u64::saturating_add)
    };
    let kids = taken(&["unknown-kid", "missing-kid", "kid-swapped"]);
    (kids > 0 && taken(&["wrong-key"]) == 0).then(|| {
        format!(
            "{} had only a wrong or missing kid: these are no faults of an API that is configured \
             with one public key; for such an API write profile = \"one-key\" in [negative]",
            counted(kids, "false accept", "false accepts"),
        )
    })
}

fn signed(ns: f64) -> String {
    let sign = if ns < 0.0 { '-' } else { '+' };
    format!("{sign}{}", span(ns.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(faults: &[(&str, u64)]) -> NegativeResult {
        let fault = |(name, false_accepts): &(&str, u64)| FaultResult {
            fault: (*name).to_owned(),
            false_accepts: *false_accepts,
            ..FaultResult::default()
        };
        NegativeResult {
            faults: faults.iter().map(fault).collect(),
            ..NegativeResult::default()
        }
    }

    #[test]
    fn kids_that_were_not_looked_at_are_no_fault_of_every_api() {
        let said = of_kids(&taken(&[
            ("unknown-kid", 3),
            ("missing-kid", 4),
            ("expired", 1),
        ]));
        let said = said.unwrap();
        assert!(said.starts_with("7 false accepts had only"), "{said}");
        assert!(said.contains("profile = \"one-key\""), "{said}");
        assert_eq!(of_kids(&taken(&[("unknown-kid", 0), ("expired", 2)])), None);
        // Who takes another key's signature looks at nothing.
        assert_eq!(
            of_kids(&taken(&[("unknown-kid", 3), ("wrong-key", 1)])),
            None
        );
    }
}
