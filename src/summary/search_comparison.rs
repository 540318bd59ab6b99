//! What two sides' searches say about capacity, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, LoadUnit};

/// The name of this version of the format.
pub const SEARCH_COMPARISON_SCHEMA: &str = "leadbench.search-comparison/v1";

/// The capacity of a candidate compared with that of a baseline.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchComparison {
    /// `leadbench.search-comparison/v1`.
    pub schema: String,
    /// The scenario that both sides searched with.
    pub scenario: String,
    /// What a load is a number of.
    pub unit: LoadUnit,
    /// What is compared with.
    pub baseline: SearchSide,
    /// What is judged.
    pub candidate: SearchSide,
    /// The change of the load that holds, as a share of the baseline's: -0.2 is a fifth less.
    pub change: f64,
    /// The lower end of the interval of the change. If both sides have two or more searches: by how much
    /// these differ, and at least as wide as their brackets; else by their brackets. Absent if the highest load of a baseline's search held.
    pub low: Option<f64>,
    /// Its upper end. Absent if the highest load of a candidate's search held.
    pub high: Option<f64>,
    /// How the interval was made: `welch`, or `brackets`.
    pub method: String,
    /// The change that matters, as a share.
    pub margin: f64,
    /// What the change is found to be.
    pub finding: Finding,
    /// Whether the finding must not stop anything.
    pub advisory: bool,
    /// Why it is advisory; empty if it is not.
    pub advisory_reasons: Vec<String>,
    /// What differs between the sides and may be meant to: targets, settings.
    pub notes: Vec<String>,
    /// The finding in a sentence.
    pub text: String,
}

/// The searches of one side.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SearchSide {
    /// The commits, each once.
    pub commits: Vec<String>,
    /// The load that holds, of each search.
    pub holds: Vec<f64>,
    /// The load that fails, of each search; absent if none did.
    pub fails: Vec<Option<f64>>,
    /// The geometric mean of the loads that hold.
    pub mean: f64,
}
