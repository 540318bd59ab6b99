//! What arrived, for checking against what was sent.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use serde::Serialize;

use super::Rejection;
use super::ids::{IDS_MAX, IdSet};

/// Counts what arrives; shared by all threads of a target.
pub(super) struct Ledger {
    requests: AtomicU64,
    leads: AtomicU64,
    leads_without_id: AtomicU64,
    ids: IdSet,
    accepted: AtomicU64,
    rejected: [AtomicU64; Rejection::ALL.len()],
    connections_refused: AtomicU64,
    duplicates: AtomicU64,
    troubles: Mutex<BTreeMap<String, u64>>,
    token_requests: AtomicU64,
    tokens_issued: AtomicU64,
    token_requests_refused: AtomicU64,
    echoes_dropped: AtomicU64,
    marked: AtomicU64,
}

/// The ledger at one instant.
///
/// Once the target is idle, `requests` is `accepted` plus all of `rejected` plus those whose
/// caller went away before the answer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct LedgerSnapshot {
    /// Leads that arrived readable, whether their token was valid or not.
    pub leads: u64,
    /// Different `Id`s among them; `None` when there were more than are told apart.
    pub unique_leads: Option<u64>,
    /// Whether there were more different `Id`s than the four million that are told apart.
    pub unique_leads_limit_reached: bool,
    /// Leads that had no `Id`, and so are not among the unique ones.
    pub leads_without_id: u64,
    /// Leads that were answered with 201.
    pub accepted: u64,
    /// Requests that were refused, by reason; a reason that did not occur is left out.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Requests to any path but the target's own (`/ledger`, `/health`, the key set).
    pub requests: u64,
    /// Connections that were closed at once because too many were open.
    pub connections_refused: u64,
    /// Leads whose `Id` had been taken before, where that was looked at.
    pub duplicates: u64,
    /// Requests that went wrong on purpose, by what went wrong; of leads, and of access tokens
    /// with `token:` before it.
    pub troubles: BTreeMap<String, u64>,
    /// Access tokens granted.
    pub tokens_issued: u64,
    /// Requests for an access token that were refused.
    pub token_requests_refused: u64,
    /// Tokens that needed no verification, for the same had been verified before.
    pub cache_hits: u64,
    /// Leads that were to be told of and were not, for whoever was told was too slow.
    pub echoes_dropped: u64,
    /// Preflights and probes, which are in no other count.
    pub preflights: u64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            requests: AtomicU64::new(0),
            leads: AtomicU64::new(0),
            leads_without_id: AtomicU64::new(0),
            ids: IdSet::new(IDS_MAX),
            accepted: AtomicU64::new(0),
            rejected: [const { AtomicU64::new(0) }; Rejection::ALL.len()],
            connections_refused: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
            troubles: Mutex::default(),
            token_requests: AtomicU64::new(0),
            tokens_issued: AtomicU64::new(0),
            token_requests_refused: AtomicU64::new(0),
            echoes_dropped: AtomicU64::new(0),
            marked: AtomicU64::new(0),
        }
    }

    /// Counts a request and gives it its number, from 0.
    pub(super) fn request(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed)
    }

    /// Counts what went wrong on purpose.
    pub(super) fn trouble(&self, what: String) {
        let mut troubles = self.troubles.lock();
        *troubles.entry(what).or_default() += 1;
    }

    pub(super) fn duplicate(&self) {
        self.duplicates.fetch_add(1, Relaxed);
    }

    /// Counts a request for an access token and gives it its number, from 0.
    pub(super) fn token_request(&self) -> u64 {
        self.token_requests.fetch_add(1, Relaxed)
    }

    pub(super) fn token_issued(&self) {
        self.tokens_issued.fetch_add(1, Relaxed);
    }

    pub(super) fn token_refused(&self) {
        self.token_requests_refused.fetch_add(1, Relaxed);
    }

    /// Counts a preflight or a probe and gives it its number, from 0.
    pub(super) fn marked(&self) -> u64 {
        self.marked.fetch_add(1, Relaxed)
    }

    pub(super) fn lead(&self, id: Option<&str>) {
        self.leads.fetch_add(1, Relaxed);
        match id {
            Some(id) => self.ids.insert(id),
            None => {
                self.leads_without_id.fetch_add(1, Relaxed);
            }
        }
    }

    /// Counts an accepted lead and gives it its number, from 0.
    pub(super) fn accept(&self) -> u64 {
        self.accepted.fetch_add(1, Relaxed)
    }

    pub(super) fn reject(&self, reason: Rejection) {
        self.rejected[reason.index()].fetch_add(1, Relaxed);
    }

    pub(super) fn refuse_connection(&self) {
        self.connections_refused.fetch_add(1, Relaxed);
    }

    pub(super) fn drop_echo(&self) {
        self.echoes_dropped.fetch_add(1, Relaxed);
    }

    pub(super) fn snapshot(&self) -> LedgerSnapshot {
        let unique_leads = self.ids.len();
        LedgerSnapshot {
            leads: self.leads.load(Relaxed),
            unique_leads,
            unique_leads_limit_reached: unique_leads.is_none(),
            leads_without_id: self.leads_without_id.load(Relaxed),
            accepted: self.accepted.load(Relaxed),
            rejected: Rejection::ALL
                .into_iter()
                .map(|reason| (reason.name(), self.rejected[reason.index()].load(Relaxed)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            requests: self.requests.load(Relaxed),
            connections_refused: self.connections_refused.load(Relaxed),
            duplicates: self.duplicates.load(Relaxed),
            troubles: self.troubles.lock().clone(),
            tokens_issued: self.tokens_issued.load(Relaxed),
            token_requests_refused: self.token_requests_refused.load(Relaxed),
            cache_hits: 0,
            echoes_dropped: self.echoes_dropped.load(Relaxed),
            preflights: self.marked.load(Relaxed),
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
        let ledger = Ledger::new();
        for id in [Some("a"), Some("a"), None] {
            ledger.request();
            ledger.lead(id);
        }
        ledger.accept();
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
