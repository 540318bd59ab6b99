//! Whether the figures describe the target or the generator.

mod answers;
mod arrivals;
mod drift;
mod health;
mod lateness;
mod machine;
mod reasons;
mod signing;

pub use drift::{Clocks, Drift};
pub use health::Health;
use reasons::ReasonList;

use crate::phase::Phase;
use crate::summary::{Measurement, Summary};
use crate::units::float;

/// Judges a measurement from its own summary and the generator's health.
pub fn judge(summary: &Summary, health: &Health) -> Measurement {
    let own_cpu = health.cpu_share(health.own_cpu, health.over);
    let steal = health.stolen_share();
    let mut reasons = ReasonList::default();
    reasons.of_arrivals(summary);
    reasons.of_queue(summary);
    reasons.of_lag(summary);
    reasons.of_tail(summary);
    reasons.of_wakeups(summary, health);
    reasons.of_clocks(health.drift);
    reasons.of_signing(summary);
    reasons.of_residual(summary);
    reasons.of_outcomes(summary);
    reasons.of_machine(own_cpu, steal, health);
    Measurement {
        own_cpu,
        own_cpu_ns: Some(health.own_cpu.0),
        steal,
        wakeup_p99_ns: health.wakeup.map(|(p99, _)| p99.0),
        wakeup_max_ns: health.wakeup.map(|(_, most)| most.0),
        kernel_stamps: kernel_stamps(summary),
        peak_rss_bytes: health.peak_rss_bytes,
        ..Measurement::of(reasons.sorted())
    }
}

/// The share of the successes whose last byte the kernel dated.
fn kernel_stamps(summary: &Summary) -> Option<f64> {
    let count = |phase| summary.phase(phase).map_or(0, |stats| stats.count);
    let whole = count(Phase::Latency);
    (whole > 0).then(|| float(count(Phase::Pickup)) / float(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{ReasonCode, Validity};
    use crate::units::Nanos;

    /// A run with nothing against it.
    pub(super) fn sound() -> Summary {
        let text = include_str!("../tests/fixtures/summaries/typical.json");
        let summary: Summary = serde_json::from_str(text).unwrap();
        assert_eq!(judge(&summary, &health()).verdict, Validity::Valid);
        summary
    }

    pub(super) fn health() -> Health {
        Health {
            over: Nanos::from_secs(10),
            cores: 2,
            wakeup: Some((Nanos::from_millis(1), Nanos::from_millis(9))),
            ..Health::default()
        }
    }

    #[track_caller]
    /// Asserts a verdict, and a reason of this code that tells this figure.
    pub(super) fn assert_judged(
        summary: &Summary,
        health: &Health,
        verdict: Validity,
        code: ReasonCode,
        figure: &str,
    ) {
        let judged = judge(summary, health);
        let reasons = &judged.coded_reasons;
        assert_eq!(judged.verdict, verdict, "{reasons:?}");
        let is_told = reasons
            .iter()
            .any(|reason| reason.code == code && reason.text.contains(figure));
        assert!(is_told, "no {code:?} with {figure} in {reasons:?}");
    }

    // One load drops arrivals. The advice about its queue must not come from the queue of another load.
    #[test]
    fn a_full_queue_is_told_of_a_load_that_has_one() {
        let several = include_str!("../tests/fixtures/summaries/several.json");
        let mut summary: Summary = serde_json::from_str(several).unwrap();
        let many = summary.counts.planned / 10;
        (summary.counts.dropped, summary.counts.queued) = (many, 5);
        for load in &mut summary.loads {
            (load.counts.dropped, load.counts.queued) = (0, 0);
        }
        summary.loads[0].counts.dropped = many;
        let dropped = ReasonCode::ArrivalsDropped;
        let told = "max_in_flight limited the load; raise it, or let them queue";
        assert_judged(&summary, &health(), Validity::Invalid, dropped, told);
        summary.loads[0].counts.queued = 5;
        let told = "the queue of an I/O worker was full";
        assert_judged(&summary, &health(), Validity::Invalid, dropped, told);
    }

    #[test]
    fn dropped_arrivals_starved_callouts_and_busy_signers_are_told() {
        let mut summary = sound();
        summary.counts.dropped = 3;
        let dropped = ReasonCode::ArrivalsDropped;
        assert_judged(&summary, &health(), Validity::Degraded, dropped, "3 of ");
        let mut summary = sound();
        summary.signing.starved = summary.counts.completed / 200;
        let starved = ReasonCode::TokensNotReady;
        assert_judged(&summary, &health(), Validity::Degraded, starved, "0.5");
        let mut summary = sound();
        summary.signing.utilisation = Some(0.97);
        let busy = ReasonCode::SignersBusy;
        assert_judged(&summary, &health(), Validity::Invalid, busy, "97 %");
    }
}
