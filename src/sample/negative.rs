//! What became of a callout with a fault.

use crate::plan::Fault;
use crate::units::Nanos;

/// One callout with a fault, measured.
#[derive(Clone, Copy, Debug)]
pub struct NegativeSample {
    /// What was wrong.
    pub fault: Fault,
    /// When it was planned.
    pub due: Nanos,
    /// When its work began.
    pub started: Nanos,
    /// When its answer had been read, or it had failed.
    pub finished: Nanos,
    /// The HTTP status, where one arrived.
    pub status: Option<u16>,
    /// Whether the status is one that was expected.
    pub is_expected: bool,
    /// Whether a lead was taken that should not have been.
    pub is_false_accept: bool,
    /// Whether a refusal lacks the challenge that it should have.
    pub lacks_challenge: bool,
}
