//! One HTTP/2 connection, on which many requests are under way at once.
//!
//! Frames of several requests share one write, so the socket cannot tell when one of them has left.
//! So there are only three stamps: the request's start, its answer's head and its end.

use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::answer::{Answer, CallError, Reading};
use super::pending_answer::PendingAnswer;
use super::socket::Read;
use super::stamps::Stamps;
use super::stream::Stream;
use crate::clock::Clock;

/// A handle on an open HTTP/2 connection; the connection lives as long as one of them.
pub(super) struct Multiplexed {
    send: SendRequest<Full<Bytes>>,
    stamps: Stamps,
    exchange: PendingAnswer,
    clock: Clock,
}

impl Multiplexed {
    /// Speaks HTTP/2 on a stream, which gets a task of its own on this runtime.
    pub(super) async fn open(stream: Stream, clock: Clock) -> Result<Self, hyper::Error> {
        let io = TokioIo::new(stream);
        let (send, driver) = http2::Builder::new(TokioExecutor::new())
            .handshake(io)
            .await?;
        // Its error also reaches every request under way, which is where it is counted.
        tokio::spawn(async move { drop(driver.await) });
        Ok(Self {
            send,
            stamps: Stamps::default(),
            exchange: PendingAnswer::Idle,
            clock,
        })
    }

    /// Another handle, for requests of its own.
    pub(super) fn share(&self) -> Self {
        Self {
            send: self.send.clone(),
            stamps: Stamps::default(),
            exchange: PendingAnswer::Idle,
            clock: self.clock,
        }
    }

    /// The stamps of the last request.
    pub(super) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Whether the connection can take a request.
    pub(super) fn is_open(&self) -> bool {
        !self.send.is_closed()
    }

    /// Hands over a request.
    pub(super) fn begin(&mut self, request: Request<Full<Bytes>>) {
        self.stamps = Stamps::default();
        self.stamps.begin_write(|| self.clock.now());
        self.exchange = PendingAnswer::begun(self.send.try_send_request(request));
    }

    /// Waits for its whole answer, of which `reading` is kept.
    pub(super) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        let had_head = self.exchange.has_head();
        let answer = self.exchange.poll(cx, reading);
        let has_head = self.exchange.has_head() || matches!(answer, Poll::Ready(Ok(_)));
        if has_head && !had_head || answer.is_ready() && had_head {
            self.stamps.read(Read {
                at: self.clock.now(),
                arrived: None,
            });
        }
        answer
    }
}
