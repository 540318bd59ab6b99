//! The transport of a run: it opens connections when they are needed, and keeps them alive for as
//! long as the scenario says.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use super::answer::{Answer, Broken, CallError, Reading};
use super::body_capture::readable;
use super::classify;
use super::deadline_timer::DeadlineTimer;
use super::late_answers::LateAnswers;
use super::pool::{Checkout, ConnectionPool, Link, SharedPool};
use super::refusal::{self, Reasons};
use super::server_timing::TimingReader;
use super::stamps::Stamps;
use super::transport::{Attempt, Callout, ConnectTimings, Failed, Transport};
use super::{Endpoint, Expectation, Misdirected, PreparedRequest};
use crate::clock::Clock;
use crate::sample::{MetricNames, Outcome};
use crate::secret::opaque_debug;
use crate::units::Nanos;

/// How long a connection is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Keep {
    /// For as long as the target keeps it open.
    #[default]
    Alive,
    /// Until the caller's transaction ends.
    ForTransaction,
    /// For one request.
    ForCallout,
}

/// Sends one caller's callouts.
pub struct HttpTransport {
    endpoint: Endpoint,
    request: PreparedRequest,
    limit: Nanos,
    clock: Clock,
    late: LateAnswers,
    keep: Keep,
    /// What is read of each answer.
    reading: Reading,
    reasons: Reasons,
    pool: ConnectionPool,
    timer: DeadlineTimer,
}

impl HttpTransport {
    /// A caller's transport; it connects when it first sends.
    pub fn new(
        endpoint: Endpoint,
        request: PreparedRequest,
        limit: Nanos,
        clock: Clock,
        late: LateAnswers,
    ) -> Self {
        Self {
            endpoint,
            request,
            limit,
            clock,
            late,
            keep: Keep::default(),
            reading: Reading::default(),
            reasons: Reasons::default(),
            pool: ConnectionPool::Own(None),
            timer: DeadlineTimer::default(),
        }
    }

