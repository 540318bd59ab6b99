//! What the answers show about the generator.

use super::reasons::{Limits, ReasonList};
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{ReasonCode, Summary, Validity};
use crate::units::float;

/// The share of the latency that no phase accounts for.
const RESIDUAL: Limits = Limits {
    degraded: 0.01,
    invalid: 0.05,
};

/// Unaccounted time below these is not held against any run: at a target that answers in
/// a tenth of a millisecond, writing the request is a tenth of the latency.
const RESIDUAL_NS: Limits = Limits {
    degraded: 1e5,
    invalid: 1e6,
};

/// The share of answers with status 429: above it the run measures the rate limiter.
const LIMITED: Limits = Limits {
    degraded: 0.01,
    invalid: f64::INFINITY,
};

impl ReasonList {
    pub(super) fn of_residual(&mut self, summary: &Summary) {
        let (Some(residual), Some(latency)) = (
            summary.phase(Phase::Residual),
            summary.phase(Phase::Latency),
        ) else {
            return;
        };
        let share = residual.mean_ns / latency.mean_ns.max(1.0);
        let validity = RESIDUAL
            .judge(share)
            .min(RESIDUAL_NS.judge(residual.mean_ns));
        self.add(validity, ReasonCode::UnaccountedTime, || {
            format!(
                "{:.1} % of the latency belongs to none of the phases: it is leadbench's own work \
                 between them; use a machine that is less busy",
                share * 100.0
            )
        });
    }

    pub(super) fn of_outcomes(&mut self, summary: &Summary) {
        let count = |outcome: Outcome| {
            summary
                .outcomes
                .get(outcome.as_str())
                .copied()
                .unwrap_or_default()
        };
        for (outcome, code, way_out) in [
            (
                Outcome::LocalPorts,
                ReasonCode::LocalPortsExhausted,
                "this machine ran out of local ports: keep connections alive, or widen the range \
                 (net.ipv4.ip_local_port_range)",
            ),
            (
                Outcome::LocalFiles,
                ReasonCode::FileDescriptorsExhausted,
                "this process ran out of file descriptors: raise the limit (ulimit -n)",
            ),
            (
                Outcome::Signing,
                ReasonCode::SigningFailed,
                "tokens could not be signed",
            ),
        ] {
            let met = count(outcome);
            self.add((met > 0).then_some(Validity::Invalid), code, || {
                format!("{met} iterations failed here, not at the target: {way_out}")
            });
        }
        let limited =
            float(count(Outcome::TooManyRequests)) / float(summary.counts.completed.max(1));
        self.add(LIMITED.judge(limited), ReasonCode::RateLimited, || {
            format!(
                "{:.1} % of answers were 429: the target limits the rate",
                limited * 100.0
            )
        });
    }
}
