//! What the coordinator of a run knows of its measurement, beside what the agents know.

use std::collections::BTreeMap;

use crate::fleet::Ending;
use crate::summary::{AnyReasonCode, Reason, ReasonCode, Summary, Validity, Warning};
use crate::units::Nanos;

/// From this uncertainty of a start on, the figures of single seconds are blurred.
const SKEW_DEGRADED: Nanos = Nanos::from_millis(10);

/// From this uncertainty on, they are not those of the run. It is at most half of a round trip, and an agent may be on
/// another continent.
const SKEW_INVALID: Nanos = Nanos::from_millis(500);

/// Adds it to a summary. `damaged` are agents that sent what cannot be read, and why.
pub(super) fn judge(summary: &mut Summary, ending: &Ending, damaged: &BTreeMap<u32, String>) {
    let mut add = |code, verdict, text: String| {
        summary.measurement.add(Reason {
            code: AnyReasonCode::Known(code),
            verdict,
            text,
        });
    };
    for (shard, why) in ending.incomplete.iter().chain(damaged) {
        let text = if why.starts_with("agent ") {
            format!("the figures are incomplete: {why}")
        } else {
            format!("the figures are incomplete: agent {shard}: {why}")
        };
        add(ReasonCode::ShardIncomplete, Validity::Invalid, text);
    }
    for (shard, why) in &ending.broken {
        let text = format!("agent {shard} failed: {why}");
        add(ReasonCode::ShardIncomplete, Validity::Invalid, text);
    }
    let worst = ending.skews.iter().max_by_key(|(_, skew)| **skew);
    if let Some((shard, skew)) = worst.filter(|(_, skew)| **skew >= SKEW_DEGRADED) {
        let verdict = if *skew >= SKEW_INVALID {
            Validity::Invalid
        } else {
            Validity::Degraded
        };
        let text = format!("agent {shard} may have begun up to {skew} beside the others");
        add(ReasonCode::StartSkewed, verdict, text);
    }
    if ending.blind > Nanos::ZERO {
        let text = format!(
            "the coordinator could not see the run for {}, because the broker was away",
            ending.blind
        );
        summary.warn([Warning::new(ReasonCode::BrokerGone, text)]);
    }
}
