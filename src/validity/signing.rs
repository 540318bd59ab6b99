//! Signers that had too much to do.

use super::reasons::{Limits, ReasonList};
use crate::phase::Phase;
use crate::summary::{ReasonCode, Summary, Validity};
use crate::units::float;

/// The share of iterations that waited for a token which should have been ready. Above a hundredth they
/// decide the p99.
const STARVED: Limits = Limits {
    degraded: 0.001,
    invalid: 0.01,
};

/// How busy the signers may be. A queue in front of a server that is 95 % busy is, on
/// average, ten times its service time long (M/D/1).
const SIGNERS: Limits = Limits {
    degraded: 0.8,
    invalid: 0.95,
};

/// The mean wait for a signer, in signatures. By the queue M/D/1 it is 3 where signers are 86 %
/// busy and 10 where they are 95 %; above that the signers set the pace, and not the target. Unlike the
/// utilisation it also shows signers that wait for a processor.
const SIGNER_QUEUE: Limits = Limits {
    degraded: 3.0,
    invalid: 10.0,
};

impl ReasonList {
    pub(super) fn of_signing(&mut self, summary: &Summary) {
        let signing = &summary.signing;
        let share = |some: u64| float(some) / float(summary.counts.completed.max(1));
        let expired = share(signing.expired);
        let is_many = STARVED.judge(expired).is_some();
        self.add(is_many.then_some(Validity::Degraded), ReasonCode::TokensExpired, || {
            format!(
                "{:.2} % of iterations found that their token had expired and waited for a new one: `valid_for` is shorter than their wait for a slot, or than a renewal takes",
                expired * 100.0
            )
        });
        let starved = share(signing.starved.saturating_sub(signing.expired));
        self.add(STARVED.judge(starved), ReasonCode::TokensNotReady, || {
            format!(
                "{:.2} % of iterations waited for a token that should have been ready: add signers or lower the rate",
                starved * 100.0
            )
        });
        let busy = signing.utilisation.unwrap_or_default();
        self.add(SIGNERS.judge(busy), ReasonCode::SignersBusy, || {
            format!(
                "the signers were {:.0} % busy and may have set the pace instead of the target: \
                 add signers, or lower the rate",
                busy * 100.0
            )
        });
        let (Some(wait), Some(sign)) = (summary.phase(Phase::SignWait), summary.phase(Phase::Sign))
        else {
            return;
        };
        let signatures = wait.mean_ns / sign.mean_ns.max(1.0);
        self.add(SIGNER_QUEUE.judge(signatures), ReasonCode::SignerQueue, || {
            format!(
                "callouts waited for a signer {signatures:.0} times as long as a signature takes: \
                 the signers had too much to do, or too little CPU time"
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_judged, health, sound};
    use super::*;
    use crate::validity::judge;

    // More signers would not help.
    #[test]
    fn tokens_that_expired_in_a_queue_are_not_the_signers_doing() {
        let mut summary = sound();
        summary.counts.completed = 1_000;
        summary.signing.expired = 500;
        summary.signing.starved = summary.signing.expired;
        let code = ReasonCode::TokensExpired;
        assert_judged(&summary, &health(), Validity::Degraded, code, "50.00 %");
        summary.signing.starved += 20;
        let code = ReasonCode::TokensNotReady;
        assert_judged(&summary, &health(), Validity::Invalid, code, "2.00 %");
    }

    // The signers seem idle, because other processes have the processor.
    #[test]
    fn a_long_wait_for_a_signer_is_ours_and_not_the_targets() {
        let mut summary = sound();
        let sign = summary.phase(Phase::Sign).unwrap().mean_ns;
        for (signatures, verdict) in [
            (2.0, Validity::Valid),
            (5.0, Validity::Degraded),
            (12.0, Validity::Invalid),
        ] {
            let wait = summary.phases.entry(Phase::SignWait).or_default();
            wait.mean_ns = sign * signatures;
            let judged = judge(&summary, &health());
            assert_eq!(judged.verdict, verdict, "{:?}", judged.reasons);
            let mut reasons = judged.coded_reasons.iter();
            let is_told = reasons.any(|reason| reason.code == ReasonCode::SignerQueue);
            assert_eq!(is_told, verdict != Validity::Valid);
        }
    }
}
