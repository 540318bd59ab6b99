//! A request under way: its head is awaited, then its body read.
//!
//! A state and not a future, so that it stays with its connection from callout to callout:
//! nothing large is moved or allocated for one, and a caller that gives up leaves both behind.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::TrySendError;
use hyper::{Request, Response};

use super::answer::{Answer, CallError, Reading};
use crate::units::count;

/// The most of an answer's body that is read; a lead's answer has some hundred bytes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// What hyper says of a request, in the end.
type Head = Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>>;

/// What a request waits for.
#[derive(Default)]
#[expect(
    clippy::large_enum_variant,
    reason = "it lies within its connection, which is boxed, and a box of its own would be allocated for each request"
)]
pub(super) enum PendingAnswer {
    /// Nothing: none is under way.
    #[default]
    Idle,
    /// Its answer's head.
    Head(Pin<Box<dyn Future<Output = Head> + Send + Sync>>),
    /// The rest of its answer's body.
    Body { answer: Answer, body: Incoming },
}

impl PendingAnswer {
    /// A request that has been handed to hyper.
    pub(super) fn begun(head: impl Future<Output = Head> + Send + Sync + 'static) -> Self {
        Self::Head(Box::pin(head))
    }

    /// Whether the answer's head is there and its body is not yet.
    pub(super) const fn has_head(&self) -> bool {
        matches!(self, Self::Body { .. })
    }

    /// Waits for the whole answer, while `drive` moves the connection on; `reading` says how much
    /// of it is kept. `has_left` returns whether any byte of the request may have left this
    /// machine.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
        has_left: impl FnOnce() -> bool,
        mut drive: impl FnMut(&mut Context<'_>),
    ) -> Poll<Result<Answer, CallError>> {
        if let Self::Head(head) = self {
            drive(cx);
            match ready!(head.as_mut().poll(cx)) {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    let answer = Answer::begun(head, reading);
                    *self = Self::Body { answer, body };
                }
                Err(refused) => {
                    *self = Self::Idle;
                    return Poll::Ready(Err(CallError::refused(refused, has_left())));
                }
            }
        }
        let Self::Body { answer, body } = self else {
            // No caller polls for an answer before it makes a request.
            return Poll::Pending;
        };
        let read = ready!(poll_body(cx, answer, body, reading.kept_max(), &mut drive));
        let done = std::mem::take(self);
        Poll::Ready(match (read, done) {
            (Ok(()), Self::Body { answer, .. }) => Ok(answer),
            (Err(error), _) => Err(error),
            (Ok(()), Self::Idle | Self::Head(_)) => return Poll::Pending,
        })
    }
}

/// Reads the rest of a body, counts it, and keeps as much as is asked for.
fn poll_body(
    cx: &mut Context<'_>,
    answer: &mut Answer,
    body: &mut Incoming,
    kept: usize,
    drive: &mut impl FnMut(&mut Context<'_>),
) -> Poll<Result<(), CallError>> {
    while !body.is_end_stream() {
        let mut frame = Pin::new(&mut *body).poll_frame(cx);
        if frame.is_pending() {
            // Asked twice, for what it waits for may be done by the connection in between.
            drive(cx);
            frame = Pin::new(&mut *body).poll_frame(cx);
        }
        match ready!(frame) {
            None => break,
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    answer.body_bytes += count(data.len());
                    let room = answer.kept_max(kept).saturating_sub(answer.kept.len());
                    answer.kept.extend(data.iter().take(room));
                }
            }
            Some(Err(error)) => {
                return Poll::Ready(Err(CallError::Broken {
                    status: Some(answer.status),
                    error,
                    read: std::mem::take(&mut answer.kept),
                }));
            }
        }
        if answer.body_bytes > BODY_BYTES_MAX {
            return Poll::Ready(Err(CallError::TooLarge {
                status: answer.status,
            }));
        }
    }
    Poll::Ready(Ok(()))
}
