//! A whole answer, or why there is none.

use hyper::client::conn::TrySendError;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::http::response;

use super::Challenge;
use super::refusal::{REFUSAL_BYTES, RefusalHead};
use super::server_timing::TimingReader;
use crate::sample::ServerTiming;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) server: ServerTiming,
    pub(super) challenge: Challenge,
    /// What its head says of why it refuses, where it does.
    pub(super) refusal: Option<Box<RefusalHead>>,
    /// Its header fields as text, where they are asked for.
    pub(super) fields: Vec<(String, String)>,
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
    /// Whether its header fields are kept.
    pub(super) fields: bool,
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
    pub(super) fn begun(head: response::Parts, reading: &mut Reading) -> Self {
        let mut headers = head.headers;
        let server = reading.timing.read(&headers);
        let status = head.status.as_u16();
        let challenge = match status {
            400..=499 => Challenge::of(&headers),
            _ => Challenge::None,
        };
        let refusal = RefusalHead::of(status, &headers);
        let fields = if reading.fields {
            as_text(&headers)
        } else {
            Vec::new()
        };
        // Their values lie in the connection's buffer, which it uses again once they are gone.
        headers.clear();
        Self {
            status,
            server,
            challenge,
            refusal,
            fields,
            body_bytes: 0,
            kept: Vec::new(),
            headers,
        }
    }
}

impl Answer {
    /// Bytes of the body that are kept: as many as are asked for, and of a refusal enough to tell
    /// why.
    pub(super) fn kept_max(&self, asked: usize) -> usize {
        if self.refusal.is_some() {
            asked.max(REFUSAL_BYTES)
        } else {
            asked
        }
    }
}

/// Header fields with their names and values, bytes that are no text replaced.
fn as_text(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields = headers.iter();
    fields
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
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
