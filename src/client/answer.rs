//! A whole answer, or why there is none.

use hyper::client::conn::TrySendError;
use hyper::header::HeaderMap;
use hyper::http::response;

use super::Challenge;
use super::server_timing::TimingReader;
use crate::sample::ServerTiming;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) server: ServerTiming,
    pub(super) challenge: Challenge,
    pub(super) body_bytes: u64,
    /// As much of the body as is kept.
    pub(super) kept: Vec<u8>,
    /// The answer's header map, whose allocation serves the next request.
    pub(super) headers: HeaderMap,
}

/// What is read of an answer beyond its status.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Bytes of its body that are kept.
    pub(super) kept: usize,
    /// What reads its `Server-Timing`.
    pub(super) timing: TimingReader,
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
    /// An answer of which no more than the head is known yet.
    pub(super) fn begun(head: response::Parts, timing: &mut TimingReader) -> Self {
        let mut headers = head.headers;
        let server = timing.read(&headers);
        let status = head.status.as_u16();
        let challenge = match status {
            400..=499 => Challenge::of(&headers),
            _ => Challenge::None,
        };
        // Their values lie in the connection's buffer, which it uses again once they are gone.
        headers.clear();
        Self {
            status,
            server,
            challenge,
            body_bytes: 0,
            kept: Vec::new(),
            headers,
        }
    }
}

impl CallError {
    /// A request that hyper gave up, which it may give back.
    pub(super) fn refused<R>(mut refused: TrySendError<R>, has_left: bool) -> Self {
        let unsent = refused.take_message().is_some() || !has_left;
        let error = refused.into_error();
        if unsent {
            Self::NotSent(error)
        } else {
            Self::Broken {
                status: None,
                error,
            }
        }
    }
}
