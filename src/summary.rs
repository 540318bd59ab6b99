//! Everything a report needs, as data: what `summary.json` holds.
//!
//! Every other report is rendered from this alone, years later if need be. Field names
//! are a contract: they are extended, never renamed. Units are the last word of a name.

mod buckets;
mod comparison;
mod contradiction;
mod heatmap;
mod history;
mod load_result;
mod matrix;
mod measurement;
mod negative;
mod noise;
mod phase_stats;
mod ramp;
mod reason;
mod reason_code;
mod run;
mod salesforce;
mod saturation;
mod search;
mod search_comparison;
mod server_timing;
mod shard;
mod split;
mod stopped;
mod token_endpoint;
mod validity;
mod window;
mod wire;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use buckets::{BUCKET_ENDS_NS, Buckets};
pub use comparison::{
    COMPARISON_SCHEMA, Comparison, Design, Finding, MetricResult, RunOfSide, ShiftPoint, Side,
    Spectra,
};
pub use contradiction::Contradiction;
pub use heatmap::Heatmap;
pub use history::{CapacitySeries, Change, History, Noise, PastRun, PastSearch, Series};
pub use load_result::LoadResult;
pub use matrix::{MarginalCost, MatrixResult, RoundResult, VariantResult};
pub use measurement::Measurement;
pub use negative::{FaultResult, NegativeResult, P99Shift};
pub use noise::{NOISE_SCHEMA, NoiseFloor};
pub use phase_stats::{PhaseStats, SpectrumPoint};
pub use ramp::RampBreak;
pub use reason::{AnyReasonCode, Reason, Warning};
pub use reason_code::ReasonCode;
pub use run::{LoadSummary, Machine, Model, Overlay, Run, RunState};
pub use salesforce::OrgResult;
pub use saturation::{Saturation, Stationarity, Trend};
pub use search::{
    ConfirmationResult, Headroom, LimitingParty, LoadStanding, LoadUnit, OneSearch, RepeatInterval,
    SEARCH_SCHEMA, SearchConclusion, SearchGoal, SearchLimit, SearchSettings, SearchSummary,
    SearchVerdict, Standing, TrialOutcome, TrialPurpose, TrialResult,
};
pub use search_comparison::{SEARCH_COMPARISON_SCHEMA, SearchComparison, SearchSide};
pub use server_timing::ServerTimingResult;
pub use shard::ShardResult;
pub use split::{Part, Split, SplitRow};
pub use stopped::{BrokenThreshold, PreflightResult, Stopped};
pub use token_endpoint::TokenEndpointResult;
pub use validity::Validity;
pub use window::{SlowIteration, Window};
pub use wire::{ConnectionResult, WireResult};

use crate::phase::Phase;
use crate::units::share;

/// The name of this version of the format.
pub const SCHEMA: &str = "leadbench.summary/v1";

