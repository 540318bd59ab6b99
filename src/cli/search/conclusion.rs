//! Why a search ended, in words.

use super::seen::Seen;
use crate::search::{Bracket, Conclusion, OfferedLoad};
use crate::summary::TrialOutcome;

/// The end of a search in a sentence.
pub(super) fn in_words(seen: &Seen, conclusion: &Conclusion, bracket: Bracket) -> String {
    let settings = seen.controller.settings();
    let between = bounds(bracket);
    match conclusion {
        Conclusion::Found => between,
        Conclusion::AtMax => format!(
            "even the highest load, {}, holds: the limit is higher; raise --max to find it",
            settings.max
        ),
        Conclusion::LowestFails => format!(
            "even the lowest load, {}, fails: {}; if the target holds less, try a lower --from",
            settings.from,
            last_failure(seen)
        ),
        Conclusion::GeneratorLimit { ceiling, why } => match bracket.lower {
            Some(lower) => format!(
                "at least {} holds; at {ceiling} this generator is the limit: {why}",
                lower.load
            ),
            None => format!("this generator is the limit already at {ceiling}: {why}"),
        },
        Conclusion::Interrupted => format!("the search ended early; until then: {between}"),
        Conclusion::NotRecovered { after } => format!(
            "{between}; the target did not recover within {} after the trial at {after} ({})",
            settings.recovery,
            last_failure(seen)
        ),
        Conclusion::NotReproducible { refuted } => {
            let refuted: Vec<String> = refuted.iter().map(OfferedLoad::to_string).collect();
            format!(
                "{between}; {} held in trials of {} and failed when tried for {} ({})",
                refuted.join(" and "),
                settings.trial,
                settings.confirm,
                last_failure(seen)
            )
        }
        Conclusion::Unmeasurable { load, span } => format!(
            "even a trial of {span} at {load} had too few callouts to judge the thresholds; try a higher \
             --from"
        ),
    }
}

/// Both ends of the bracket, as far as they are known.
fn bounds(bracket: Bracket) -> String {
    let [lower, upper] = [bracket.lower, bracket.upper].map(|end| end.map(|end| end.load));
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("the target holds {lower}, and no longer {upper}"),
        (Some(lower), None) => format!("the target holds {lower}; no load is known to fail"),
        (None, Some(upper)) => format!("{upper} fails, and no load holds"),
        (None, None) => "no load was judged".to_owned(),
    }
}

fn last_failure(seen: &Seen) -> &str {
    let mut failed = seen.trials.iter().rev();
    let last = failed.find(|trial| trial.verdict == TrialOutcome::Fail);
    last.map_or("", |trial| trial.why.as_str())
}
