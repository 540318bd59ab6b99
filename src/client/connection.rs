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
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HeaderMap, HeaderName};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::server_timing;
use super::stamps::{Stamped, Stamps};
use super::stream::Stream;
use crate::clock::Clock;
use crate::units::{Nanos, count};

/// The most of an answer's body that is read; a lead's answer has some hundred bytes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

type Driver = http1::Connection<TokioIo<Stamped<Stream>>, Full<Bytes>>;

/// An open HTTP/1.1 connection.
pub(super) struct Connection {
    send: SendRequest<Full<Bytes>>,
    /// Boxed, for the connection as a whole moves from callout to callout.
    driver: Option<Box<Driver>>,
    stamps: Arc<Stamps>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) server: Option<Nanos>,
    pub(super) body_bytes: u64,
    /// The answer's header map, whose allocation serves the next request.
    pub(super) headers: HeaderMap,
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(super) enum CallError {
    /// Not one byte of the request has left: it may be sent again.
    NotSent(hyper::Error),
    /// It broke on the way; what the server did with it is not known.
    Broken {
        status: Option<u16>,
        error: hyper::Error,
    },
    /// The body was larger than is read.
    TooLarge { status: u16 },
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
        self.read(response).await
    }

    async fn read(&mut self, response: Response<Incoming>) -> Result<Answer, CallError> {
        let (head, mut body) = response.into_parts();
        let status = head.status.as_u16();
        let mut body_bytes = 0;
        while !body.is_end_stream() {
            let frame = poll_fn(|cx| self.next_frame(&mut body, cx)).await;
            match frame {
                None => break,
                Some(Ok(frame)) => {
                    body_bytes += frame.data_ref().map_or(0, |data| count(data.len()));
                }
                Some(Err(error)) => {
                    return Err(CallError::Broken {
                        status: Some(status),
                        error,
                    });
                }
            }
            if body_bytes > BODY_BYTES_MAX {
                return Err(CallError::TooLarge { status });
            }
        }
        Ok(Answer {
            status,
            server: head
                .headers
                .get(SERVER_TIMING)
                .and_then(|value| value.to_str().ok())
                .and_then(server_timing::total),
            body_bytes,
            headers: head.headers,
        })
    }

    /// The next frame of a body. The body is asked twice, for what it waits for may be
    /// done by the connection in between.
    fn next_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, hyper::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        drive(&mut self.driver, cx);
        Pin::new(body).poll_frame(cx)
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