/// One run, summarised.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Summary {
    /// `leadbench.summary/v1`.
    pub schema: String,
    /// What was run, where and when.
    pub run: Run,
    /// What was planned, done and left undone, outside the warm-up.
    pub counts: Counts,
    /// What was asked for and what came of it.
    pub rates: Rates,
    /// Percentiles of each phase over the successful iterations.
    pub phases: BTreeMap<Phase, PhaseStats>,
    /// Percentiles of each phase over the failed iterations, apart so that fast failures
    /// never flatter the successes.
    pub failed_phases: BTreeMap<Phase, PhaseStats>,
    /// How tokens were made and what that cost.
    pub signing: Signing,
    /// What was asked of a token endpoint, where tokens were exchanged. Absent in files of
    /// earlier versions.
    #[serde(default)]
    pub token_endpoint: Option<TokenEndpointResult>,
    /// Where the time of a callout went, at several places of the distribution.
    pub split: Split,
    /// How iterations ended; only what occurred.
    pub outcomes: BTreeMap<String, u64>,
    /// Answers by HTTP status; only what occurred.
    pub statuses: BTreeMap<u16, u64>,
    /// The first few distinct failures, in words.
    pub failures: Vec<FailureExample>,
    /// What had to hold, and whether it did.
    pub thresholds: Vec<ThresholdResult>,
    /// Whether the figures can be trusted.
    pub measurement: Measurement,
    /// The percentile spectrum of `latency`, `service` and `network`.
    pub spectrum: BTreeMap<Phase, Vec<SpectrumPoint>>,
    /// One row a second.
    pub windows: Vec<Window>,
    /// How the latencies of the successes were spread over the run, warm-up included; absent
    /// where nothing succeeded, and in files of earlier versions.
    #[serde(default)]
    pub heatmap: Option<Heatmap>,
    /// The slowest successful iterations, slowest first.
    pub slowest: Vec<SlowIteration>,
    /// Each load on its own, in the order of the scenario; absent in files of earlier
    /// versions.
    #[serde(default)]
    pub loads: Vec<LoadResult>,
    /// What the reader should know of the load itself, such as that no org could produce it.
    /// Absent in files of earlier versions.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The same warnings in the same order, each with its code; `docs/FORMATS.md` lists the codes.
    /// Absent in files of earlier versions.
    #[serde(default)]
    pub coded_warnings: Vec<Warning>,
    /// What signing costs, where variants of it took turns.
    #[serde(default)]
    pub matrix: Option<MatrixResult>,
    /// What became of bad tokens, where some were sent. Absent in files of earlier versions.
    #[serde(default)]
    pub negative: Option<NegativeResult>,
    /// What the kernel knew of the load's connections. Absent in files of earlier versions.
    #[serde(default)]
    pub wire: Option<WireResult>,
    /// What `Server-Timing` told; absent where no answer had any, and in files of earlier
    /// versions.
    #[serde(default)]
    pub server_timing: Option<ServerTimingResult>,
    /// Where the target fell behind; absent where it kept up, where a load asks for no rate, and
    /// in files of earlier versions.
    #[serde(default)]
    pub saturation: Option<Saturation>,
    /// Which thresholds no longer held from some second on, if the rate of a load changes; empty if all
    /// held. Absent if no rate changes, if only the interval log is left, and in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Vec<RampBreak>>,
    /// Why leadbench itself ended the run early; absent where it did not, and in files of earlier
    /// versions.
    #[serde(default)]
    pub stopped: Option<Stopped>,
    /// The callout that was made before the load; absent where none was, and in files of earlier
    /// versions.
    #[serde(default)]
    pub preflight: Option<PreflightResult>,
    /// Whether the latency had come to rest; absent where there are too few seconds to tell, and
    /// in files of earlier versions.
    #[serde(default)]
    pub stationarity: Option<Stationarity>,
    /// The successes over fixed buckets, as `/metrics` shows them; absent where nothing succeeded,
    /// and in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Buckets>,
    /// What each shard did, if several processes made the load; absent if one did, and in files of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<Vec<ShardResult>>,
}

/// What was planned, done and left undone, outside the warm-up.
///
/// `planned = started + dropped + interrupted before start`, and
/// `started = completed + interrupted after start`; `completed = ok + failed + negative`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Counts {
    /// Arrivals that came due; in a closed model, iterations begun.
    pub planned: u64,
    /// Iterations begun.
    pub started: u64,
    /// Iterations that ended with an answer or a failure.
    pub completed: u64,
    /// Of these, counted as a success: a 2xx answer, or what `[target.expect]` says.
    pub ok: u64,
    /// Of these, anything else.
    pub failed: u64,
    /// Of these, callouts with a fault on purpose, whatever their answer: they are in no phase
    /// and no outcome. Absent in files of earlier versions.
    #[serde(default)]
    pub negative: u64,
    /// Arrivals never begun because every slot was taken.
    pub dropped: u64,
    /// Leads never posted, or given up, because a limit of Salesforce took them; part of no
    /// other count, and the warm-up's included. Absent in files of earlier versions.
    #[serde(default)]
    pub lost: u64,
    /// Arrivals that waited for a free slot before they began.
    pub queued: u64,
    /// Answers that came after the caller had given up.
    pub late: u64,
    /// Iterations sent again with a fresh token, after a 401 or another status that asks for
    /// one.
    pub retried: u64,
    /// Iterations sent again as they were, after their connection was closed without an
    /// answer. Absent in files of earlier versions.
    #[serde(default)]
    pub resent: u64,
    /// Arrivals cut off by the end of an interrupted run.
    pub interrupted: u64,
    /// Iterations of the warm-up, which are in no other figure.
    pub warmup: u64,
    /// Arrivals of the warm-up that were never begun because every slot was taken; in no other
    /// figure. Absent in files of earlier versions.
    #[serde(default)]
    pub warmup_dropped: u64,
}

impl Counts {
    /// Iterations with a good token that ended.
    pub const fn judged(&self) -> u64 {
        self.ok.saturating_add(self.failed)
    }

    /// The share of these that failed; `None` if there are none.
    pub fn failed_share(&self) -> Option<f64> {
        share(self.failed, self.judged())
    }
}

