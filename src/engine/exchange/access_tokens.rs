//! The access tokens of one org: one for each principal, renewed by one caller at a time.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use parking_lot::Mutex;

use super::backoff::Backoff;
use super::{MARGIN, SKEW_SHARE};
use crate::plan::{AssertionForm, ExchangePlan, Renew};
use crate::secret::Bearer;
use crate::token::Token;
use crate::units::{Counter, Nanos, Seed, count, index};

/// The access tokens that all callers of an org share.
#[derive(Debug)]
pub struct AccessTokens {
    slots: Vec<PrincipalToken>,
    turn: Counter,
    form: AssertionForm,
    renew: Renew,
    /// What was asked of the token endpoint so far.
    pub tally: ExchangeTally,
}

/// What was asked of a token endpoint.
#[derive(Debug, Default)]
pub struct ExchangeTally {
    /// Requests made.
    pub requests: Counter,
    /// Of these, those that gave no access token.
    pub failed: Counter,
    spent_ns: Counter,
    longest_ns: AtomicU64,
}

impl ExchangeTally {
    /// How long all of them together took, from their sending on.
    pub fn spent(&self) -> Nanos {
        Nanos(self.spent_ns.get())
    }

    /// How long the longest took.
    pub fn longest(&self) -> Nanos {
        Nanos(self.longest_ns.load(Relaxed))
    }
}

/// The access token of one principal.
#[derive(Debug)]
pub(super) struct PrincipalToken {
    /// Held by the caller that waits for the token endpoint.
    pub(super) refresh: tokio::sync::Mutex<()>,
    pub(super) held: Mutex<Held>,
}

/// What is known of a principal's token; looked at for no longer than copying it takes.
#[derive(Debug)]
pub(super) struct Held {
    token: Option<Token>,
    /// From when on it is to be renewed, on the run's clock.
    renew_from: Nanos,
    /// Until when it may be sent, on the run's clock.
    good_until: Nanos,
    /// How many there have been.
    pub(super) number: u64,
    /// Exchanges that have ended.
    pub(super) refreshes: u64,
    /// Why the last exchange failed, if it did.
    pub(super) failure: Option<String>,
    backoff: Backoff,
}

impl PrincipalToken {
    fn new(seed: Seed, user: u64) -> Self {
        Self {
            refresh: tokio::sync::Mutex::default(),
            held: Mutex::new(Held {
                token: None,
                renew_from: Nanos::ZERO,
                good_until: Nanos::ZERO,
                number: 0,
                refreshes: 0,
                failure: None,
                backoff: Backoff::new(seed, user),
            }),
        }
    }
}

impl Held {
    /// The token, if it need not be renewed yet; after the one that was refused, if one was.
    pub(super) fn fresh(&self, refused: Option<u64>, now: Nanos) -> Option<&Token> {
        let token = self.good(refused, now);
        token.filter(|_| now < self.renew_from)
    }

    /// The token, if it may still be sent.
    pub(super) fn good(&self, refused: Option<u64>, now: Nanos) -> Option<&Token> {
        let is_new = refused.is_none_or(|refused| self.number > refused);
        let token = self.token.as_ref();
        token.filter(|_| is_new && now < self.good_until)
    }

    /// Why the token endpoint is not asked now, if it has failed and is left alone.
    pub(super) fn backing_off(&self, now: Nanos) -> Option<&String> {
        self.failure.as_ref().filter(|_| self.backoff.goes_on(now))
    }

    /// Stores the next token; `life` is how long it is valid, if that is known and matters.
    pub(super) fn granted(&mut self, token: Token, now: Nanos, life: Option<Nanos>) {
        let margin = life.map_or(Nanos::ZERO, |life| MARGIN.min(Nanos(life.0 / 10)));
        let end = now + life.unwrap_or(Nanos(u64::MAX));
        self.renew_from = end - margin;
        self.good_until = end - Nanos(margin.0 / SKEW_SHARE);
        self.token = Some(token);
        self.number += 1;
        self.refreshes += 1;
        self.failure = None;
        self.backoff.end();
    }

    /// Notes why the next token could not be had. The last one is kept, unless the API has refused
    /// it.
    pub(super) fn failed(&mut self, why: String, refused: Option<u64>, now: Nanos) {
        if refused.is_some_and(|refused| self.number <= refused) {
            self.token = None;
        }
        self.refreshes += 1;
        self.failure = Some(why);
        self.backoff.begin(now);
    }
}

impl AccessTokens {
    /// No tokens yet, for this many principals; the seed is for the backoffs after failures.
    pub fn new(plan: &ExchangePlan, users: usize, seed: Seed) -> Self {
        Self {
            slots: (0..count(users.max(1)))
                .map(|user| PrincipalToken::new(seed, user))
                .collect(),
            turn: Counter::default(),
            form: plan.form.clone(),
            renew: plan.renew,
            tally: ExchangeTally::default(),
        }
    }

    pub(super) fn next_user(&self) -> u64 {
        match self.slots.len() {
            1 => 0,
            users => self.turn.count() % count(users),
        }
    }

    pub(super) fn slot(&self, user: u64) -> &PrincipalToken {
        &self.slots[index(user) % self.slots.len()]
    }

    /// How long a token is valid, if that decides when it is renewed.
    pub(super) fn life(&self, expires_in: Option<u64>) -> Option<Nanos> {
        match self.renew {
            Renew::WhenRefused => None,
            Renew::BeforeExpiry => expires_in.map(Nanos::from_secs),
        }
    }

    /// The request for an access token; a compact JWS stands in a form as it is.
    pub(super) fn form(&self, assertion: &Bearer) -> Bytes {
        let AssertionForm { before, after } = &self.form;
        Bytes::from([before.reveal(), assertion.reveal(), after.reveal()].concat())
    }

    pub(super) fn note(&self, is_granted: bool, spent: Nanos) {
        let tally = &self.tally;
        tally.requests.count();
        tally.failed.add(u64::from(!is_granted));
        tally.spent_ns.add(spent.0);
        tally.longest_ns.fetch_max(spent.0, Relaxed);
    }
}
