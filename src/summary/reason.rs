//! The reasons of a verdict on a measurement, and warnings, each with a code for machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason_code::ReasonCode;
use super::validity::Validity;

/// Something noticed about a measurement.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Reason {
    /// What it is, for machines.
    pub code: AnyReasonCode,
    /// What this reason makes of the measurement. A reason with `valid` does not count against the run.
    pub verdict: Validity,
    /// The reason in words, which may change with any version.
    pub text: String,
}

/// What a reader of the report should know about the load.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Warning {
    /// What it is, for machines.
    pub code: AnyReasonCode,
    /// The warning in words, which may change with any version.
    pub text: String,
}

impl Warning {
    /// A warning of this version.
    pub fn new(code: ReasonCode, text: impl Into<String>) -> Self {
        Self {
            code: AnyReasonCode::Known(code),
            text: text.into(),
        }
    }
}

/// The code of a reason: one that this version knows, or the text of one from a later version.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(untagged)]
#[schemars(rename = "Code")]
pub enum AnyReasonCode {
    /// One that this version writes.
    Known(ReasonCode),
    /// One of a later version.
    Other(String),
}

impl PartialEq<ReasonCode> for AnyReasonCode {
    fn eq(&self, other: &ReasonCode) -> bool {
        matches!(self, Self::Known(code) if code == other)
    }
}
