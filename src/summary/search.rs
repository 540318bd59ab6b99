//! What a capacity search found, as data: what `search.json` holds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Run, ThresholdResult};
use crate::phase::Phase;

/// The name of this version of the format.
pub const SEARCH_SCHEMA: &str = "leadbench.search/v1";

/// One search for the highest load that a target holds.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchSummary {
    /// `leadbench.search/v1`.
    pub schema: String,
    /// What was searched, where and when. `duration_ns` is the length of the whole search, and `load`
    /// describes the first trial.
    pub run: Run,
    /// The name of the load that changed from trial to trial.
    pub load: String,
    /// What a load is a number of.
    pub unit: LoadUnit,
    /// What the search was allowed to try, and for how long.
    pub settings: SearchSettings,
    /// The thresholds that had to hold.
    pub goals: Vec<SearchGoal>,
    /// The searches, one after the other: one, or as many as `--repeat` asked for.
    pub searches: Vec<OneSearch>,
    /// The load that holds: of several searches the geometric mean of their lower bounds. Absent if none
    /// is known.
    pub holds: Option<f64>,
    /// The interval of that mean over the searches. Absent if there were fewer than two.
    pub interval: Option<RepeatInterval>,
    /// The load that the target must hold (`--at-least`).
    pub at_least: Option<f64>,
    /// Whether the search came to an answer, and the answer is at least `at_least`.
    pub verdict: SearchVerdict,
    /// The verdict in words.
    pub verdict_text: String,
}

/// What a load is a number of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadUnit {
    /// Arrivals a second.
    PerSecond,
    /// Virtual users.
    Users,
}

impl LoadUnit {
    /// A load in words: `141.4/s`, or `1 user`.
    pub fn load(self, value: f64) -> String {
        let value = ((value * 100.0).round() / 100.0).to_string();
        match self {
            Self::PerSecond => value + "/s",
            Self::Users if value == "1" => value + " user",
            Self::Users => value + " users",
        }
    }
}

/// What a search was allowed to try, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchSettings {
    /// The lowest load.
    pub from: f64,
    /// The highest load.
    pub max: f64,
    /// How far the two ends of the bracket may be apart, relative to the lower one.
    pub width: f64,
    /// How long the lowest load warmed up the target.
    pub warm_up_ns: u64,
    /// How long a trial lasted; those that need more callouts lasted longer.
    pub trial_ns: u64,
    /// How much time of trials judged a load, at most.
    pub judged_ns: u64,
    /// How much of that time could fail at a load that holds.
    pub may_fail_ns: u64,
    /// How long the lower bound was tried once more.
    pub confirm_ns: u64,
    /// How long the target could take to recover after a trial that failed.
    pub recovery_ns: u64,
    /// How many callouts a trial needed for its strictest threshold.
    pub callouts: u64,
}

/// A threshold that had to hold.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchGoal {
    /// The metric: `latency.p99`.
    pub metric: String,
    /// How it must stand to the limit: `<`.
    pub comparison: String,
    /// The limit in the metric's own unit: nanoseconds, a share of 1, or a number.
    pub limit: f64,
    /// The limit in words: `250 ms`.
    pub limit_text: String,
}

/// One search.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct OneSearch {
    /// The highest load that holds. Absent if none is known.
    pub holds: Option<f64>,
    /// The lowest load above it that does not hold. Absent if none is known.
    pub fails: Option<f64>,
    /// Whether both ends had all the trials that they needed. Only a search that ended early has a bracket
    /// that had not.
    pub is_judged: bool,
    /// Whether the lower bound held for longer.
    pub confirmation: ConfirmationResult,
    /// Why the search ended.
    pub conclusion: SearchConclusion,
    /// The same in words.
    pub conclusion_text: String,
    /// Every trial, in order.
    pub trials: Vec<TrialResult>,
    /// Each load that was tried, in ascending order.
    pub loads: Vec<LoadStanding>,
    /// What limits the target. Absent if no load failed.
    pub limit: Option<SearchLimit>,
    /// How much more the generator could have done at the highest load that it measured.
    pub headroom: Option<Headroom>,
    /// The load at which the p99 of the latency is twice that of the lowest load, by interpolation.
    /// Absent if it never was.
    pub p99_doubles_at: Option<f64>,
    /// How long the search took.
    pub took_ns: u64,
}

/// Whether the lower bound of a search held for longer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationResult {
    /// It did.
    Held,
    /// It failed.
    Failed,
    /// It was not tried.
    Missing,
    /// The generator spoiled the measurement.
    Spoiled,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchConclusion {
    /// The limit lies in the bracket.
    Found,
    /// Even the highest load holds.
    AtMax,
    /// The lowest load already fails.
    LowestFails,
    /// The generator was the limit first: the target holds at least the lower bound.
    GeneratorLimit,
    /// The target did not recover after a trial that failed.
    NotRecovered,
    /// Loads that held when they were judged failed when they were confirmed.
    NotReproducible,
    /// Even the longest trial had too few callouts to judge the thresholds.
    Unmeasurable,
    /// The user ended the search.
    Interrupted,
}

