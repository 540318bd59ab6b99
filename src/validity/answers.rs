//! What the answers show about the generator.

use super::reasons::{Limits, ReasonList};
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{ReasonCode, Summary, Validity};
use crate::units::{share, sum};

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
        let answers = Outcome::ALL.iter().filter(|outcome| outcome.is_answer());
        let answers = sum(answers.map(|outcome| count(*outcome)));
        let limited = share(count(Outcome::TooManyRequests), answers).unwrap_or_default();
        self.add(LIMITED.judge(limited), ReasonCode::RateLimited, || {
            format!(
                "{:.1} % of the answers had status 429: the target limits the rate; lower the rate, \
                 or raise its limit",
                limited * 100.0
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_judged, health, sound};
    use super::*;

    // Half of the callouts time out, and one in fifty of the others is limited.
    #[test]
    fn timeouts_do_not_dilute_the_share_of_limited_answers() {
        let mut summary = sound();
        let outcomes = [
            (Outcome::Ok, 98),
            (Outcome::TooManyRequests, 2),
            (Outcome::Timeout, 100),
        ];
        summary.counts.completed = 200;
        summary.outcomes = outcomes
            .map(|(outcome, met)| (outcome.as_str().to_owned(), met))
            .into();
        let code = ReasonCode::RateLimited;
        assert_judged(&summary, &health(), Validity::Degraded, code, "2.0 %");
    }
}
