//! One iteration: take a token, write a lead, make the callout, record what it took.

use std::sync::Arc;

use super::Arrival;
use super::created::Sent;
use super::events::{CalloutEvent, CreatedLead};
use super::exchange::{NoToken, TokenExchange};
use super::negative::{self, Negatives};
use super::observers::Observers;
use super::retry::RetryPolicy;
use super::sample_phases::{TokenTimes, finish, note_attempt, note_token, phases_until_start};
use crate::client::{Attempt, Callout, Defect, RequestBody, Transport};
use crate::clock::Clock;
use crate::lead::Leads;
use crate::phase::Phase;
use crate::record::Recorder;
use crate::sample::{Outcome, Sample, TraceParent, Traces};
use crate::secret::Bearer;
use crate::token::{IssuedToken, TokenProvider};
use crate::units::Nanos;

/// Makes callouts one after the other: a slot of an open load, or a virtual user.
#[derive(Debug)]
pub struct Caller<T> {
    /// How callouts are sent.
    pub transport: T,
    /// Where tokens come from.
    pub provider: TokenProvider,
    /// What is posted.
    pub leads: Arc<Leads>,
    /// Where it is recorded.
    pub recorder: Arc<Recorder>,
    /// The run's clock.
    pub clock: Clock,
    /// What is tried once more.
    pub retry: RetryPolicy,
    /// Where tokens are exchanged for access tokens, if they are.
    pub exchange: Option<TokenExchange<T>>,
    /// Bad tokens among the good ones, if there are any.
    pub negatives: Option<Arc<Negatives>>,
    /// The good token that was sent last, if it is to be replayed or logged.
    pub last_bearer: Option<Bearer>,
    /// Who else sees its callouts.
    pub observers: Observers,
    /// The traces of its callouts, if they have any.
    pub traces: Option<Traces>,
}

/// One iteration's place in the load.
#[derive(Clone, Copy, Debug)]
pub struct DueIteration {
    /// The number of the arrival.
    pub seq: u64,
    /// When it was planned.
    pub due: Nanos,
    /// When it was put in line for a free slot, if it had to wait for one.
    pub queued: Option<Nanos>,
    /// The timeout of its callout, if it is shorter than usual.
    pub limit: Option<Nanos>,
}

impl DueIteration {
    /// The iteration of an arrival that finds a slot at once.
    pub const fn of(arrival: Arrival) -> Self {
        Self {
            seq: arrival.seq,
            due: arrival.due,
            queued: None,
            limit: None,
        }
    }
}

/// How an iteration ended, and when.
#[derive(Clone, Copy, Debug)]
pub struct IterationEnd {
    /// How.
    pub outcome: Outcome,
    /// When the last byte of its answer had been read, or it had failed.
    pub at: Nanos,
}

impl<T: Transport> Caller<T> {
    /// Runs one iteration that starts now, which is `started`, and records it.
    pub async fn iterate(&mut self, iteration: DueIteration, started: Nanos) -> IterationEnd {
        if iteration.queued.is_some() {
            self.recorder.begun_from_queue(iteration.due, started);
        } else {
            self.recorder.begun(iteration.due, started);
        }
        if self.negatives.is_some()
            && let Some(ended) = self.iterate_with_fault(iteration, started).await
        {
            return ended;
        }
        let phases = phases_until_start(iteration.due, iteration.queued, started);
        let mut sample = Sample::begun(iteration.seq, iteration.due, started, phases);
        let failure = match self.call(&mut sample, iteration.limit).await {
            Ok((attempt, validity, sent)) => {
                note_attempt(&mut sample, &attempt);
                self.notify_observers(&mut sample, &attempt, &sent);
                if let Some(validity) = validity {
                    let sent = attempt.first_write.unwrap_or(attempt.began);
                    validity.note(&mut sample, self.clock.unix(sent));
                }
                why(attempt)
            }
            Err(error) => {
                if let NoToken::Refused(_) = error {
                    sample.outcome = Outcome::TokenEndpoint;
                }
                sample.finished = self.clock.now();
                Some(error.to_string().into())
            }
        };
        finish(&mut sample);
        self.recorder.record(&sample, failure.as_deref());
        if let Some(first) = &self.observers.first {
            first.notify(&sample, failure.as_deref());
        }
        if let Some(sampled) = &self.observers.sampled {
            sampled.notify(self.observers.load, &sample);
        }
        IterationEnd {
            outcome: sample.outcome,
            at: sample.finished,
        }
    }

