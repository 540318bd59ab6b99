//! What was run, where and when.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::plan::Override;

/// What was run, where and when.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Run {
    /// Unique to the run; the seed of its lead Ids.
    pub id: String,
    /// The scenario's name.
    pub scenario: String,
    /// The scenario file as it was named on the command line.
    pub scenario_file: String,
    /// SHA-256 of the scenario file, in hex.
    pub scenario_sha256: String,
    /// What was put over the scenario, in order. Absent in files of earlier versions.
    #[serde(default)]
    pub overlays: Vec<Overlay>,
    /// Whether the run came to its end.
    pub state: RunState,
    /// When the first arrival was due: UTC, RFC 3339.
    pub started_at: String,
    /// How long the load lasted, warm-up included, drain excluded.
    pub duration_ns: u64,
    /// The command line, to run it again.
    pub command: Vec<String>,
    /// The commit under test, where one was given or found.
    pub commit: Option<String>,
    /// Labels of the command line.
    pub labels: BTreeMap<String, String>,
    /// Where the command line departed from the scenario.
    pub overrides: Vec<Override>,
    /// The seed of arrivals and leads.
    pub seed: u64,
    /// leadbench's version.
    pub version: String,
    /// What drove the load: `native` or `goose 0.19.0`.
    pub engine: String,
    /// Whether arrivals waited for answers.
    pub model: Model,
    /// The target's address without its query, or `embedded`.
    pub target: String,
    /// How connections were opened, kept and shared: `HTTP/1.1, kept alive`. Absent in files
    /// of earlier versions.
    #[serde(default)]
    pub connections: Option<String>,
    /// Where a trace can be looked at: a URL with `{trace_id}` in it. Absent where the scenario
    /// names none, and in files of earlier versions.
    #[serde(default)]
    pub trace_link: Option<String>,
    /// The load, or all of them.
    pub load: LoadSummary,
    /// The machine that generated the load.
    pub machine: Machine,
    /// Which share of the load this process made, if others made the rest: `2/8`. Absent if it made the whole
    /// load, and in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// The name of the agent that made this shard, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// A file that was put over the scenario.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Overlay {
    /// As it was named on the command line.
    pub file: String,
    /// SHA-256 of it, in hex.
    pub sha256: String,
}

/// Whether the run came to its end.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RunState {
    /// It came to its planned end.
    Finished,
    /// It was ended early by a signal; the figures are partial.
    Interrupted,
    /// leadbench ended it early, for no callout could succeed: see `stopped`.
    Stopped,
    /// It was still going when this was written; the figures are partial.
    Running,
}

/// Whether arrivals waited for answers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Virtual users wait for their answers, so due = started.
    Closed,
    /// Some loads of the run are closed, the others open.
    Mixed,
    /// Arrivals do not wait.
    Open,
}

/// The load, described; of several loads all together.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct LoadSummary {
    /// Its name.
    pub name: String,
    /// In words: `200/s poisson for 30 s`.
    pub description: String,
    /// The warm-up that is left out of the figures; of several loads the time until the
    /// first of them is measured.
    pub warmup_ns: u64,
    /// How far apart the instants are at which arrivals are sent, of several loads the longest: each
    /// callout is late by up to this much. Absent if each arrival has its own instant, and in files of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick_ns: Option<u64>,
    /// I/O worker threads.
    pub io_workers: u32,
}

/// The machine that generated the load.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Machine {
    /// Operating system and its version.
    pub os: String,
    /// Processor architecture.
    pub arch: String,
    /// Processor model, where the system tells.
    pub cpu: Option<String>,
    /// Logical processors this process may use.
    pub cores: u32,
    /// Memory in bytes, where the system tells.
    pub memory_bytes: Option<u64>,
    /// The kernel's clock source, where the system tells.
    pub clock_source: Option<String>,
    /// `release` or `debug`.
    pub build: String,
}