/// The verdict of a search, the worst last.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SearchVerdict {
    /// A load was found that holds, and it is at least the one asked for.
    Passed,
    /// No load holds, or less than the one asked for.
    Failed,
    /// The load that holds is not reproducible, or too few callouts could be measured.
    Undecided,
    /// The generator was the limit before the target.
    GeneratorLimit,
    /// The search ended early.
    Interrupted,
}

/// One trial: a load that was offered for some time, and what came of it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct TrialResult {
    /// Its number, from 1.
    pub number: u64,
    /// What it was for.
    pub kind: TrialPurpose,
    /// The load.
    pub load: f64,
    /// When it began, since the start of the search.
    pub began_ns: u64,
    /// How long it was planned.
    pub planned_ns: u64,
    /// How long it took: less than planned if its failure was certain before the end.
    pub took_ns: u64,
    /// What came of it.
    pub verdict: TrialOutcome,
    /// Why; empty of a trial that passed.
    pub why: String,
    /// How long the target took to recover after it. Absent if the search did not wait for that.
    pub recovery_ns: Option<u64>,
    /// Successful callouts.
    pub ok: u64,
    /// Failed callouts.
    pub failed: u64,
    /// Callouts that were not sent for want of a slot.
    pub dropped: u64,
    /// Successful callouts a second.
    pub achieved_per_s: f64,
    /// The median latency of the successes. Absent if nothing succeeded.
    pub p50_ns: Option<u64>,
    /// The 99th percentile of the latency of the successes. Absent if nothing succeeded.
    pub p99_ns: Option<u64>,
    /// The 99th percentile of each phase of the successes.
    pub phases_p99_ns: BTreeMap<Phase, u64>,
    /// The thresholds, as they stood at the end of the trial.
    pub thresholds: Vec<ThresholdResult>,
    /// The generator's CPU time as a share of all cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// The share of the time of the signer threads that was needed, 0 to 1. Absent without a token.
    pub signers_busy: Option<f64>,
}

/// What a trial was for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialPurpose {
    /// To warm up the target; it decides nothing.
    WarmUp,
    /// To judge the load.
    Judge,
    /// To see whether the highest load that holds does so for longer.
    Confirm,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    /// All goals were reached.
    Pass,
    /// A goal was missed, or was certain to be.
    Fail,
    /// The generator spoiled the measurement: neither a pass nor a failure.
    Invalid,
    /// There were too few callouts to judge the thresholds.
    Undecided,
}

/// What is known of a load.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct LoadStanding {
    /// The load.
    pub load: f64,
    /// Whether it holds.
    pub standing: Standing,
    /// The planned time of its trials that passed.
    pub passed_ns: u64,
    /// The planned time of its trials that failed.
    pub failed_ns: u64,
}

/// Whether a load holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds, or a higher load does.
    Holds,
    /// It does not hold.
    Fails,
    /// The generator cannot measure it.
    Spoiled,
    /// Not yet known.
    Undecided,
}

/// What limits the target: the phase that grew most between the lowest load and the lowest load that
/// fails.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchLimit {
    /// Whose limit it is.
    pub who: LimitingParty,
    /// The phase that grew. Absent if no phase did, but callouts failed.
    pub phase: Option<Phase>,
    /// The 99th percentile of that phase at the lowest load.
    pub lowest_p99_ns: Option<u64>,
    /// The 99th percentile of that phase at the load that fails.
    pub failing_p99_ns: Option<u64>,
    /// The same in words, and what the target did at its limit.
    pub text: String,
}

/// Whose limit was reached.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitingParty {
    /// The target itself.
    Target,
    /// The way to the target: connecting, or the wire.
    Network,
    /// The token endpoint.
    TokenEndpoint,
    /// The signers of the generator.
    Signing,
    /// The generator's lateness, or its slots.
    Generator,
}

/// How much more the generator could have done.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Headroom {
    /// The load at which this was measured.
    pub at: f64,
    /// The generator's CPU time as a share of all cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// The share of the time of the signer threads that was needed, 0 to 1. Absent without a token.
    pub signers_busy: Option<f64>,
    /// The 99th percentile of the generator's lateness.
    pub lag_p99_ns: Option<u64>,
    /// The same in words.
    pub text: String,
}

/// The interval of the mean of several searches.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RepeatInterval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The confidence: 0.95.
    pub confidence: f64,
}
