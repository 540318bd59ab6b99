//! Why a measurement is not valid, and warnings, each with a code for machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason_code::ReasonCode;
use super::validity::Validity;

/// What is said against a measurement.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Reason {
    /// What it is, for machines.
    pub code: AnyReasonCode,
    /// What it makes of the measurement; `valid` for what is told and not held against it.
    pub verdict: Validity,
    /// The reason in words, which may change with any version.
    pub text: String,
}

/// What the reader should know of the load itself.
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

/// A code: one of this version, or one of a later version as it stands.
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
