//! Exit codes, and the failures that lead to them.

use std::fmt;
use std::process::ExitCode;

use super::files::Unread;
use crate::report;
use crate::runner::{self, FailureKind};

/// How the command ended. The only place of the numbers; the README lists them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Code {
    /// The command did its work, and every threshold holds.
    Passed = 0,
    /// A threshold is broken.
    ThresholdBroken = 1,
    /// The command line is wrong; the parser of the command line uses this number too.
    Usage = 2,
    /// The scenario is invalid.
    ScenarioInvalid = 3,
    /// A key, a file, a port or the target is missing or unusable.
    Environment = 4,
    /// The host is not allowed.
    GuardRefused = 5,
    /// The candidate is worse than the baseline.
    Regression = 6,
    /// The comparison is too noisy, and the user required a decision.
    Undecided = 7,
    /// The generator, not the target, was the limit.
    MeasurementInvalid = 8,
    /// A bug of leadbench.
    Internal = 70,
    /// A signal ended the run early; partial results are written.
    Interrupted = 130,
}

impl Code {
    /// The number that the shell gets.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.number())
    }
}

/// A command that could not do its work: what was wrong, what to try, and the exit code.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    error: anyhow::Error,
    hint: Option<String>,
    is_bare: bool,
}

/// What every command returns.
pub type CommandResult = Result<Code, Failure>;

impl Failure {
    /// A failure of this class.
    pub fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self {
            code,
            error: error.into(),
            hint: None,
            is_bare: false,
        }
    }

    /// A failure of a key, a file, a port or the target at preflight.
    pub fn environment(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Code::Environment, error)
    }

    /// A bug of leadbench.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Code::Internal, error)
    }

    /// Adds what the user can try.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.maybe_hint(Some(hint))
    }

    /// Adds what the user can try, if there is a hint.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }

    /// Adds a sentence to what the user can try.
    #[must_use]
    pub fn also(self, sentence: impl fmt::Display) -> Self {
        let hint = match &self.hint {
            Some(hint) => format!("{hint}. {sentence}"),
            None => sentence.to_string(),
        };
        self.hint(hint)
    }

    /// Puts the failure into another class.
    #[must_use]
    pub fn with(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Leaves out the word `error`, for an error that is a list of its own.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.is_bare = true;
        self
    }

    /// What was wrong, with the causes, in one line.
    pub fn line(&self) -> String {
        format!("{:#}", self.error)
    }

    /// What the user can try.
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit code of its class.
    pub const fn code(&self) -> Code {
        self.code
    }
}

/// Turns an error of a file, a thread or a library into a failure of the environment.
pub(super) trait OrFail<T> {
    /// Adds what could not be done: "could not write report.html".
    fn or_fail(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_fail(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::environment(error.into().context(what())))
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        Self::environment(unread)
    }
}

/// The status of a rate limit (RFC 6585, section 4).
pub(super) const TOO_MANY_REQUESTS: u16 = 429;

/// What to try if the target refuses a single callout for its rate: less load would not help.
pub(super) const LIMITED: &str = "The API refuses even one callout for its rate: wait until its limit allows \
                       more, or raise the limit for this test.";

impl From<runner::RunFailure> for Failure {
    /// The exit code of its kind, and what to try after a refused callout.
    fn from(failure: runner::RunFailure) -> Self {
        let code = match failure.kind {
            FailureKind::Environment => Code::Environment,
            FailureKind::Guard => Code::GuardRefused,
            FailureKind::Internal => Code::Internal,
            FailureKind::Interrupted => Code::Interrupted,
            FailureKind::Scenario => Code::ScenarioInvalid,
        };
        let of_refusal = failure.refusal.and_then(|refusal| {
            if refusal.status == Some(TOO_MANY_REQUESTS) {
                return Some(LIMITED);
            }
            report::hint(refusal.outcome.as_str(), refusal.status, &refusal.reason)
        });
        let hints: Vec<String> = of_refusal
            .into_iter()
            .map(Into::into)
            .chain(failure.hint)
            .collect();
        Self {
            code,
            error: failure.error,
            hint: (!hints.is_empty()).then(|| hints.join(" ")),
            is_bare: code == Code::Interrupted,
        }
    }
}

impl fmt::Display for Failure {
    /// Writes `error: ...`, the causes, a blank line and `hint: ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_bare {
            return write!(f, "{}", self.error);
        }
        write!(f, "error: {}", self.error)?;
        for cause in self.error.chain().skip(1) {
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n\nhint: {hint}")?;
        }
        Ok(())
    }
}
