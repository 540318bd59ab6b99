//! One HTTP/2 connection, on which many requests are under way at once.
//!
//! Frames of several requests share one write, so the socket cannot tell when one of them
//! has left. There are three stamps alone: the request's start, its answer's head and its end.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::answer::{Answer, CallError};
use super::stamps::Stamps;
use super::stream::Stream;
use crate::clock::Clock;

/// A handle on an open HTTP/2 connection; the connection lives as long as one of them.
#[derive(Clone)]
pub(super) struct Multiplexed {
    send: SendRequest<Full<Bytes>>,
    stamps: Arc<Stamps>,
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
            stamps: Arc::default(),
            clock,
        })
    }

    /// Another handle, with stamps of its own.
    pub(super) fn share(&self) -> Self {
        Self {
            stamps: Arc::default(),
            ..self.clone()
        }
    }

    /// The stamps of the last request.
    pub(super) fn stamps(&self) -> Arc<Stamps> {
        Arc::clone(&self.stamps)
    }

    /// Whether the connection can take a request.
    pub(super) fn is_open(&self) -> bool {
        !self.send.is_closed()
    }

    /// Sends a request and reads its whole answer.
    pub(super) async fn call(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, CallError> {
        self.stamps.reset();
        self.stamps.begin_write(self.clock.now());
        let head = self.send.try_send_request(request).await;
        let response = head.map_err(|mut refused| {
            let unsent = refused.take_message().is_some();
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
        self.stamps.read(self.clock.now());
        let answer = Answer::read(response, |_| ()).await;
        self.stamps.read(self.clock.now());
        answer
    }
}
