//! The access tokens of one org: one for each principal, renewed by one caller at a time.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use tokio::sync::Mutex;

use super::MARGIN;
use crate::plan::{AssertionForm, Exchange as Plan, Renew};
use crate::secret::Bearer;
use crate::token::Token;
use crate::units::{Nanos, count, index};

/// The access tokens that all callers of an org share.
#[derive(Debug)]
pub struct AccessTokens {
    slots: Vec<Slot>,
    turn: AtomicU64,
    form: AssertionForm,
    renew: Renew,
    tally: ExchangeTally,
}

/// What was asked of a token endpoint.
#[derive(Debug, Default)]
pub struct ExchangeTally {
    requests: AtomicU64,
    failed: AtomicU64,
    spent_ns: AtomicU64,
    longest_ns: AtomicU64,
}

impl ExchangeTally {
    /// Requests made.
    pub fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Of these, those that gave no access token.
    pub fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    /// How long all of them together took, from their sending on.
    pub fn spent(&self) -> Nanos {
        Nanos(self.spent_ns.load(Relaxed))
    }

    /// How long the longest took.
    pub fn longest(&self) -> Nanos {
        Nanos(self.longest_ns.load(Relaxed))
    }
}

/// The access token of one principal.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) held: Mutex<Held>,
    /// Exchanges that have ended, told without the lock.
    flights: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) token: Option<Token>,
    /// How many there have been.
    pub(super) number: u64,
    /// Why the last exchange failed, if it did.
    pub(super) failure: Option<String>,
}

impl Slot {
    pub(super) fn flights(&self) -> u64 {
        self.flights.load(Relaxed)
    }

    pub(super) fn landed(&self) {
        self.flights.fetch_add(1, Relaxed);
    }
}

impl AccessTokens {
    /// None yet, for so many principals.
    pub fn new(plan: &Plan, users: usize) -> Self {
        Self {
            slots: (0..users.max(1)).map(|_| Slot::default()).collect(),
            turn: AtomicU64::new(0),
            form: plan.form.clone(),
            renew: plan.renew,
            tally: ExchangeTally::default(),
        }
    }

    /// What was asked of the token endpoint so far.
    pub const fn tally(&self) -> &ExchangeTally {
        &self.tally
    }

    pub(super) fn next_user(&self) -> u64 {
        match self.slots.len() {
            1 => 0,
            users => self.turn.fetch_add(1, Relaxed) % count(users),
        }
    }

    pub(super) fn slot(&self, user: u64) -> &Slot {
        &self.slots[index(user) % self.slots.len()]
    }

    /// Whether a token may still be sent at `now`, since the Unix epoch.
    pub(super) fn is_usable(&self, token: &Token, now: Nanos) -> bool {
        match self.renew {
            Renew::WhenRefused => true,
            Renew::BeforeExpiry => {
                let life = token.expires_at.saturating_sub(token.issued_at);
                let margin = MARGIN.as_secs().min(life / 10);
                now.as_secs() < token.expires_at.saturating_sub(margin)
            }
        }
    }

    /// The request for an access token; a compact JWS stands in a form as it is.
    pub(super) fn form(&self, assertion: &Bearer) -> Bytes {
        let AssertionForm { before, after } = &self.form;
        Bytes::from([before, assertion.reveal(), after.as_str()].concat())
    }

    pub(super) fn note(&self, is_granted: bool, spent: Nanos) {
        let tally = &self.tally;
        tally.requests.fetch_add(1, Relaxed);
        tally.failed.fetch_add(u64::from(!is_granted), Relaxed);
        tally.spent_ns.fetch_add(spent.0, Relaxed);
        tally.longest_ns.fetch_max(spent.0, Relaxed);
    }
}
