//! One callout with a fault: what is sent for it, and whether the answer is right.

use std::sync::Arc;

use bytes::Bytes;

use super::iteration::{Caller, DueIteration, IterationEnd};
use crate::client::{Attempt, Callout, Challenge, Defect, Transport};
use crate::plan::{self, Fault, Negative, NegativeFault};
use crate::sample::{NegativeSample, Outcome};
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
}

impl<T: Transport> Caller<T> {
    /// Makes a callout with its fault, if it is to have one.
    pub(super) async fn iterate_with_fault(
        &mut self,
        iteration: DueIteration,
        started: Nanos,
    ) -> Option<IterationEnd> {
        let negatives = Arc::clone(self.negatives.as_ref()?);
        let one = negatives.fault_of(iteration.seq, iteration.due)?;
        // The good token that was signed ahead for this arrival is nobody's.
        self.provider.skip();
        let callout = self.faulty(&negatives, one.fault, iteration);
        let attempt = self.transport.post(&callout).await;
        let sample = judge(one, iteration, started, &attempt);
        self.recorder.negative(&sample);
        Some(IterationEnd {
            outcome: if sample.is_expected {
                Outcome::Ok
            } else {
                attempt.outcome
            },
            at: attempt.ended,
        })
    }

    fn faulty(&mut self, negatives: &Negatives, fault: Fault, iteration: DueIteration) -> Callout {
        let replayed: Option<Bearer> = match fault {
            Fault::ReplayedJti => self.last_bearer.clone(),
            _ => None,
        };
        let body = match fault {
            Fault::Oversize => negatives.oversized.clone(),
            _ => self.leads.body(iteration.seq),
        };
        Callout {
            bearer: replayed.or_else(|| negatives.bad_tokens.take(fault)),
            body,
            limit: iteration.limit,
            defect: match fault {
                Fault::DoubledHeader => Defect::TwiceTheToken,
                Fault::FormContentType => Defect::CalledAForm,
                _ => Defect::None,
            },
            trace: self.trace(iteration.seq, 0),
        }
    }
}

fn judge(
    one: &NegativeFault,
    iteration: DueIteration,
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
        due: iteration.due,
        started,
        finished: attempt.ended,
        status,
        is_expected: status.is_some_and(|status| one.expect.holds(status)),
        is_false_accept: is_success && !one.expect.may_accept,
        lacks_challenge: status == Some(401) && !has_challenge,
    }
}
