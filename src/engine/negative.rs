//! Callouts with a deliberate fault: what is sent, and whether the answer is right.

use bytes::Bytes;

use crate::client::{Attempt, Callout, Challenge, Defect, RequestBody};
use crate::plan::{self, Fault, Negative, NegativeFault};
use crate::sample::NegativeSample;
use crate::secret::Bearer;
use crate::token::BadTokenCache;
use crate::units::{Nanos, Seed};

/// More than asynchronous Apex may send (12 MB).
const OVERSIZE: usize = 12 * 1024 * 1024 + 1;

/// The bad tokens of one load, and when they are sent.
#[derive(Debug)]
pub struct Negatives {
    mix: Negative,
    seed: Seed,
    load: u64,
    bad_tokens: BadTokenCache,
    oversized: Bytes,
}

impl Negatives {
    /// The mix of the load with this number.
    pub fn new(mix: Negative, seed: Seed, load: u64, bad_tokens: BadTokenCache) -> Self {
        let is_large = mix.faults.iter().any(|one| one.fault == Fault::Oversize);
        Self {
            mix,
            seed,
            load,
            bad_tokens,
            // Blanks around JSON are JSON (RFC 8259, section 2).
            oversized: if is_large {
                vec![b' '; OVERSIZE].into()
            } else {
                Bytes::new()
            },
        }
    }

    /// The fault of a callout, if it is to have one.
    pub(super) fn fault_of(&self, seq: u64, due: Nanos) -> Option<&NegativeFault> {
        self.mix.fault_of(self.seed, self.load, seq, due)
    }

    /// What is sent for a fault: `last` is the good token that was sent last, `body` that of the
    /// lead whose turn it is.
    pub(super) fn callout(
        &self,
        fault: Fault,
        last: Option<&Bearer>,
        body: impl FnOnce() -> RequestBody,
    ) -> Callout {
        let replayed = last.filter(|_| fault == Fault::ReplayedJti).cloned();
        Callout {
            bearer: replayed.or_else(|| self.bad_tokens.take(fault)),
            body: match fault {
                Fault::Oversize => self.oversized.clone().into(),
                _ => body(),
            },
            defect: match fault {
                Fault::DoubledHeader => Defect::TwiceTheToken,
                Fault::FormContentType => Defect::CalledAForm,
                _ => Defect::None,
            },
            ..Callout::default()
        }
    }
}

/// Whether the answer to a callout with a fault is right.
pub(super) fn judge(
    one: &NegativeFault,
    due: Nanos,
    started: Nanos,
    attempt: &Attempt,
) -> NegativeSample {
    let status = attempt.status;
    let is_success = status.is_some_and(|status| (200..300).contains(&status));
    let challenge = attempt.challenge;
    let has_challenge = match one.expect.challenge {
        plan::Challenge::InvalidToken => challenge == Challenge::InvalidToken,
        plan::Challenge::Bare => challenge == Challenge::Bare,
        plan::Challenge::Any => true,
    };
    NegativeSample {
        fault: one.fault,
        due,
        started,
        finished: attempt.ended,
        status,
        is_expected: status.is_some_and(|status| one.expect.holds(status)),
        is_false_accept: is_success && !one.expect.may_accept,
        lacks_challenge: status == Some(401) && !has_challenge,
    }
}
