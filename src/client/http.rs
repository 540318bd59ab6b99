//! The transport of life: one caller's connection, opened when needed and kept alive.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;

use hyper::header::HeaderMap;
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep_until, timeout};

use super::classify;
use super::connection::{Answer, CallError, Connection};
use super::stamps::Stamps;
use super::transport::{Attempt, Callout, Failed, Spent, Transport};
use super::{Endpoint, RequestForm};
use crate::clock::Clock;
use crate::sample::Outcome;
use crate::units::Nanos;

/// Callouts that are listened for after their caller gave up. Past this a target is
/// silent altogether, and each one kept holds a connection open.
const LATE_WATCHED_MAX: usize = 256;

/// Counts answers that come after the caller has given up.
#[derive(Clone, Debug)]
pub struct LateWatch {
    late: Arc<AtomicU64>,
    places: Arc<Semaphore>,
}

impl Default for LateWatch {
    fn default() -> Self {
        Self {
            late: Arc::default(),
            places: Arc::new(Semaphore::new(LATE_WATCHED_MAX)),
        }
    }
}

impl LateWatch {
    /// Late answers so far.
    pub fn count(&self) -> u64 {
        self.late.load(Relaxed)
    }

    /// Listens to a callout that was given up, for as long again as its caller waited.
    fn listen(&self, under_way: UnderWay, grace: Nanos) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return;
        };
        let late = Arc::clone(&self.late);
        tokio::spawn(async move {
            if let Ok((_, Ok(_))) = timeout(grace.as_duration(), under_way).await {
                late.fetch_add(1, Relaxed);
            }
            drop(place);
        });
    }
}

/// A callout that owns its connection until its answer is whole.
type UnderWay = Pin<Box<dyn Future<Output = (Connection, Result<Answer, CallError>)> + Send>>;

/// Sends one caller's callouts over a connection of its own.
pub struct HttpTransport {
    endpoint: Endpoint,
    form: RequestForm,
    limit: Nanos,
    clock: Clock,
    late: LateWatch,
    connection: Option<Connection>,
    headers: HeaderMap,
    /// One timer, moved from callout to callout; made on the runtime that first sends.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl HttpTransport {
    /// A caller's transport; it connects when it first sends.
    pub fn new(
        endpoint: Endpoint,
        form: RequestForm,
        limit: Nanos,
        clock: Clock,
        late: LateWatch,
    ) -> Self {
        Self {
            endpoint,
            form,
            limit,
            clock,
            late,
            connection: None,
            headers: HeaderMap::new(),
            alarm: None,
        }
    }

    /// Sends on the kept connection, or on a new one. A request of which not one byte has
    /// left goes out once more; any other is never repeated, for the lead may have been taken.
    async fn send(&mut self, callout: &Callout, attempt: &mut Attempt) {
        let kept = match self.connection.take() {
            Some(mut kept) => kept.is_open().await.then_some(kept),
            None => None,
        };
        let was_kept = kept.is_some();
        let connection = match kept {
            Some(kept) => Some(kept),
            None => self.open(attempt).await,
        };
        let Some(connection) = connection else { return };
        let Some(unsent) = self.call(connection, callout, attempt).await else {
            return;
        };
        if !was_kept {
            attempt.fail(classify::calling(&unsent), &unsent);
        } else if let Some(fresh) = self.open(attempt).await
            && let Some(unsent) = self.call(fresh, callout, attempt).await
        {
            attempt.fail(classify::calling(&unsent), &unsent);
        }
    }

    /// Opens a connection, or says in `attempt` why not.
    async fn open(&mut self, attempt: &mut Attempt) -> Option<Connection> {
        let (endpoint, clock) = (self.endpoint.clone(), self.clock);
        let mut spent = Spent::default();
        let connecting = async {
            let stream = endpoint.connect(&clock, &mut spent).await;
            match stream {
                Ok(stream) => Ok(Connection::open(stream, clock).await),
                Err(error) => Err(error),
            }
        };
        let opened = before(&mut self.alarm, Box::pin(connecting)).await.ok();
        match opened {
            None => attempt.fail_words(Outcome::Timeout, "no connection within the deadline"),
            Some(Err(error)) => attempt.fail(classify::connecting(&error), &error),
            Some(Ok(Err(error))) => attempt.fail(classify::calling(&error), &error),
            Some(Ok(Ok(connection))) => {
                attempt.spent = spent;
                return Some(connection);
            }
        }
        attempt.spent = spent;
        None
    }

