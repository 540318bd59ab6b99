//! Whether the target kept up, and whether the run had come to rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::AnyReasonCode;
use super::reason_code::ReasonCode;

/// A stretch in which the target answered fewer callouts than were due, ever later or not at all.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Saturation {
    /// `target_saturated`.
    #[serde(default = "target_saturated")]
    pub code: AnyReasonCode,
    /// The second in which it began, since the start of the run.
    pub since_s: u64,
    /// The second after its last.
    pub until_s: u64,
    /// Callouts due a second in it, those that were not sent for want of a slot included.
    pub due_per_s: f64,
    /// Callouts answered a second in it, the median of its seconds: about as many as the target
    /// can.
    pub answered_per_s: f64,
    /// The most that it answered a second over three seconds of the run.
    pub best_per_s: f64,
    /// Callouts that were sent in it beyond those that were answered: they wait or were given up.
    pub unanswered: u64,
    /// Whether the way to the target was as quick as ever, by the round trips or the handshakes:
    /// the backlog is then the target's own. Absent where neither was measured.
    pub is_wire_at_floor: Option<bool>,
}

/// What files of earlier versions leave out.
const fn target_saturated() -> AnyReasonCode {
    AnyReasonCode::Known(ReasonCode::TargetSaturated)
}

/// How the median latency went over the seconds of the measured time.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Stationarity {
    /// Whether it has a trend.
    pub trend: Trend,
    /// Its median over the first third of the seconds.
    pub first_ns: u64,
    /// Its median over the last third of the seconds.
    pub last_ns: u64,
    /// The probability of a trend at least as strong in a run that has none (Mann-Kendall,
    /// two-sided).
    pub p_value: f64,
}

/// A trend.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trend {
    /// The latency falls: the target, or a cache before it, is still warming up.
    Falling,
    /// The latency rises: a queue grows.
    Rising,
    /// None is seen.
    Steady,
}