    /// Makes a callout with a deliberate fault, if this one is to have one.
    async fn iterate_with_fault(
        &mut self,
        iteration: DueIteration,
        started: Nanos,
    ) -> Option<IterationEnd> {
        let negatives = Arc::clone(self.negatives.as_ref()?);
        let fault = negatives.fault_of(iteration.seq, iteration.due)?;
        // The good token that was signed ahead for this arrival is not sent.
        self.provider.skip();
        let callout = Callout {
            limit: iteration.limit,
            trace: self.trace(iteration.seq, 0),
            ..negatives.callout(fault.fault, self.last_bearer.as_ref(), || {
                self.body(iteration.seq)
            })
        };
        let attempt = self.transport.post(&callout).await;
        let sample = negative::judge(fault, iteration.due, started, &attempt);
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

    /// Makes the callout, and makes it again if it is to be.
    async fn call(
        &mut self,
        sample: &mut Sample,
        limit: Option<Nanos>,
    ) -> Result<(Attempt, Option<TokenTimes>, Sent), NoToken> {
        let issued = self.token(sample, None).await?;
        let validity = TokenTimes::of(&issued);
        let body = self.body(sample.seq);
        sample.body_bytes = u32::try_from(body.size()).unwrap_or(u32::MAX);
        let callout = Callout {
            bearer: note_token(sample, issued),
            body,
            limit,
            defect: Defect::None,
            trace: self.trace(sample.seq, 0),
        };
        if self.negatives.is_some() || self.observers.events.is_some() {
            self.last_bearer.clone_from(&callout.bearer);
        }
        let attempt = self.transport.post(&callout).await;
        let refreshes = callout.bearer.is_some() && self.retry.refreshes(&attempt);
        if !refreshes && !self.retry.resends(&attempt) {
            return Ok((attempt, validity, [callout.bearer, None]));
        }
        // Boxed, so that what is rare takes no room in the state of each user.
        Box::pin(self.call_again(sample, callout, attempt, validity)).await
    }

    /// Makes a callout again as it was, if its connection was dropped, and then with a fresh token, if
    /// the last one was refused.
    async fn call_again(
        &mut self,
        sample: &mut Sample,
        mut callout: Callout,
        mut attempt: Attempt,
        validity: Option<TokenTimes>,
    ) -> Result<(Attempt, Option<TokenTimes>, Sent), NoToken> {
        if self.retry.resends(&attempt) {
            self.note_retry(sample);
            sample.resent = true;
            callout.trace = self.trace(sample.seq, 1);
            attempt = self.transport.post(&callout).await;
        }
        if callout.bearer.is_none() || !self.retry.refreshes(&attempt) {
            return Ok((attempt, validity, [callout.bearer, None]));
        }
        self.note_retry(sample);
        sample.retried = true;
        let issued = self.token(sample, validity).await?;
        let validity = TokenTimes::of(&issued);
        let refused = callout.bearer;
        callout.bearer = note_token(sample, issued);
        callout.trace = self.trace(sample.seq, 2);
        let attempt = self.transport.post(&callout).await;
        Ok((attempt, validity, [callout.bearer, refused]))
    }

    /// The lead of an iteration.
    fn body(&self, seq: u64) -> RequestBody {
        RequestBody::Written(Arc::clone(&self.leads) as _, seq)
    }

    /// What a request of an iteration carries of its trace.
    fn trace(&self, seq: u64, attempt: u64) -> Option<TraceParent> {
        let traces = self.traces.as_ref()?;
        Some(traces.parent(self.observers.load, seq, attempt))
    }

    /// Hands the callout to the observers; a lead that got the Id of another was dropped by the
    /// API, and is not a success.
    fn notify_observers(&self, sample: &mut Sample, attempt: &Attempt, sent: &Sent) {
        if let Some(events) = &self.observers.events {
            let spent = attempt.spent;
            let connect = [spent.dns, spent.connect, spent.tls];
            events.notify(CalloutEvent {
                load: self.observers.load,
                seq: sample.seq,
                began: attempt.began,
                ended: attempt.ended,
                connect: connect.into_iter().flatten().sum(),
                status: attempt.status,
                request_bytes: sample.body_bytes,
                response_bytes: sample.response_bytes,
                bearer: self.last_bearer.clone(),
            });
        }
        let (Some(created), Some(status)) = (&self.observers.created, attempt.status) else {
            return;
        };
        if !sample.outcome.is_ok() {
            return;
        }
        if let Some(id) = created.find(attempt, sent) {
            let lead = self.leads.original(sample.seq);
            let is_duplicate = created.is_anothers(id.as_it_came(), (self.observers.load, lead));
            if is_duplicate {
                sample.outcome = Outcome::Duplicate;
            }
            created.notify(CreatedLead {
                load: self.observers.load,
                seq: sample.seq,
                id,
                status,
                at: attempt.ended,
                is_duplicate,
            });
        }
    }

    /// The next token or, after one that was refused, a fresh one.
    async fn token(
        &mut self,
        sample: &mut Sample,
        refused: Option<TokenTimes>,
    ) -> Result<IssuedToken, NoToken> {
        let (provider, clock) = (&mut self.provider, &self.clock);
        let Some(exchange) = &mut self.exchange else {
            return Ok(match refused {
                None => provider.next(clock).await?,
                Some(refused) => provider.fresh(refused.user, clock).await?,
            });
        };
        let asked = clock.now();
        let exchanged = match refused {
            None => exchange.next(provider, clock).await,
            Some(_) => exchange.fresh(provider, clock).await,
        };
        let waited = match &exchanged {
            Ok((_, waited)) => *waited,
            Err(_) => Some(clock.now() - asked),
        };
        if let Some(waited) = waited {
            sample.phases.set(Phase::Exchange, waited);
        }
        Ok(exchanged?.0)
    }

    /// Notes what attempts have cost that are made again.
    fn note_retry(&self, sample: &mut Sample) {
        let spent = self.clock.now() - sample.started;
        sample.phases.set(Phase::Retry, spent);
        // It holds the exchange of the first attempt.
        sample.phases.clear(Phase::Exchange);
    }

    /// Ends the transaction that the last iterations were part of.
    pub fn end_transaction(&mut self) {
        self.transport.end_transaction();
        self.provider.end_transaction();
    }
}

/// Why an attempt failed; for a refusal, in the target's own words.
fn why(attempt: Attempt) -> Option<Arc<str>> {
    let failed = attempt.failed.map(|failed| failed.0.into());
    failed.or(attempt.refusal)
}
