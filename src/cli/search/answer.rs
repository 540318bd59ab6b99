//! The answer of a search: the document of all its searches, its verdict and its exit code.

use super::searched_load::SearchedLoad;
use crate::cli::exit::Code;
use crate::plan::{Limit, Plan};
use crate::search::{OfferedLoad, Repeats, Settings};
use crate::summary::{
    OneSearch, RepeatInterval, Run, RunState, SEARCH_SCHEMA, SearchConclusion, SearchGoal,
    SearchSettings, SearchSummary, SearchVerdict,
};
use crate::units::{Nanos, float};

/// What was asked, which is the same for each search.
pub(super) struct Asked<'a> {
    pub(super) plan: &'a Plan,
    pub(super) load: &'a SearchedLoad,
    pub(super) settings: &'a Settings,
    pub(super) at_least: Option<OfferedLoad>,
}

impl Asked<'_> {
    /// The document: `run` is that of the first trial, and the searches took `took` together.
    pub(super) fn answer(
        &self,
        run: &Run,
        searches: Vec<OneSearch>,
        took: Nanos,
        state: RunState,
    ) -> SearchSummary {
        let ended: Vec<&OneSearch> = ended(&searches);
        let held: Vec<f64> = ended.iter().filter_map(|search| search.holds).collect();
        // A search without a lower bound says that the mean is not known.
        let repeats = Repeats::of(&held).filter(|_| held.len() == ended.len());
        let holds = repeats.map(|repeats| repeats.mean);
        // If the highest load held, the limit is higher by an unknown amount.
        let is_open = ended.iter().any(|search| search.fails.is_none());
        let interval = repeats
            .and_then(|repeats| repeats.interval)
            .filter(|_| !is_open);
        let (verdict, verdict_text) = self.verdict(&searches, holds);
        SearchSummary {
            schema: SEARCH_SCHEMA.to_owned(),
            run: Run {
                duration_ns: took.0,
                state,
                ..run.clone()
            },
            load: self.load.name.clone(),
            unit: self.load.unit,
            settings: settings(self.settings),
            goals: self.goals(),
            searches,
            holds,
            interval: interval.map(|(low, high)| RepeatInterval {
                low,
                high,
                confidence: Repeats::CONFIDENCE,
            }),
            at_least: self.at_least.map(OfferedLoad::value),
            verdict,
            verdict_text,
        }
    }

    fn goals(&self) -> Vec<SearchGoal> {
        let goal = |one: &crate::plan::Threshold| SearchGoal {
            metric: one.metric.to_string(),
            comparison: one.comparison.to_string(),
            limit: match one.limit {
                Limit::Span(span) => float(span.0),
                Limit::Share(share) => share.as_fraction(),
                Limit::Rate(rate) => rate.as_per_second(),
                Limit::Count(count) => float(count),
            },
            limit_text: one.limit.to_string(),
        };
        self.plan.thresholds.iter().map(goal).collect()
    }

    fn verdict(&self, searches: &[OneSearch], holds: Option<f64>) -> (SearchVerdict, String) {
        let Some(last) = searches.last() else {
            let text = "the search ended before its first trial".to_owned();
            return (SearchVerdict::Interrupted, text);
        };
        let said = match searches {
            [_] => last.conclusion_text.clone(),
            all => {
                let number = ended(all).len();
                let mean = holds.map_or_else(
                    || format!("of {number} searches, not each found a load that holds"),
                    |holds| {
                        let load = self.load.unit.load(holds);
                        format!("{load} holds, the mean of {number} searches")
                    },
                );
                format!("{mean}; the last: {}", last.conclusion_text)
            }
        };
        // How much searches differ is what repeats are for: one whose limit moved is one of them.
        let is_one_of_many =
            |one: &OneSearch| searches.len() > 1 && holds.is_some() && one.holds.is_some();
        let worst = searches.iter().map(|one| match one.conclusion {
            SearchConclusion::NotReproducible if is_one_of_many(one) => SearchVerdict::Passed,
            conclusion => ends_as(conclusion),
        });
        let worst = worst.max();
        let worst = worst.unwrap_or(SearchVerdict::Interrupted);
        let Some(wanted) = self.at_least else {
            return (worst, said);
        };
        let wanted_text = wanted.to_string();
        let is_enough = holds.is_some_and(|holds| holds >= wanted.value());
        match worst {
            SearchVerdict::Passed | SearchVerdict::GeneratorLimit if is_enough => (
                SearchVerdict::Passed,
                format!("{said}; {wanted_text} was asked for"),
            ),
            SearchVerdict::Passed => (
                SearchVerdict::Failed,
                format!("{said}; that does not show that it holds {wanted_text}"),
            ),
            _ => (worst, said),
        }
    }
}

/// The searches that came to their end; all, if none did.
fn ended(searches: &[OneSearch]) -> Vec<&OneSearch> {
    let is_over = |one: &&OneSearch| one.conclusion != SearchConclusion::Interrupted;
    let over: Vec<&OneSearch> = searches.iter().filter(is_over).collect();
    if over.is_empty() {
        searches.iter().collect()
    } else {
        over
    }
}

/// What a conclusion means, without a load that must hold.
const fn ends_as(conclusion: SearchConclusion) -> SearchVerdict {
    match conclusion {
        SearchConclusion::Found | SearchConclusion::AtMax => SearchVerdict::Passed,
        SearchConclusion::LowestFails | SearchConclusion::NotRecovered => SearchVerdict::Failed,
        SearchConclusion::NotReproducible | SearchConclusion::Unmeasurable => {
            SearchVerdict::Undecided
        }
        SearchConclusion::GeneratorLimit => SearchVerdict::GeneratorLimit,
        SearchConclusion::Interrupted => SearchVerdict::Interrupted,
    }
}

/// The exit code of a verdict.
pub(super) const fn exit_code(verdict: SearchVerdict) -> Code {
    match verdict {
        SearchVerdict::Passed => Code::Passed,
        SearchVerdict::Failed => Code::ThresholdBroken,
        SearchVerdict::Undecided => Code::Undecided,
        SearchVerdict::GeneratorLimit => Code::MeasurementInvalid,
        SearchVerdict::Interrupted => Code::Interrupted,
    }
}

fn settings(settings: &Settings) -> SearchSettings {
    SearchSettings {
        from: settings.from.value(),
        max: settings.max.value(),
        width: settings.width,
        warm_up_ns: settings.warm_up.0,
        trial_ns: settings.trial.0,
        judged_ns: settings.judged.0,
        may_fail_ns: settings.may_fail.0,
        confirm_ns: settings.confirm.0,
        recovery_ns: settings.recovery.0,
        callouts: settings.callouts,
    }
}
