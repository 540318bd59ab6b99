//! A request under way over HTTP/2: its head is awaited, then its body read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::TrySendError;
use hyper::{Request, Response};

use super::answer::{Answer, BODY_BYTES_MAX, Broken, CallError, Reading};
use super::fields::Fields;

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

    /// Waits for the whole answer; `reading` says how much of it is kept.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        if let Self::Head(head) = self {
            match ready!(head.as_mut().poll(cx)) {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    let fields = Fields::Map(&head.headers);
                    let answer = Answer::begun(head.status.as_u16(), fields, reading);
                    *self = Self::Body { answer, body };
                }
                Err(refused) => {
                    *self = Self::Idle;
                    return Poll::Ready(Err(CallError::refused(refused)));
                }
            }
        }
        let Self::Body { answer, body } = self else {
            // No caller polls for an answer before it makes a request.
            return Poll::Pending;
        };
        let read = ready!(poll_body(cx, answer, body, reading.kept_max()));
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
) -> Poll<Result<(), CallError>> {
    while !body.is_end_stream() {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => break,
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    answer.take(data, kept);
                }
            }
            Some(Err(error)) => {
                return Poll::Ready(Err(CallError::Broken {
                    status: Some(answer.status),
                    error: Broken::Http2(error),
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
