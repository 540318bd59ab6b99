//! What a search found, in words.

use crate::report::content::capital::capital;
use crate::report::content::numbers::trimmed;
use crate::report::content::severity::Severity;
use crate::report::content::table::Cell;
use crate::summary::{
    ConfirmationResult, LoadUnit, OneSearch, SearchSummary, Standing, TrialOutcome, TrialPurpose,
    TrialResult,
};
use crate::units::float;

/// `holds 150/s, fails at 157.5/s`.
pub(crate) fn bracket(unit: LoadUnit, search: &OneSearch) -> String {
    let ends = (search.holds, search.fails);
    let bracket = match ends {
        (Some(holds), Some(fails)) => {
            format!("holds {}, fails at {}", unit.load(holds), unit.load(fails))
        }
        (Some(holds), None) => format!("holds {}; no load failed", unit.load(holds)),
        (None, Some(fails)) => format!("fails at {}; no load holds", unit.load(fails)),
        (None, None) => "no load could be judged".to_owned(),
    };
    if search.is_judged || ends == (None, None) {
        bracket
    } else {
        format!("{bracket} (not all trials of these loads were made)")
    }
}

/// Whether the load that holds did so for longer; `None` if no load holds.
pub(crate) fn confirmation(summary: &SearchSummary, search: &OneSearch) -> Option<String> {
    let holds = summary.unit.load(search.holds?);
    let longer = seconds(summary.settings.confirm_ns);
    Some(match search.confirmation {
        ConfirmationResult::Held => format!("Confirmed: {holds} also held for {longer}."),
        ConfirmationResult::Failed => {
            format!("Not confirmed: {holds} did not hold for {longer}.")
        }
        ConfirmationResult::Missing => {
            format!("Not confirmed: {holds} was not tried for longer.")
        }
        ConfirmationResult::Spoiled => format!(
            "Not confirmed: the generator spoiled the measurement of {holds} over {longer}."
        ),
    })
}

/// The same for a cell.
pub(super) const fn confirmed(confirmation: ConfirmationResult) -> &'static str {
    match confirmation {
        ConfirmationResult::Held => "yes",
        ConfirmationResult::Failed => "no, it failed",
        ConfirmationResult::Missing => "not tried",
        ConfirmationResult::Spoiled => "not measurable",
    }
}

/// Where the p99 is twice that of the lowest load.
pub(super) fn doubling(unit: LoadUnit, search: &OneSearch) -> Option<String> {
    let load = unit.load(search.p99_doubles_at?);
    Some(format!("The p99 of the latency doubles at about {load}."))
}

/// What is known of a load.
pub(super) fn standing(standing: Standing) -> Cell {
    match standing {
        Standing::Holds => Cell::Verdict(Severity::Good, "holds"),
        Standing::Fails => Cell::Verdict(Severity::Bad, "FAILS"),
        Standing::Spoiled => Cell::Verdict(Severity::Warning, "not measurable"),
        Standing::Undecided => Cell::Verdict(Severity::Neutral, "undecided"),
    }
}

/// What a trial was for.
pub(super) const fn purpose(purpose: TrialPurpose) -> &'static str {
    match purpose {
        TrialPurpose::WarmUp => "warm-up",
        TrialPurpose::Judge => "judge",
        TrialPurpose::Confirm => "confirm",
    }
}

/// What came of a trial.
pub(super) fn outcome(outcome: TrialOutcome) -> Cell {
    match outcome {
        TrialOutcome::Pass => Cell::Verdict(Severity::Good, "pass"),
        TrialOutcome::Fail => Cell::Verdict(Severity::Bad, "FAIL"),
        TrialOutcome::Invalid => Cell::Verdict(Severity::Warning, "INVALID"),
        TrialOutcome::Undecided => Cell::Verdict(Severity::Neutral, "undecided"),
    }
}

/// Whether a trial says something about its load.
pub(crate) fn counts(trial: &TrialResult) -> bool {
    let is_decided = matches!(trial.verdict, TrialOutcome::Pass | TrialOutcome::Fail);
    is_decided && trial.kind != TrialPurpose::WarmUp
}

/// A span in seconds: `120 s`, `7.2 s`.
pub(crate) fn seconds(ns: u64) -> String {
    format!("{} s", trimmed(float(ns) / 1e9, 1))
}

/// Words as a sentence, with a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let sentence = capital(words.trim());
    if sentence.is_empty() || sentence.ends_with(['.', '!', '?', '…']) {
        sentence
    } else {
        format!("{sentence}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_sentences_and_sentences_stay() {
        assert_eq!(sentence("holds 150/s"), "Holds 150/s.");
        assert_eq!(sentence("It holds 150/s."), "It holds 150/s.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn whole_seconds_have_no_decimals() {
        assert_eq!(seconds(120_000_000_000), "120 s");
        assert_eq!(seconds(7_240_000_000), "7.2 s");
    }
}
