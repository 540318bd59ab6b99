//! Everything a report of a comparison needs, as data: what `comparison.json` holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

use super::SpectrumPoint;

/// The name of this version of the format.
pub const COMPARISON_SCHEMA: &str = "leadbench.comparison/v1";

/// Two sets of runs, compared.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Comparison {
    /// `leadbench.comparison/v1`.
    pub schema: String,
    /// leadbench's version.
    pub version: String,
    /// The scenario that both sides ran.
    pub scenario: String,
    /// What is compared with.
    pub baseline: Side,
    /// What is judged.
    pub candidate: Side,
    /// How the runs stand to one another.
    pub design: Design,
    /// The worst that a gating metric was found to be.
    pub finding: Finding,
    /// Whether the finding must not stop anything, whatever it is.
    pub advisory: bool,
    /// Why it is advisory; empty where it is not.
    pub advisory_reasons: Vec<String>,
    /// Where the difference comes from, in a sentence; absent where there is none.
    pub cause: Option<String>,
    /// What a reader should know: runs left out, figures that only one side has.
    pub notes: Vec<String>,
    /// How sure the interval of each gating metric is: together they hold all true changes with
    /// 95 %.
    pub confidence: f64,
    /// Each metric, those that gate first.
    pub metrics: Vec<MetricResult>,
    /// By how much each part of the distribution of `latency` moved.
    pub shift: Vec<ShiftPoint>,
    /// The percentile spectrum of `latency` of each side, the median of its runs.
    pub spectra: Spectra,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Side {
    /// The commits of its runs, each once.
    pub commits: Vec<String>,
    /// The targets of its runs, each once.
    pub targets: Vec<String>,
    /// Its runs, in the order of their start.
    pub runs: Vec<RunOfSide>,
    /// Callouts of all its runs that ended.
    pub completed: u64,
}

/// A run of a comparison.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RunOfSide {
    /// The run.
    pub id: String,
    /// When it began: UTC, RFC 3339.
    pub started_at: String,
    /// Its commit, where one is known.
    pub commit: Option<String>,
}

/// How the runs of both sides stand to one another.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// One run each: how much runs differ among themselves is not known.
    Single,
    /// Runs of both sides in turn, so that each has a neighbour of the other.
    InTurn,
    /// Both sides at once, round by round.
    SideBySide,
    /// Runs of the one side apart from those of the other.
    Apart,
}

/// What a change is found to be.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Deserialize,
    Display,
    JsonSchema,
    Serialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Finding {
    /// Smaller than the margin: a true change as large as the margin would be called this in at most
    /// 5 % of comparisons.
    #[strum(serialize = "no change")]
    NoChange,
    /// Significantly better, by half the margin or more.
    Improvement,
    /// What was measured cannot tell.
    #[default]
    #[strum(serialize = "too noisy")]
    TooNoisy,
    /// Significantly worse, by half the margin or more.
    Regression,
}

impl Finding {
    /// Whether a change was found, for better or worse.
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Improvement | Self::Regression)
    }
}

/// One metric, judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct MetricResult {
    /// Its name: `latency.p99`.
    pub name: String,
    /// The unit of its values: `ns`, `per_s` or `share`.
    pub unit: String,
    /// Whether it takes part in the verdict.
    pub gates: bool,
    /// Whether more of it is worse.
    pub higher_is_worse: bool,
    /// How it was judged: `paired t`, `signed rank`, `rank sum`, ...
    pub method: String,
    /// Its median over the baseline's runs; absent where none has it.
    pub baseline: Option<f64>,
    /// Its median over the candidate's runs; absent where none has it.
    pub candidate: Option<f64>,
    /// The estimated change: relative (0.05 for 5 % more), of a `share` absolute. Absent where
    /// there are too few runs.
    pub change: Option<f64>,
    /// The lower end of its interval, with the confidence of the comparison.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The lower end of its 90 % interval, by which "no change" is found.
    pub low_90: Option<f64>,
    /// The upper end.
    pub high_90: Option<f64>,
    /// The change that matters, as `change` counts.
    pub margin: f64,
    /// What it is found to be.
    pub finding: Finding,
    /// Why nothing could be found, where that is not the noise.
    pub why: Option<String>,
    /// How likely a change this large is by chance alone.
    pub p: Option<f64>,
    /// The same for all gating metrics together (Holm); of the others for all of those
    /// (Benjamini and Hochberg).
    pub p_adjusted: Option<f64>,
    /// The smallest change that would have been found in 80 % of cases, as `change` counts.
    pub detectable: Option<f64>,
    /// Runs of each side that would find a change as large as the margin in 80 % of cases.
    pub runs_needed: Option<u64>,
    /// The change of each pair of runs, as `change` counts; empty where there are none.
    pub pairs: Vec<f64>,
}

/// By how much one place of the distribution moved.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ShiftPoint {
    /// The place, 0 to 1.
    pub quantile: f64,
    /// The relative change.
    pub change: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The percentile spectra of both sides.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Spectra {
    /// The baseline's.
    pub baseline: Vec<SpectrumPoint>,
    /// The candidate's.
    pub candidate: Vec<SpectrumPoint>,
}
