//! What speaks against a measurement, and the limits that decide it.

use std::cmp::Reverse;

use crate::summary::Validity;

/// What speaks against a measurement, and how much.
#[derive(Default)]
pub(super) struct Findings(Vec<(Validity, String)>);

impl Findings {
    pub(super) fn add(&mut self, validity: Option<Validity>, reason: impl FnOnce() -> String) {
        if let Some(validity) = validity {
            self.0.push((validity, reason()));
        }
    }

    pub(super) fn worst(&self) -> Validity {
        let found = self.0.iter().map(|(validity, _)| *validity);
        found.max().unwrap_or(Validity::Valid)
    }

    /// In words; what decides comes first.
    pub(super) fn reasons(mut self) -> Vec<String> {
        self.0.sort_by_key(|(validity, _)| Reverse(*validity));
        self.0.into_iter().map(|(_, reason)| reason).collect()
    }
}

/// Two limits of one symptom: past the first the figures are degraded, past the second
/// they are invalid.
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
