//! The reasons of a verdict on a measurement, and the limits that decide it.

use std::cmp::Reverse;

use crate::summary::{AnyReasonCode, Reason, ReasonCode, Validity};

/// The reasons noticed so far.
#[derive(Default)]
pub(super) struct ReasonList(Vec<Reason>);

impl ReasonList {
    /// Adds a reason, if there is a verdict for it.
    pub(super) fn add(
        &mut self,
        verdict: Option<Validity>,
        code: ReasonCode,
        text: impl FnOnce() -> String,
    ) {
        self.0.extend(verdict.map(|verdict| Reason {
            code: AnyReasonCode::Known(code),
            verdict,
            text: text(),
        }));
    }

    /// The reasons, the gravest first.
    pub(super) fn sorted(mut self) -> Vec<Reason> {
        self.0.sort_by_key(|reason| Reverse(reason.verdict));
        self.0
    }
}

/// Two limits of one symptom: above the first the measurement is degraded, above the second it is
/// invalid.
pub(super) struct Limits {
    pub(super) degraded: f64,
    pub(super) invalid: f64,
}

impl Limits {
    pub(super) const fn judge(&self, value: f64) -> Option<Validity> {
        if value > self.invalid {
            Some(Validity::Invalid)
        } else if value > self.degraded {
            Some(Validity::Degraded)
        } else {
            None
        }
    }
}
