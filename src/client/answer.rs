//! A whole answer, or why there is none.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderName};

use super::server_timing;
use crate::units::{Nanos, count};

/// The most of an answer's body that is read; a lead's answer has some hundred bytes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

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

impl Answer {
    /// Reads the rest of a response, while `drive` moves its connection on.
    pub(super) async fn read(
        response: Response<Incoming>,
        mut drive: impl FnMut(&mut Context<'_>),
    ) -> Result<Self, CallError> {
        let (head, mut body) = response.into_parts();
        let status = head.status.as_u16();
        let mut body_bytes = 0;
        while !body.is_end_stream() {
            match poll_fn(|cx| next_frame(&mut body, &mut drive, cx)).await {
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
        Ok(Self {
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
}

/// The next frame of a body. The body is asked twice, for what it waits for may be done by
/// the connection in between.
fn next_frame(
    body: &mut Incoming,
    drive: &mut impl FnMut(&mut Context<'_>),
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
    if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
        return Poll::Ready(frame);
    }
    drive(cx);
    Pin::new(body).poll_frame(cx)
}