/// What was asked for and what came of it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Rates {
    /// The scenario's rate, on average over the measured span; absent in a closed model,
    /// which asks for none, and where one load of several is closed.
    pub asked_per_s: Option<f64>,
    /// Callouts that came due, a second: what a random schedule made of the asked rate. Absent
    /// in a closed model, and in files of earlier versions.
    #[serde(default)]
    pub planned_per_s: Option<f64>,
    /// Callouts a second that counted as a success within the measured span, whenever they were
    /// sent. A callout with a deliberate fault counts if its answer is right. Answers that arrive
    /// after the span, and failures, do not count.
    pub achieved_per_s: f64,
    /// Seconds measured, warm-up excluded.
    pub measured_s: f64,
    /// Requests sent for each lead that was posted, retries and the warm-up included: what a
    /// storm of 401 makes of the load. Absent where none ended, and in files of earlier versions.
    #[serde(default)]
    pub amplification: Option<f64>,
}

/// How tokens were made and what that cost.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Signing {
    /// `jit`, `pipeline`, `presign`, `reuse` or `none`; `matrix` where loads differ in it.
    pub mode: String,
    /// `named-credential`, or `none`.
    pub source: String,
    /// `RS256`; absent without a token, and where loads differ in it.
    pub algorithm: Option<String>,
    /// The RSA modulus in bits; absent without a token, and where loads differ in it.
    pub key_bits: Option<u32>,
    /// Signer threads.
    pub threads: u32,
    /// Tokens a second that one signer thread made before the run while every core signed;
    /// absent where loads differ in how they sign.
    pub calibrated_per_s: Option<f64>,
    /// Share of the signer threads' time that the run needed, 0 to 1.
    pub utilisation: Option<f64>,
    /// The same as predicted from the calibration; absent where nobody could know, and in
    /// files of earlier versions.
    #[serde(default)]
    pub predicted_utilisation: Option<f64>,
    /// Tokens signed, warm-up and unused ones included.
    pub tokens_minted: u64,
    /// Iterations that waited for a token which should have been ready.
    pub starved: u64,
    /// Of these, those whose token was ready but expired before they could send it. Absent in
    /// files of earlier versions.
    #[serde(default)]
    pub expired: u64,
}

/// One kind of failure, in words.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FailureExample {
    /// The outcome it was counted as.
    pub outcome: String,
    /// The HTTP status, where there was an answer. Absent in files of earlier versions.
    #[serde(default)]
    pub status: Option<u16>,
    /// What was said, by the target itself where it refused (its challenge, its body), cut to 200
    /// characters; never a token.
    pub message: String,
    /// When it first happened, since the start of the run.
    pub first_at_ns: u64,
    /// How often it happened.
    pub count: u64,
}

/// A threshold and what became of it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ThresholdResult {
    /// The metric: `latency.p99`.
    pub metric: String,
    /// `<`, `<=`, `>` or `>=`.
    pub comparison: String,
    /// The limit in the metric's own unit: nanoseconds, a share of 1, or a rate a second.
    pub limit: f64,
    /// The limit as written for people: `250 ms`.
    pub limit_text: String,
    /// What was measured; absent when the run has no such figure, which breaks the threshold.
    pub actual: Option<f64>,
    /// What was measured, as written for people.
    pub actual_text: String,
    /// Whether the threshold holds.
    pub passed: bool,
    /// Whether the scenario does not set it: where none is on `failed`, `failed < 1 %` must hold.
    /// Absent in files of earlier versions.
    #[serde(default)]
    pub implied: bool,
}

impl Summary {
    /// Whether every threshold holds.
    pub fn thresholds_hold(&self) -> bool {
        self.thresholds.iter().all(|threshold| threshold.passed)
    }

    /// Whether each load that came to its end had a success, bad tokens that were rightly refused
    /// included. A run of which one had none passes nothing.
    pub fn each_load_succeeded(&self) -> bool {
        // A shard need not have callouts of each load.
        if self.run.shard.is_some() {
            return true;
        }
        let has_success = |counts: &Counts| counts.ok + counts.negative > 0;
        // Cut off, a load may never have been due.
        let may_lack =
            |counts: &Counts| counts.planned == 0 && self.run.state != RunState::Finished;
        let mut each = self.loads.iter().map(|load| &load.counts);
        each.all(|counts| has_success(counts) || may_lack(counts))
            && (has_success(&self.counts) || may_lack(&self.counts))
    }

    /// Whether the run passes: each load had a success, and every threshold holds.
    pub fn passes(&self) -> bool {
        self.each_load_succeeded() && self.thresholds_hold()
    }

    /// Adds warnings to those that are there.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        for warning in warnings {
            self.warnings.push(warning.text.clone());
            self.coded_warnings.push(warning);
        }
    }

    /// Whether it was rebuilt from the interval log, which does not count everything.
    pub fn is_recovered(&self) -> bool {
        let mut warnings = self.coded_warnings.iter();
        warnings.any(|warning| warning.code == ReasonCode::RecoveredFromLog)
    }

    /// The statistics of a phase over the successful iterations.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseStats> {
        self.phases.get(&phase)
    }
}