    /// Keeps connections otherwise than for as long as the target keeps them open.
    #[must_use]
    pub fn keeping(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// Keeps this many bytes of each answer's body; by default none.
    #[must_use]
    pub fn keeping_bodies(mut self, bytes: usize) -> Self {
        self.reading.kept = bytes;
        self
    }

    /// Holds each answer of a success against what it must say.
    #[must_use]
    pub fn expecting(mut self, expectation: Option<&Arc<Expectation>>) -> Self {
        self.reading.expectation = expectation.cloned();
        self
    }

    /// Keeps the header fields of each answer.
    #[must_use]
    pub fn keeping_fields(mut self) -> Self {
        self.reading.fields = true;
        self
    }

    /// Reads each answer's `Server-Timing`: `wholes` are the metrics that make up the server's
    /// time, where the scenario names them, and `names` has a place for each of the others.
    #[must_use]
    pub fn reading_timing(mut self, wholes: &Arc<[String]>, names: &MetricNames) -> Self {
        self.reading.timing = TimingReader::new(Arc::clone(wholes), names.clone());
        self
    }

    /// Shares connections with other callers of the same runtime.
    #[must_use]
    pub fn sharing(mut self, pool: &SharedPool) -> Self {
        self.pool = pool.pool();
        self
    }

    /// Sends on the kept connection, or on a new one. A request of which not one byte has
    /// left goes out once more; any other is never repeated, for the lead may have been taken.
    async fn send(&mut self, callout: &Callout, attempt: &mut Attempt) {
        let Some(found) = self.find(attempt).await else {
            return;
        };
        let was_kept = matches!(found, Checkout::Kept { .. });
        let link = match found {
            Checkout::Kept { link, .. } => Some(link),
            Checkout::Nothing => self.open(attempt).await,
            Checkout::Vacant(mut place) => {
                let link = self.open(attempt).await;
                if let Some(Link::Http2(opened)) = &link {
                    *place = Some(opened.share());
                }
                link
            }
        };
        let Some(link) = link else { return };
        let Some(unsent) = self.call(link, callout, attempt).await else {
            return;
        };
        if !was_kept {
            self.fail_call(attempt, &unsent, [0; 2]);
        } else if let Some(fresh) = self.open(attempt).await
            && let Some(unsent) = self.call(fresh, callout, attempt).await
        {
            self.fail_call(attempt, &unsent, [0; 2]);
        }
    }

    /// Looks for a kept connection; `None` when the deadline passed over it.
    async fn find(&mut self, attempt: &mut Attempt) -> Option<Checkout> {
        let taking = pin!(self.pool.take());
        let Ok(found) = self.timer.before(taking).await else {
            attempt.fail_words(Outcome::Timeout, "no connection within the timeout");
            return None;
        };
        if let Checkout::Kept { waited: true, .. } = found {
            attempt.spent.connect = Some(self.clock.now() - attempt.began);
        }
        Some(found)
    }

    /// Opens a connection, or says in `attempt` why not. Boxed, so that what a kept connection does not
    /// need takes no room in the state of each caller.
    async fn open(&mut self, attempt: &mut Attempt) -> Option<Link> {
        Box::pin(self.connect(attempt)).await
    }

    async fn connect(&mut self, attempt: &mut Attempt) -> Option<Link> {
        let (endpoint, clock) = (self.endpoint.clone(), self.clock);
        let mut spent = ConnectTimings::default();
        let opened = {
            let connecting = pin!(async {
                let stream = endpoint.connect(&clock, &mut spent).await;
                match stream {
                    Ok(stream) => Ok(Link::open(stream, endpoint.is_http2(), clock).await),
                    Err(error) => Err(error),
                }
            });
            self.timer.before(connecting).await.ok()
        };
        match opened {
            None => attempt.fail_words(Outcome::Timeout, "no connection within the timeout"),
            Some(Err(error)) => attempt.fail(classify::connecting(&error), &error),
            Some(Ok(Err(error))) => {
                let error = Broken::Http2(error);
                attempt.fail(classify::calling(&error), &error);
            }
            Some(Ok(Ok(link))) => {
                attempt.spent = spent;
                return Some(link);
            }
        }
        attempt.spent = spent;
        None
    }

    /// Says why a call failed; `opening` is how what was read instead of an answer began.
    fn fail_call(&self, attempt: &mut Attempt, error: &Broken, opening: [u8; 2]) {
        let outcome = classify::calling(error);
        let hidden = classify::hidden_alert(error);
        let stream = classify::find_system(error).or(hidden.as_ref());
        if let Some(cause) = stream.and_then(|error| self.endpoint.tls_cause(error)) {
            attempt.fail_words(outcome, &cause.to_string());
        } else if let Some(wanted) = Misdirected::of_first_bytes(&opening)
            && !self.endpoint.is_tls()
        {
            attempt.fail_words(outcome, &wanted.words());
        } else if outcome == Outcome::Protocol
            && attempt.status.is_none()
            && self.endpoint.is_http2()
            && !self.endpoint.is_tls()
        {
            // Most servers speak HTTP/2 over TLS only, and answer with a TLS record.
            let words = classify::in_words(error);
            let hint = "use https:// in the URL, or HTTP/1.1";
            attempt.fail_words(
                outcome,
                &format!("the target does not speak HTTP/2 without TLS ({words}); {hint}"),
            );
        } else {
            attempt.fail(outcome, error);
        }
    }

    /// Makes one call; gives back the error of a request that has not left at all.
    async fn call(
        &mut self,
        mut link: Link,
        callout: &Callout,
        attempt: &mut Attempt,
    ) -> Option<Broken> {
        link.begin(&self.request, callout);
        let reading = &mut self.reading;
        let answered = poll_fn(|cx| link.poll_answer(cx, reading));
        let done = self.timer.before(answered).await;
        attempt.stamp(link.stamps());
        let Ok(result) = done else {
            attempt.fail_words(Outcome::Timeout, "no complete answer within the timeout");
            self.late.listen(link, self.limit);
            return None;
        };
        match result {
            Ok(answer) if attempt.is_premature() => {
                attempt.status = Some(answer.status);
                let words = "the answer arrived before the request was sent";
                attempt.fail_words(Outcome::Protocol, words);
            }
            Ok(answer) => self.take_answer(answer, link, callout, attempt),
            Err(CallError::NotSent(error)) => return Some(error),
            Err(CallError::Broken {
                status,
                error,
                read,
            }) => {
                attempt.status = status;
                self.fail_call(attempt, &error, link.stamps().opening);
                // A server that is asked for TLS in plain text says so, and then resets.
                if let Some(wanted) = status.and_then(|it| Misdirected::of_answer(it, &read)) {
                    attempt.failed = Some(Failed(wanted.words()));
                }
            }
            Err(CallError::TooLarge { status }) => {
                attempt.status = Some(status);
                attempt.fail_words(Outcome::TooLarge, "the answer's body is over 1 MiB");
            }
        }
        None
    }

    /// Takes what a whole answer says, and keeps its connection for the next callout.
    fn take_answer(
        &mut self,
        mut answer: Answer,
        link: Link,
        callout: &Callout,
        attempt: &mut Attempt,
    ) {
        let status = answer.status;
        attempt.status = Some(status);
        attempt.server = answer.server;
        attempt.challenge = answer.challenge;
        attempt.response_bytes = answer.body_bytes;
        let room = answer.kept_max(self.reading.kept_max());
        let kept = std::mem::take(&mut answer.kept);
        (attempt.body, attempt.kept) = readable(kept, answer.body_bytes, answer.coding, room);
        let sent = (callout, self.request.template());
        let reason = |head| self.reasons.read(status, head, &attempt.body, sent);
        attempt.refusal = answer.refusal.as_deref().map(reason);
        attempt.outcome = self.reading.outcome(&answer);
        let body = (attempt.body.as_ref(), attempt.kept);
        if let Some(unmet) = self.reading.unmet(&answer, body) {
            attempt.refusal = Some(refusal::unmet(status, &unmet, sent));
            attempt.outcome = Outcome::UnexpectedAnswer;
        }
        attempt.fields = answer.fields;
        if self.keep != Keep::ForCallout {
            self.pool.put(link);
        }
    }
}

impl Transport for HttpTransport {
    async fn post(&mut self, callout: &Callout) -> Attempt {
        let began = self.clock.now();
        let limit = callout
            .limit
            .map_or(self.limit, |limit| limit.min(self.limit));
        self.timer.set(self.clock.instant(began + limit));
        let mut attempt = Attempt::begun(began);
        self.send(callout, &mut attempt).await;
        attempt.ended = match (&attempt.failed, attempt.last_read) {
            (None, Some(last_read)) => last_read,
            _ => self.clock.now(),
        };
        attempt
    }

