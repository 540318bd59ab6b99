//! One iteration: take a token, write a lead, make the callout, record what it took.

use std::sync::Arc;

use super::Arrival;
use super::created::Sent;
use super::events::{CalloutEvent, CreatedLead};
use super::exchange::{NoToken, TokenExchange};
use super::negative::{self, Negatives};
use super::observers::Observers;
use crate::client::{Attempt, Callout, Defect, RequestBody, Transport};
use crate::clock::Clock;
use crate::lead::Leads;
use crate::phase::Phase;
use crate::record::Recorder;
use crate::sample::{Outcome, Phases, Sample, TraceParent, Traces};
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

/// What is tried once more.
#[derive(Clone, Debug, Default)]
pub struct RetryPolicy {
    /// The statuses that are answered with a fresh token and one more try.
    pub refresh_on: Arc<[u16]>,
    /// Whether a callout whose connection is closed before any of its answer has come is
    /// made again as it was.
    pub resend_dropped: bool,
}

impl RetryPolicy {
    /// Whether an attempt is answered with a fresh token.
    fn refreshes(&self, attempt: &Attempt) -> bool {
        attempt
            .status
            .is_some_and(|status| self.refresh_on.contains(&status))
    }

    /// Whether an attempt is made again as it was.
    fn resends(&self, attempt: &Attempt) -> bool {
        let is_dropped = matches!(attempt.outcome, Outcome::Closed | Outcome::Reset);
        self.resend_dropped
            && is_dropped
            && attempt.first_write.is_some()
            && attempt.first_read.is_none()
    }
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
        let phases = phases_until(started, &iteration);
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

/// The phases of an iteration before it starts.
fn phases_until(started: Nanos, iteration: &DueIteration) -> Phases {
    let mut phases = Phases::default();
    // Waiting for a slot is the target's doing; everything else before the start is ours.
    let ready = iteration.queued.unwrap_or(started);
    phases.set(Phase::Lag, ready - iteration.due);
    if iteration.queued.is_some() {
        phases.set(Phase::Queue, started - ready);
    }
    phases
}

/// When a token is valid, in seconds since the Unix epoch.
#[derive(Clone, Copy)]
struct TokenTimes {
    issued_at: u64,
    expires_at: u64,
    user: u64,
}

impl TokenTimes {
    fn of(issued: &IssuedToken) -> Option<Self> {
        issued.token.as_ref().map(|token| Self {
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            user: token.user,
        })
    }

    /// Notes the token's age, and what was left of it, when it was sent.
    fn note(self, sample: &mut Sample, sent: Nanos) {
        let phases = &mut sample.phases;
        phases.set(Phase::TokenAge, sent - Nanos::from_secs(self.issued_at));
        // Of an access token it may not be known.
        if self.expires_at != u64::MAX {
            phases.set(Phase::TokenLeft, Nanos::from_secs(self.expires_at) - sent);
        }
    }
}

/// Why an attempt failed; for a refusal, in the target's own words.
fn why(attempt: Attempt) -> Option<Arc<str>> {
    let failed = attempt.failed.map(|failed| failed.0.into());
    failed.or(attempt.refusal)
}

/// Notes what a token cost, and gives it out.
fn note_token(sample: &mut Sample, issued: IssuedToken) -> Option<Bearer> {
    let token = issued.token?;
    sample.phases.set(Phase::SignWait, issued.waited);
    if let Some(cost) = token.cost {
        sample.phases.set(Phase::Sign, cost.sign);
        sample.phases.set(Phase::SignCpu, cost.sign_cpu);
    }
    sample.signed_in_path = issued.in_path;
    sample.starved |= issued.starved;
    sample.expired |= issued.expired;
    Some(token.bearer)
}

/// Notes where the time of a callout went.
fn note_attempt(sample: &mut Sample, attempt: &Attempt) {
    let phases = &mut sample.phases;
    for (phase, span) in [
        (Phase::Dns, attempt.spent.dns),
        (Phase::Connect, attempt.spent.connect),
        (Phase::Tls, attempt.spent.tls),
    ] {
        if let Some(span) = span {
            phases.set(phase, span);
        }
    }
    if let Some(first_write) = attempt.first_write {
        let network = note_network(phases, attempt, first_write);
        sample.server_timing = attempt.server.within(network);
        if let Some(server) = sample.server_timing.total {
            phases.set(Phase::Server, server);
            phases.set(Phase::Wire, network - server);
        }
    }
    sample.finished = attempt.ended;
    sample.outcome = attempt.outcome;
    sample.status = attempt.status;
    sample.response_bytes = u32::try_from(attempt.response_bytes).unwrap_or(u32::MAX);
}

/// Notes send, wait, receive, pickup and the network as a whole, which it gives back.
fn note_network(phases: &mut Phases, attempt: &Attempt, first_write: Nanos) -> Nanos {
    // On a fast machine the answer may arrive before the system call that sent the request
    // has come back.
    let last_write = attempt.last_write.map(|last_write| {
        attempt
            .first_arrival
            .map_or(last_write, |at| last_write.min(at))
    });
    if let Some(last_write) = last_write {
        phases.set(Phase::Send, last_write - first_write);
    }
    if let Some(first) = attempt.first_arrival {
        // Over HTTP/2 the socket cannot tell when a request has left.
        phases.set(Phase::Wait, first - last_write.unwrap_or(first_write));
        if let Some(last) = attempt.last_arrival.or(attempt.last_read) {
            phases.set(Phase::Receive, last - first);
        }
    }
    // A callout that failed on the way has no stamp for its end, only the end of the attempt.
    let is_whole = attempt.failed.is_none() && attempt.last_read == Some(attempt.ended);
    let arrived = attempt.last_arrival.filter(|_| is_whole);
    if let Some(arrived) = arrived {
        phases.set(Phase::Pickup, attempt.ended - arrived);
    }
    let network = arrived.unwrap_or(attempt.ended) - first_write;
    phases.set(Phase::Network, network);
    network
}

/// Adds the phases that follow from the others.
fn finish(sample: &mut Sample) {
    let latency = sample.finished - sample.due;
    let parts = sample.phases.sum_of_parts(sample.signed_in_path);
    sample
        .phases
        .set(Phase::Service, sample.finished - sample.started);
    sample.phases.set(Phase::Latency, latency);
    sample.phases.set(Phase::Residual, latency - parts);
}
