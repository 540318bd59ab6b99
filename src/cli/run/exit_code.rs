//! The exit code of a run.

use crate::cli::exit::Code;
use crate::summary::{RunState, Summary, Validity};

/// The exit code. An interrupted or invalid run does not judge thresholds.
pub(in crate::cli) fn exit_code(summary: &Summary) -> Code {
    let stopped = summary.stopped.as_ref();
    let is_certain = stopped.is_some_and(|stopped| stopped.threshold.is_some());
    match (summary.run.state, summary.measurement.verdict) {
        (RunState::Interrupted, _) => Code::Interrupted,
        (RunState::Stopped, _) if !is_certain => Code::Environment,
        (_, Validity::Invalid) => Code::MeasurementInvalid,
        (RunState::Stopped, _) => Code::ThresholdBroken,
        // Whoever adds the shards up judges them.
        _ if summary.run.shard.is_some() => Code::Passed,
        _ if !summary.passes() => Code::ThresholdBroken,
        _ => Code::Passed,
    }
}
