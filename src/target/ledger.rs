//! What arrived, for checking against what was sent.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde::Serialize;

use super::Rejection;
use super::ids::IdSet;
use crate::units::Counter;

/// Counts what arrives.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) requests: Counter,
    leads: Counter,
    leads_without_id: Counter,
    ids: IdSet,
    pub(super) accepted: Counter,
    rejected: [Counter; Rejection::ALL.len()],
    pub(super) connections_refused: Counter,
    pub(super) duplicates: Counter,
    troubles: Mutex<BTreeMap<String, u64>>,
    /// Requests for an access token.
    pub(super) token_requests: Counter,
    pub(super) tokens_issued: Counter,
    pub(super) token_requests_refused: Counter,
    pub(super) echoes_dropped: Counter,
    /// Preflights and probes.
    pub(super) marked: Counter,
}

/// The ledger at one instant.
///
/// Once the target is idle, `requests` is `accepted` plus all of `rejected`, plus those that went
/// wrong on purpose, plus duplicates that were dropped, plus those whose caller went away before the
/// answer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct LedgerSnapshot {
    /// Leads that arrived readable, whether their token was valid or not.
    pub leads: u64,
    /// Different `Id`s among them; `None` if there were too many to tell apart.
    pub unique_leads: Option<u64>,
    /// Whether there were more than four million different `Id`s.
    pub unique_leads_limit_reached: bool,
    /// Leads without an `Id`, which are not among the unique ones.
    pub leads_without_id: u64,
    /// Leads that were answered with 201.
    pub accepted: u64,
    /// Requests that were refused, by reason; a reason that did not occur is left out.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Requests to any path but the target's own (`/ledger`, `/health`, `/token`, `/echo`, the key
    /// set).
    pub requests: u64,
    /// Connections that were closed at once because too many were open.
    pub connections_refused: u64,
    /// Leads whose `Id` was accepted before, if the target looks for duplicates.
    pub duplicates: u64,
    /// Requests that went wrong on purpose, by what went wrong; of leads, and of access tokens
    /// with `token:` before it.
    pub troubles: BTreeMap<String, u64>,
    /// Access tokens granted.
    pub tokens_issued: u64,
    /// Requests for an access token that were refused.
    pub token_requests_refused: u64,
    /// Tokens that needed no verification, because the same token was verified before.
    pub cache_hits: u64,
    /// Leads that were not echoed, because the reader of the echoes was too slow.
    pub echoes_dropped: u64,
    /// Preflights and probes, which are in no other count.
    pub preflights: u64,
}

impl Ledger {
    /// Counts what went wrong on purpose.
    pub(super) fn trouble(&self, what: String) {
        *self.troubles.lock().entry(what).or_default() += 1;
    }

    pub(super) fn lead(&self, id: Option<&str>) {
        self.leads.count();
        match id {
            Some(id) => self.ids.insert(id),
            None => {
                self.leads_without_id.count();
            }
        }
    }

    pub(super) fn reject(&self, reason: Rejection) {
        self.rejected[reason.index()].count();
    }

    pub(super) fn snapshot(&self) -> LedgerSnapshot {
        let unique_leads = self.ids.len();
        LedgerSnapshot {
            leads: self.leads.get(),
            unique_leads,
            unique_leads_limit_reached: unique_leads.is_none(),
            leads_without_id: self.leads_without_id.get(),
            accepted: self.accepted.get(),
            rejected: Rejection::ALL
                .into_iter()
                .map(|reason| (reason.name(), self.rejected[reason.index()].get()))
                .filter(|(_, count)| *count > 0)
                .collect(),
            requests: self.requests.get(),
            connections_refused: self.connections_refused.get(),
            duplicates: self.duplicates.get(),
            troubles: self.troubles.lock().clone(),
            tokens_issued: self.tokens_issued.get(),
            token_requests_refused: self.token_requests_refused.get(),
            cache_hits: 0,
            echoes_dropped: self.echoes_dropped.get(),
            preflights: self.marked.get(),
        }
    }
}

impl LedgerSnapshot {
    /// How many requests were refused, for whatever reason.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// How many requests were refused for this reason.
    pub fn rejected_for(&self, reason: Rejection) -> u64 {
        self.rejected.get(reason.name()).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_has_the_fields_of_the_contract() {
        let ledger = Ledger::default();
        for id in [Some("a"), Some("a"), None] {
            ledger.requests.count();
            ledger.lead(id);
        }
        ledger.accepted.count();
        ledger.reject(Rejection::UnknownKid);
        let json = serde_json::to_value(ledger.snapshot()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "leads": 3, "unique_leads": 1, "unique_leads_limit_reached": false,
                "leads_without_id": 1, "accepted": 1, "rejected": {"unknown_kid": 1},
                "requests": 3, "connections_refused": 0, "duplicates": 0, "troubles": {},
                "tokens_issued": 0, "token_requests_refused": 0, "cache_hits": 0,
                "echoes_dropped": 0, "preflights": 0,
            })
        );
    }
}
