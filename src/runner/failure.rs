//! Why a run could not begin.

use std::fmt;

use crate::client::RequestTemplateError;
use crate::sample::Outcome;

/// Why a run could not begin: the error, its kind, and what to try.
#[derive(Debug)]
pub struct RunFailure {
    /// The cause.
    pub kind: FailureKind,
    /// The error.
    pub error: anyhow::Error,
    /// What to try.
    pub hint: Option<String>,
    /// The callout that failed, if one did.
    pub refusal: Option<Refusal>,
}

/// The cause of a failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailureKind {
    /// A key, a port, the machine, or the target before the load.
    Environment,
    /// The target's name resolves to an address that is not allowed.
    Guard,
    /// A bug of leadbench.
    Internal,
    /// The stop was raised before the load began.
    Interrupted,
    /// The scenario asks for a request that cannot be sent.
    Scenario,
}

/// A callout before the load that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// How it failed.
    pub outcome: Outcome,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// The target's own reason, in one line without secrets.
    pub reason: String,
}

impl RunFailure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, error: impl Into<anyhow::Error>) -> Self {
        Self {
            kind,
            error: error.into(),
            hint: None,
            refusal: None,
        }
    }

    /// A failure of a key, a port, the machine or the target.
    pub fn environment(error: impl Into<anyhow::Error>) -> Self {
        Self::new(FailureKind::Environment, error)
    }

    /// A bug of leadbench.
    pub(super) fn internal(what: &'static str) -> Self {
        Self::new(FailureKind::Internal, anyhow::anyhow!(what))
    }

    /// Adds what the user can try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what could not be done.
    pub(super) fn context(mut self, what: String) -> Self {
        self.error = self.error.context(what);
        self
    }
}

impl From<RequestTemplateError> for RunFailure {
    /// The scenario asks for a request that cannot be sent.
    fn from(error: RequestTemplateError) -> Self {
        Self::new(FailureKind::Scenario, error)
    }
}

impl fmt::Display for RunFailure {
    /// Writes the error and its causes in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl std::error::Error for RunFailure {}
