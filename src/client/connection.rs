//! One connection, driven by whoever uses it.
//!
//! The usual way gives the connection a task of its own, and each request then hops
//! between two tasks several times. Here the caller polls the connection and the answer
//! together: no second task, no hop, and a close that came while the connection was idle
//! is seen at a moment we choose, just before sending.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::answer::{Answer, CallError};
use super::stamps::{Stamped, Stamps};
use super::stream::Stream;
use crate::clock::Clock;

type Driver = http1::Connection<TokioIo<Stamped<Stream>>, Full<Bytes>>;

/// An open HTTP/1.1 connection.
pub(super) struct Connection {
    send: SendRequest<Full<Bytes>>,
    /// Boxed, for the connection as a whole moves from callout to callout.
    driver: Option<Box<Driver>>,
    stamps: Arc<Stamps>,
}

impl Connection {
    /// Speaks HTTP/1.1 on a stream; nothing is sent yet.
    pub(super) async fn open(stream: Stream, clock: Clock) -> Result<Self, hyper::Error> {
        let stamps = Arc::new(Stamps::default());
        let io = TokioIo::new(Stamped::new(stream, Arc::clone(&stamps), clock));
        let (send, driver) = http1::Builder::new().handshake(io).await?;
        Ok(Self {
            send,
            driver: Some(Box::new(driver)),
            stamps,
        })
    }

    /// The stamps of the last request.
    pub(super) fn stamps(&self) -> Arc<Stamps> {
        Arc::clone(&self.stamps)
    }

    /// Whether the connection can take a request: sees a close that came while it was idle.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(drive(&mut self.driver, cx) && self.send.is_ready())).await
    }

    /// Sends a request and reads its whole answer.
    pub(super) async fn call(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, CallError> {
        self.stamps.reset();
        let mut head = pin!(self.send.try_send_request(request));
        let (driver, stamps) = (&mut self.driver, &self.stamps);
        let response = poll_fn(|cx| {
            drive(driver, cx);
            head.as_mut().poll(cx)
        })
        .await
        .map_err(|mut refused| {
            let unsent = refused.take_message().is_some() || !stamps.any_written();
            let error = refused.into_error();
            if unsent {
                CallError::NotSent(error)
            } else {
                CallError::Broken {
                    status: None,
                    error,
                }
            }
        })?;
        Answer::read(response, |cx| {
            drive(driver, cx);
        })
        .await
    }
}

/// Moves the connection on and tells whether it is still open. Its error, if any, also
/// reaches the request under way, which is where it is counted.
fn drive(driver: &mut Option<Box<Driver>>, cx: &mut Context<'_>) -> bool {
    if let Some(connection) = driver
        && Pin::new(connection).poll(cx).is_ready()
    {
        *driver = None;
    }
    driver.is_some()
}
