//! What a search is doing, in lines on stderr.

use crate::cli::stdio;
use crate::search::{Observation, OfferedLoad, TimeLeft, TrialKind};
use crate::summary::{TrialOutcome, TrialResult};
use crate::units::Nanos;

/// Says that a trial begins, and about how long the search goes on.
pub(super) fn begin(
    number: usize,
    (kind, load, span): (TrialKind, OfferedLoad, Nanos),
    left: TimeLeft,
) {
    let what = match kind {
        TrialKind::WarmUp => "warm-up at ",
        TrialKind::Judge => "",
        TrialKind::Confirm => "confirmation at ",
    };
    let left = time_left(left);
    stdio::note(&format!("trial {number}: {what}{load} for {span}{left}"));
}

/// About how long the search goes on: `; 4 to 9 min left`.
fn time_left(left: TimeLeft) -> String {
    let minutes = |span: Nanos| span.as_secs().div_ceil(60);
    match (minutes(left.least), minutes(left.most)) {
        (_, 0) => String::new(),
        (_, 1) => "; less than 1 min left".to_owned(),
        (least, most) if least == most => format!("; about {most} min left"),
        (least, most) => format!("; {least} to {most} min left"),
    }
}

/// Says what came of a trial.
pub(super) fn ended(trial: &TrialResult) {
    let took = Nanos(trial.took_ns);
    let latency = trial
        .p50_ns
        .zip(trial.p99_ns)
        .map_or_else(String::new, |(p50, p99)| {
            format!("latency p50 {}, p99 {}", Nanos(p50), Nanos(p99))
        });
    stdio::note(&match trial.verdict {
        TrialOutcome::Pass => format!("  passed: {latency}"),
        TrialOutcome::Fail => format!("  failed after {took}: {}", trial.why),
        TrialOutcome::Invalid => format!("  invalid, and does not count: {}", trial.why),
        TrialOutcome::Undecided => format!("  undecided: {}", trial.why),
    });
}

/// Says how the target recovered.
pub(super) fn recovery(observation: &Observation) {
    match observation {
        Observation::Recovered { took } => {
            stdio::note(&format!("  the target recovered in {took}"));
        }
        Observation::NotRecovered { took } => {
            stdio::note(&format!("  the target did not recover in {took}"));
        }
        Observation::Ended { .. } | Observation::Interrupted => {}
    }
}
