//! How far the figures of a run can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

/// How far the figures can be trusted.
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
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Validity {
    /// The generator kept out of the way.
    #[default]
    Valid,
    /// The figures can be used with care: the reasons say what to mind.
    Degraded,
    /// The generator, not the target, was the limit.
    Invalid,
}
