//! The interface between an iteration and the network: hyper in a run, a script in tests.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use super::{BodyCapture, Challenge, RequestBody};
use crate::sample::{Outcome, ServerTiming, TraceParent};
use crate::secret::Bearer;
use crate::units::Nanos;

/// Sends callouts, one at a time, for one caller.
pub trait Transport: Send {
    /// Sends one callout and waits for its whole answer, a failure or the deadline.
    fn post(&mut self, callout: &Callout) -> impl Future<Output = Attempt> + Send;

    /// Ends the caller's transaction, and what is kept for no longer.
    fn end_transaction(&mut self) {}
}

/// What is sent.
#[derive(Clone, Default)]
pub struct Callout {
    /// The token, or none in the control.
    pub bearer: Option<Bearer>,
    /// The lead.
    pub body: RequestBody,
    /// Its timeout, if it is shorter than the usual one of this caller.
    pub limit: Option<Nanos>,
    /// The deliberate defect, if it has one.
    pub defect: Defect,
    /// Its trace, if it has one.
    pub trace: Option<TraceParent>,
}

/// A deliberate defect of a callout, apart from its token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Defect {
    /// Nothing.
    #[default]
    None,
    /// The `Authorization` is there twice.
    TwiceTheToken,
    /// Its JSON is called `application/x-www-form-urlencoded`.
    CalledAForm,
}

impl fmt::Debug for Callout {
    /// Without the body, which may be a form that holds a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callout")
            .field("bearer", &self.bearer)
            .field("body_bytes", &self.body.size())
            .field("limit", &self.limit)
            .field("defect", &self.defect)
            .field("trace", &self.trace)
            .finish()
    }
}

/// What became of one callout.
#[derive(Clone)]
pub struct Attempt {
    /// When the transport took it up.
    pub began: Nanos,
    /// When its last byte had been read, or it had failed.
    pub ended: Nanos,
    /// What opening a connection cost, if this callout had to.
    pub spent: ConnectTimings,
    /// When the first byte of the request was handed to the socket.
    pub first_write: Option<Nanos>,
    /// When the socket had taken the last byte of the request.
    pub last_write: Option<Nanos>,
    /// When the first byte of the answer had been read.
    pub first_read: Option<Nanos>,
    /// When the last byte of the answer had been read.
    pub last_read: Option<Nanos>,
    /// When the first byte of the answer had arrived by the kernel's stamp; when it had been
    /// read, where there is none.
    pub first_arrival: Option<Nanos>,
    /// When the last byte of the answer had arrived, by the kernel's stamp; `None` where the
    /// kernel gave none.
    pub last_arrival: Option<Nanos>,
    /// What the answer's `Server-Timing` said.
    pub server: ServerTiming,
    /// The HTTP status, where a head arrived.
    pub status: Option<u16>,
    /// What a refusal says of the token.
    pub challenge: Challenge,
    /// Why the target refused, in its own words: one line of 200 characters at most, without
    /// secrets. `None` where it did not refuse.
    pub refusal: Option<Arc<str>>,
    /// The header fields of the answer, if they are kept.
    pub fields: Vec<(String, String)>,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// The answer's body, or as much of it as was to be kept: unpacked, and without a byte order
    /// mark.
    pub body: Bytes,
    /// How much of the body that is.
    pub kept: BodyCapture,
    /// How it ended.
    pub outcome: Outcome,
    /// What went wrong, in words for the report.
    pub failed: Option<Failed>,
}

impl Attempt {
    /// Why it failed, or why the target refused it, in words.
    pub fn complaint(&self) -> Option<String> {
        let failed = self.failed.as_ref().map(|failed| failed.0.clone());
        failed.or_else(|| self.refusal.as_ref().map(ToString::to_string))
    }

    /// An attempt that begins now, and of which nothing has happened yet.
    pub fn begun(began: Nanos) -> Self {
        Self {
            began,
            ended: began,
            spent: ConnectTimings::default(),
            first_write: None,
            last_write: None,
            first_read: None,
            last_read: None,
            first_arrival: None,
            last_arrival: None,
            server: ServerTiming::default(),
            status: None,
            challenge: Challenge::None,
            refusal: None,
            fields: Vec::new(),
            response_bytes: 0,
            body: Bytes::new(),
            kept: BodyCapture::Whole,
            outcome: Outcome::Io,
            failed: None,
        }
    }
}

impl fmt::Debug for Attempt {
    /// Without the body, which may hold an access token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("began", &self.began)
            .field("ended", &self.ended)
            .field("status", &self.status)
            .field("outcome", &self.outcome)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// What opening a connection cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConnectTimings {
    /// Name resolution.
    pub dns: Option<Nanos>,
    /// The TCP handshake.
    pub connect: Option<Nanos>,
    /// The TLS handshake.
    pub tls: Option<Nanos>,
}

/// A failure in words; only text of the operating system and of libraries, never of a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failed(pub String);
