//! The bad tokens of a run, and how the API answered them.

use super::document::{Section, text};
use super::joined::joined;
use super::numbers::{counted, grouped, span};
use super::table::Table;
use crate::summary::{FaultResult, NegativeResult, Summary};

/// A row for each fault, and what came of all of them.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let result = summary.negative.as_ref()?;
    let mut table = Table::new("Bad tokens", "fault")
        .text("expected")
        .numbers([
            "sent",
            "as expected",
            "false accepts",
            "5xx",
            "bad challenge",
        ])
        .text("statuses");
    for fault in &result.faults {
        table.push(cells(fault));
    }
    Some(Section::new(
        "negative",
        "Bad tokens",
        [table.into(), text(sentences(result))],
    ))
}

fn cells(fault: &FaultResult) -> [String; 8] {
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

/// What came of all of them.
fn sentences(result: &NegativeResult) -> Option<String> {
    let sent: u64 = result.faults.iter().map(|fault| fault.sent).sum();
    let right: u64 = result.faults.iter().map(|fault| fault.as_expected).sum();
    let counts = format!(
        "{} sent, {} answered as expected; {}, {}, {}.",
        counted(sent, "bad token", "bad tokens"),
        grouped(right),
        counted(result.false_accepts, "false accept", "false accepts"),
        counted(result.false_rejects, "false reject", "false rejects"),
        counted(result.server_errors, "5xx answer", "5xx answers"),
    );
    let shift = match &result.p99_shift {
        None => {
            "It is unknown whether bad tokens moved the p99 of good traffic: there were too few \
                 pairs of seconds with and without them."
                .to_owned()
        }
        Some(shift) => format!(
            "The p99 of good traffic beside bad tokens {}: {} ({} to {}, 95 % interval, {} pairs of \
             seconds).",
            if shift.moved { "moved" } else { "did not move" },
            signed(shift.estimate_ns),
            signed(shift.low_ns),
            signed(shift.high_ns),
            shift.pairs,
        ),
    };
    let sentences = [Some(counts), of_kids(result), Some(shift)];
    joined(sentences.into_iter().flatten(), " ")
}

/// What to make of accepted tokens whose kid was wrong or missing: an API with one key may accept
/// them, and only its owner knows whether it has one.
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
            "{} had only a wrong or missing kid. An API that is configured with one public key may \
             accept these; for such an API set profile = \"one-key\" in [negative].",
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
    fn an_ignored_kid_is_not_a_fault_of_every_api() {
        let said = of_kids(&taken(&[
            ("unknown-kid", 3),
            ("missing-kid", 4),
            ("expired", 1),
        ]));
        let said = said.unwrap();
        assert!(said.starts_with("7 false accepts had only"), "{said}");
        assert!(said.contains("profile = \"one-key\""), "{said}");
        assert_eq!(of_kids(&taken(&[("unknown-kid", 0), ("expired", 2)])), None);
        // An API that accepts another key's signature does not check the key at all.
        assert_eq!(
            of_kids(&taken(&[("unknown-kid", 3), ("wrong-key", 1)])),
            None
        );
    }
}