    fn end_transaction(&mut self) {
        if self.keep == Keep::ForTransaction {
            self.pool.clear();
        }
    }
}

opaque_debug!(HttpTransport);

/// How much earlier than its request an answer must have arrived to be none: more than the clocks
/// that the two are stamped by can differ.
const PREMATURE: Nanos = Nanos::from_millis(1);

impl Attempt {
    /// Whether the answer had arrived, by the kernel's stamp, before a byte of the request was
    /// written: it is an answer to something else.
    fn is_premature(&self) -> bool {
        let (Some(arrived), Some(written)) = (self.first_arrival, self.first_write) else {
            return false;
        };
        arrived + PREMATURE < written
    }

    fn stamp(&mut self, stamps: &Stamps) {
        self.first_write = stamps.first_write;
        self.last_write = stamps.last_write;
        self.first_read = stamps.first_read;
        self.last_read = stamps.last_read;
        self.first_arrival = stamps.first_arrival;
        self.last_arrival = stamps.last_arrival;
    }

    fn fail(&mut self, outcome: Outcome, error: &(dyn std::error::Error + 'static)) {
        self.outcome = outcome;
        self.failed = Some(Failed(classify::in_words(error)));
    }

    fn fail_words(&mut self, outcome: Outcome, words: &str) {
        self.outcome = outcome;
        self.failed = Some(Failed(words.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_before_its_request_is_none() {
        for (arrived, written, is_premature) in [(1, 5, true), (5, 5, false), (6, 5, false)] {
            let mut attempt = Attempt::begun(Nanos::ZERO);
            attempt.first_arrival = Some(Nanos::from_millis(arrived));
            attempt.first_write = Some(Nanos::from_millis(written));
            assert_eq!(attempt.is_premature(), is_premature);
        }
        assert!(!Attempt::begun(Nanos::ZERO).is_premature());
    }
}
