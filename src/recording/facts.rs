//! What a summary says that no recording knows.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::wire::WireTally;
use crate::plan::{Matrix, Negative, Threshold, Turns};
use crate::sample::Traces;
use crate::summary::{
    Model, OrgResult, PreflightResult, Run, Signing, TokenEndpointResult, Warning,
};
use crate::units::Nanos;
use crate::validity::Health;

/// What the recording itself cannot know.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RunFacts {
    /// What was run, where and when.
    pub run: Run,
    /// Each load, in the order of its recorders.
    pub loads: Vec<LoadFacts>,
    /// How tokens were made; `starved` and `expired` are filled in from the recording.
    pub signing: Signing,
    /// What was asked of a token endpoint.
    pub token_endpoint: Option<TokenEndpointResult>,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// How long the load has lasted, warm-up included.
    pub elapsed: Nanos,
    /// How the generator itself fared.
    pub health: Health,
    /// The bad tokens that were sent, if any were.
    pub negative: Option<Negative>,
    /// How the loads took turns, if they did.
    pub matrix: Option<Matrix>,
    /// What the reader should know of the load itself.
    pub warnings: Vec<Warning>,
    /// What the kernel said of the connections.
    #[serde(skip)]
    pub wire: Option<Arc<WireTally>>,
    /// The traces of the callouts, where they carry any.
    pub traces: Option<Traces>,
    /// The metrics of `Server-Timing` that the scenario takes for the total.
    pub server_total: Vec<String>,
    /// The callout that was made before the load, if one was.
    pub preflight: Option<PreflightResult>,
    /// Whether the rate of a load changes, so that it is found where the thresholds no longer held.
    pub has_ramp: bool,
}

/// What the recording of one load cannot know.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoadFacts {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// Whether its arrivals waited for answers.
    pub model: Model,
    /// When it begins.
    pub start: Nanos,
    /// Its warm-up.
    pub warmup: Nanos,
    /// When it ends, where that is known beforehand.
    pub planned_end: Option<Nanos>,
    /// When it ends, or did.
    pub end: Option<Nanos>,
    /// How many of its callouts are measured at most, if that is known and a threshold may end the run.
    pub measured_at_most: Option<u64>,
    /// The rate that it asks for on average past its warm-up, in an open model.
    pub asked_per_s: Option<f64>,
    /// The hash of its schedule.
    pub schedule_sha256: Option<String>,
    /// When it has its turn, if it takes turns with others.
    pub turns: Option<Turns>,
    /// Answers that came after the caller had given up.
    pub late: u64,
    /// What the org did and lost; its amplification is filled in from the recording.
    pub salesforce: Option<OrgResult>,
}

impl LoadFacts {
    /// Leads lost to limits of Salesforce.
    pub(crate) fn lost(&self) -> u64 {
        let lost = self.salesforce.iter().flat_map(|org| org.lost.values());
        lost.sum()
    }

    /// The spans that are measured, as far as they have come.
    pub(crate) fn measured(&self, elapsed: Nanos) -> Vec<Range<Nanos>> {
        let from = self.start + self.warmup;
        let until = self.end.unwrap_or(elapsed).min(elapsed).max(from);
        match &self.turns {
            None => vec![from..until],
            Some(turns) => turns
                .measured()
                .take_while(|turn| turn.start < until)
                .map(|turn| turn.start..turn.end.min(until))
                .collect(),
        }
    }
}

impl RunFacts {
    /// The names of the loads, where there are several.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self.loads.as_slice() {
            [_] => Vec::new(),
            loads => loads.iter().map(|load| load.name.as_str()).collect(),
        }
    }

    /// When loads warm up.
    pub(crate) fn warmups(&self) -> Vec<Range<Nanos>> {
        let loads = self.loads.iter();
        loads
            .map(|load| load.start..load.start + load.warmup)
            .collect()
    }
}