    /// Makes one call; gives back the error of a request that has not left at all.
    async fn call(
        &mut self,
        mut connection: Connection,
        callout: &Callout,
        attempt: &mut Attempt,
    ) -> Option<hyper::Error> {
        let request = self.form.fill(callout, std::mem::take(&mut self.headers));
        // On the heap, because it outlives this function when its caller gives up.
        let stamps = connection.stamps();
        let under_way: UnderWay = Box::pin(async move {
            let result = connection.call(request).await;
            (connection, result)
        });
        let done = before(&mut self.alarm, under_way).await;
        attempt.stamp(&stamps);
        let (connection, result) = match done {
            Ok(done) => done,
            Err(under_way) => {
                attempt.fail_words(Outcome::Timeout, "no whole answer within the deadline");
                self.late.listen(under_way, self.limit);
                return None;
            }
        };
        match result {
            Ok(answer) => {
                attempt.status = Some(answer.status);
                attempt.server = answer.server;
                attempt.response_bytes = answer.body_bytes;
                attempt.outcome = Outcome::from_status(answer.status);
                self.headers = answer.headers;
                self.connection = Some(connection);
            }
            Err(CallError::NotSent(error)) => return Some(error),
            Err(CallError::Broken { status, error }) => {
                attempt.status = status;
                attempt.fail(classify::calling(&error), &error);
            }
            Err(CallError::TooLarge { status }) => {
                attempt.status = Some(status);
                attempt.fail_words(Outcome::TooLarge, "the answer's body is over 1 MiB");
            }
        }
        None
    }
}

impl Transport for HttpTransport {
    async fn post(&mut self, callout: Callout) -> Attempt {
        let began = self.clock.now();
        let deadline = self.clock.instant(began + self.limit);
        match &mut self.alarm {
            Some(alarm) => alarm.as_mut().reset(deadline),
            None => self.alarm = Some(Box::pin(sleep_until(deadline))),
        }
        let mut attempt = Attempt::begun(began);
        self.send(&callout, &mut attempt).await;
        attempt.ended = match (&attempt.failed, attempt.last_read) {
            (None, Some(last_read)) => last_read,
            _ => self.clock.now(),
        };
        attempt
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Attempt {
    fn begun(began: Nanos) -> Self {
        Self {
            began,
            ended: began,
            spent: Spent::default(),
            first_write: None,
            last_write: None,
            first_read: None,
            last_read: None,
            server: None,
            status: None,
            response_bytes: 0,
            outcome: Outcome::Io,
            failed: None,
        }
    }

    fn stamp(&mut self, stamps: &Stamps) {
        self.first_write = stamps.first_write();
        self.last_write = stamps.last_write();
        self.first_read = stamps.first_read();
        self.last_read = stamps.last_read();
    }

    fn fail(&mut self, outcome: Outcome, error: &dyn std::error::Error) {
        self.outcome = outcome;
        self.failed = Some(Failed(classify::in_words(error)));
    }

    fn fail_words(&mut self, outcome: Outcome, words: &str) {
        self.outcome = outcome;
        self.failed = Some(Failed(words.to_owned()));
    }
}

/// Waits for `work` until the alarm rings; gives unfinished work back.
async fn before<F: Future + Unpin>(
    alarm: &mut Option<Pin<Box<Sleep>>>,
    work: F,
) -> Result<F::Output, F> {
    let mut work = work;
    let done = poll_fn(|cx| {
        if let Poll::Ready(output) = Pin::new(&mut work).poll(cx) {
            return Poll::Ready(Some(output));
        }
        match alarm {
            Some(alarm) => alarm.as_mut().poll(cx).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await;
    done.ok_or(work)
}
