//! Counts of callouts with bad tokens, by fault.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::a_second::A_SECOND_MAX;
use super::add_each::add_each;
use crate::plan::Fault;
use crate::sample::NegativeSample;

/// Counters of one fault.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct FaultTally {
    pub(crate) sent: u64,
    pub(crate) as_expected: u64,
    pub(crate) false_accepts: u64,
    pub(crate) server_errors: u64,
    pub(crate) unanswered: u64,
    pub(crate) without_challenge: u64,
    pub(crate) statuses: BTreeMap<u16, u64>,
}

/// Counters by fault; only what occurred.
pub(crate) type FaultTallies = BTreeMap<Fault, FaultTally>;

impl FaultTally {
    pub(super) fn record(&mut self, sample: &NegativeSample) {
        let status = sample.status;
        self.sent += 1;
        self.as_expected += u64::from(sample.is_expected);
        self.false_accepts += u64::from(sample.is_false_accept);
        self.server_errors += u64::from(status.is_some_and(|status| status >= 500));
        self.unanswered += u64::from(status.is_none());
        self.without_challenge += u64::from(sample.lacks_challenge);
        if let Some(status) = status {
            *self.statuses.entry(status).or_default() += 1;
        }
    }

    /// Whether a second can have had so many.
    pub(super) fn is_plausible(&self) -> bool {
        let own = [
            self.sent,
            self.as_expected,
            self.false_accepts,
            self.server_errors,
            self.unanswered,
            self.without_challenge,
        ];
        let statuses = self.statuses.values().copied();
        own.into_iter()
            .chain(statuses)
            .all(|count| count <= A_SECOND_MAX)
    }

    pub(super) fn add(&mut self, more: &Self) {
        add_each!(self, more, [
            sent as_expected false_accepts server_errors unanswered without_challenge
        ] statuses);
        for (status, count) in &more.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
    }
}

/// Adds counters to others.
pub(super) fn merge(into: &mut FaultTallies, more: &FaultTallies) {
    for (fault, more) in more {
        into.entry(*fault).or_default().add(more);
    }
}
