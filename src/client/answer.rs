//! A whole answer, or why there is none.

use std::io;
use std::sync::Arc;

use hyper::client::conn::TrySendError;

use super::Challenge;
use super::body_capture::{BodyCapture, Coding};
use super::expectation::{EXPECTED_BYTES, Expectation};
use super::fields::Fields;
use super::malformed::Malformed;
use super::refusal::{REFUSAL_BYTES, RefusalHead};
use super::server_timing::TimingReader;
use crate::sample::{Outcome, ServerTiming};
use crate::units::count;

/// The most of an answer's body that is read; a lead's answer has some hundred bytes.
pub(super) const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) server: ServerTiming,
    pub(super) challenge: Challenge,
    /// The reason for a refusal, as its head gives it.
    pub(super) refusal: Option<Box<RefusalHead>>,
    /// What of it is not as it must be, in words.
    pub(super) unmet: Option<String>,
    /// Its header fields as text, if they are to be kept.
    pub(super) fields: Vec<(String, String)>,
    pub(super) body_bytes: u64,
    /// As much of the body as is kept.
    pub(super) kept: Vec<u8>,
    /// Its content coding, if any of it is kept.
    pub(super) coding: Coding,
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
    /// What it must say to count as a success, if its status is not enough.
    pub(super) expectation: Option<Arc<Expectation>>,
}

/// Why a request got no complete answer.
#[derive(Debug)]
pub(super) enum CallError {
    /// Not one byte of the request has left: it may be sent again.
    NotSent(Broken),
    /// It broke on the way; what the server did with it is not known.
    Broken {
        status: Option<u16>,
        error: Broken,
        /// The part of the body that was read, if it is kept.
        read: Vec<u8>,
    },
    /// The body was larger than is read.
    TooLarge { status: u16 },
}

/// How a connection broke.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// The other end closed it before the answer was complete.
    #[error("the connection was closed before the answer was complete")]
    Closed,
    /// The stream failed.
    #[error("the connection failed")]
    Io(#[source] io::Error),
    /// What came is not an answer of HTTP/1.1.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// HTTP/2 failed.
    #[error(transparent)]
    Http2(#[from] hyper::Error),
}

impl Answer {
    /// An answer of which no more than the head is known yet.
    pub(super) fn begun(status: u16, head: Fields<'_>, reading: &mut Reading) -> Self {
        let server = reading.timing.read(head);
        let challenge = match status {
            400..=499 => Challenge::of(head),
            _ => Challenge::None,
        };
        let expectation = reading.expectation.as_deref();
        let is_right = expectation.is_some_and(|expected| expected.takes(status));
        let refusal = RefusalHead::of(status, head).filter(|_| !is_right);
        // The coding does not matter if no part of the body is kept.
        let coding = if refusal.is_some() || reading.kept_max() > 0 {
            Coding::of(head)
        } else {
            Coding::None
        };
        let is_success = is_right || (200..300).contains(&status);
        let unmet = expectation
            .filter(|_| is_success)
            .and_then(|expected| expected.unmet_head(status, head));
        let fields = if reading.fields {
            head.as_text()
        } else {
            Vec::new()
        };
        Self {
            status,
            server,
            challenge,
            refusal,
            unmet,
            fields,
            body_bytes: 0,
            kept: Vec::new(),
            coding,
        }
    }

    /// Counts some of its body, and keeps as much as there is room for; `asked` bytes are kept of
    /// every answer.
    pub(super) fn take(&mut self, data: &[u8], asked: usize) {
        self.body_bytes += count(data.len());
        let room = self.kept_max(asked).saturating_sub(self.kept.len());
        self.kept.extend(data.iter().take(room));
    }

    /// Bytes of the body that are kept: the number asked for, and for a refusal enough to read its
    /// reason.
    pub(super) fn kept_max(&self, asked: usize) -> usize {
        if self.refusal.is_some() {
            asked.max(REFUSAL_BYTES)
        } else {
            asked
        }
    }
}

impl Reading {
    /// What an answer counts as, by its status.
    pub(super) fn outcome(&self, answer: &Answer) -> Outcome {
        let expectation = self.expectation.as_deref();
        if expectation.is_some_and(|expected| expected.takes(answer.status)) {
            Outcome::Ok
        } else {
            Outcome::from_status(answer.status)
        }
    }

    /// What of an answer that is a success by its status is not as it must be.
    pub(super) fn unmet(&self, answer: &Answer, body: (&[u8], BodyCapture)) -> Option<String> {
        let expectation = self.expectation.as_deref()?;
        if !self.outcome(answer).is_ok() {
            return None;
        }
        let head = answer.unmet.clone();
        head.or_else(|| expectation.unmet_body(body))
    }

    /// Bytes of the body that are kept, unless the answer is a refusal.
    pub(super) fn kept_max(&self) -> usize {
        let expectation = self.expectation.as_deref();
        if expectation.is_some_and(Expectation::reads_body) {
            self.kept.max(EXPECTED_BYTES)
        } else {
            self.kept
        }
    }
}

impl CallError {
    /// A request of HTTP/2 that hyper gave up, which it may give back unsent.
    pub(super) fn refused<R>(mut refused: TrySendError<R>) -> Self {
        let is_unsent = refused.take_message().is_some();
        let error = Broken::Http2(refused.into_error());
        if is_unsent {
            Self::NotSent(error)
        } else {
            Self::Broken {
                status: None,
                error,
                read: Vec::new(),
            }
        }
    }
}
