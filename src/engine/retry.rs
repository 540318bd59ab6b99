//! Which callouts are made once more.

use std::sync::Arc;

use crate::client::Attempt;
use crate::sample::Outcome;

/// What is tried once more.
#[derive(Clone, Debug, Default)]
pub struct RetryPolicy {
    /// The statuses that are answered with a fresh token and one more try.
    pub refresh_on: Arc<[u16]>,
    /// Whether a callout whose connection is closed before any of its answer has come is
    /// made again as it was.
    pub resend_dropped: bool,
}

impl RetryPolicy {
    /// Whether an attempt is answered with a fresh token.
    pub(super) fn refreshes(&self, attempt: &Attempt) -> bool {
        attempt
            .status
            .is_some_and(|status| self.refresh_on.contains(&status))
    }

    /// Whether an attempt is made again as it was.
    pub(super) fn resends(&self, attempt: &Attempt) -> bool {
        let is_dropped = matches!(attempt.outcome, Outcome::Closed | Outcome::Reset);
        self.resend_dropped
            && is_dropped
            && attempt.first_write.is_some()
            && attempt.first_read.is_none()
    }
}
