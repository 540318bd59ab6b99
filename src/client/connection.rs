//! One connection, driven by its user.
//!
//! The usual way gives the connection a task of its own, and each request then hops
//! between two tasks several times. Here the caller polls the connection and the answer
//! together: no second task, no hop, and a close that came while the connection was idle
//! is seen at a moment we choose, just before sending.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::answer::{Answer, CallError, Reading};
use super::pending_answer::PendingAnswer;
use super::stamps::{Stamped, Stamps};
use super::stream::Stream;
use crate::clock::Clock;

type Driver = http1::Connection<TokioIo<Stamped>, Full<Bytes>>;

/// An open HTTP/1.1 connection.
pub(super) struct Connection {
    send: SendRequest<Full<Bytes>>,
    driver: Option<Driver>,
    stamps: Arc<Stamps>,
    exchange: PendingAnswer,
}

impl Connection {
    /// Speaks HTTP/1.1 on a stream; nothing is sent yet.
    pub(super) async fn open(stream: Stream, clock: Clock) -> Result<Self, hyper::Error> {
        let stamps = Arc::new(Stamps::default());
        let io = TokioIo::new(Stamped::new(stream, Arc::clone(&stamps), clock));
        // A lead is copied behind its head, which costs less than a write of two parts.
        let (send, driver) = http1::Builder::new()
            .title_case_headers(true)
            .writev(false)
            .handshake(io)
            .await?;
        Ok(Self {
            send,
            driver: Some(driver),
            stamps,
            exchange: PendingAnswer::Idle,
        })
    }

    /// The stamps of the last request.
    pub(super) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Whether the connection could take a request when it was last looked at.
    pub(super) fn is_ready(&self) -> bool {
        self.send.is_ready()
    }

    /// Whether the connection can take a request: sees a close that came while it was idle.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(drive(&mut self.driver, cx) && self.send.is_ready())).await
    }

    /// Hands over a request, which goes out when its answer is first asked for.
    pub(super) fn begin(&mut self, request: Request<Full<Bytes>>) {
        self.stamps.reset();
        self.exchange = PendingAnswer::begun(self.send.try_send_request(request));
    }

    /// Sends the request and reads its whole answer, of which `reading` is kept.
    pub(super) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        let (driver, stamps) = (&mut self.driver, &self.stamps);
        self.exchange.poll(
            cx,
            reading,
            || stamps.any_written(),
            |cx| {
                drive(driver, cx);
            },
        )
    }
}

/// Moves the connection on and returns whether it is still open. Its error, if any, also reaches
/// the request under way, which is where it is counted.
fn drive(driver: &mut Option<Driver>, cx: &mut Context<'_>) -> bool {
    if let Some(connection) = driver
        && Pin::new(connection).poll(cx).is_ready()
    {
        *driver = None;
    }
    driver.is_some()
}
