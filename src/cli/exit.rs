//! Exit codes, and the failures that lead to them.

use std::fmt;
use std::process::ExitCode;

use crate::report;
use crate::runner::{self, FailureKind};

/// How the command ended. The only place of the numbers; the README lists them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// Everything asked for was done and every threshold holds.
    Passed,
    /// A threshold was broken.
    ThresholdBroken,
    /// The command line is wrong in a way that its parser cannot tell.
    Usage,
    /// The scenario is invalid.
    ScenarioInvalid,
    /// A key, file or port, or the target at preflight.
    Environment,
    /// The host is not allowed.
    GuardRefused,
    /// The candidate is worse than the baseline.
    Regression,
    /// Whether it is could not be told, and an answer was required.
    Undecided,
    /// The generator, not the target, was the limit.
    MeasurementInvalid,
    /// A bug of ours.
    Internal,
    /// Ended early by a signal; partial results were written.
    Interrupted,
}

impl Code {
    /// The number the shell sees; 2 is also the command-line parser's own.
    pub const fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::ThresholdBroken => 1,
            Self::Usage => 2,
            Self::ScenarioInvalid => 3,
            Self::Environment => 4,
            Self::GuardRefused => 5,
            Self::Regression => 6,
            Self::Undecided => 7,
            Self::MeasurementInvalid => 8,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
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
pub type Outcome = Result<Code, Failure>;

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

    /// Adds what the user could try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
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

    /// The exit code of its class.
    pub const fn code(&self) -> Code {
        self.code
    }
}

impl From<runner::Failure> for Failure {
    /// The exit code of its kind, and what to try after a refused callout.
    fn from(failure: runner::Failure) -> Self {
        let code = match failure.kind() {
            FailureKind::Environment => Code::Environment,
            FailureKind::Guard => Code::GuardRefused,
            FailureKind::Internal => Code::Internal,
            FailureKind::Interrupted => Code::Interrupted,
            FailureKind::Scenario => Code::ScenarioInvalid,
        };
        let (error, hint, refusal) = failure.into_parts();
        let of_refusal = refusal.and_then(|refusal| {
            report::hint(refusal.outcome.as_str(), refusal.status, &refusal.reason)
        });
        let hints: Vec<String> = of_refusal.into_iter().map(Into::into).chain(hint).collect();
        Self {
            code,
            error,
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
