//! JWT Token Exchange: a signed JWT buys an access token, which many callouts then send.
//!
//! An org keeps one access token for each principal. Whoever finds none, or is refused with the
//! one it has, gets the next; meanwhile the others wait for that one flight and not each for its
//! own. What it costs is on the callout that waited, in the phase `exchange`.

mod answer;
mod desk;

pub use desk::{AccessTokens, ExchangeTally};

use std::sync::Arc;

use crate::client::{Callout, Transport, Twist};
use crate::clock::Clock;
use crate::token::{Feed, Taken, Token, TokenError};
use crate::units::Nanos;
use answer::Granted;
use desk::Held;

/// Bytes of the token endpoint's answer that are read.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long before its end an access token is renewed, where that is asked for: 30 s, and no
/// more than a tenth of its life.
const MARGIN: Nanos = Nanos::from_secs(30);

/// One caller's access to its org's access tokens.
#[derive(Debug)]
pub struct Exchange<T> {
    /// What all callers of the org share.
    pub tokens: Arc<AccessTokens>,
    /// How the token endpoint is reached.
    pub transport: T,
    /// Whose token was last taken, and which one it was.
    pub last: (u64, u64),
}

/// Why there is no token to send.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// None could be signed.
    #[error(transparent)]
    Unsigned(#[from] TokenError),
    /// None could be had for it; the words are those of Salesforce's own exception.
    #[error("Unable to complete the JWT token exchange: {0}")]
    Refused(String),
}

/// A token, and how long its exchange was waited for.
pub(super) type Exchanged = (Taken, Option<Nanos>);

impl<T: Transport> Exchange<T> {
    /// The access token of the user whose turn it is.
    pub(super) async fn next(
        &mut self,
        feed: &mut Feed,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let user = self.tokens.next_user();
        self.take(user, None, feed, clock).await
    }

    /// The access token after the one last taken, which the API has refused.
    pub(super) async fn fresh(
        &mut self,
        feed: &mut Feed,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let (user, refused) = self.last;
        self.take(user, Some(refused), feed, clock).await
    }

    async fn take(
        &mut self,
        user: u64,
        refused: Option<u64>,
        feed: &mut Feed,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let tokens = Arc::clone(&self.tokens);
        let slot = tokens.slot(user);
        let asked = clock.now();
        let flights = slot.flights();
        let (mut held, has_waited) = match slot.held.try_lock() {
            Ok(held) => (held, false),
            Err(_) => (slot.held.lock().await, true),
        };
        let now = clock.unix(clock.now());
        let usable = held
            .token
            .as_ref()
            .filter(|_| refused.is_none_or(|refused| held.number > refused))
            .filter(|token| tokens.is_usable(token, now));
        if let Some(token) = usable {
            self.last = (user, held.number);
            let waited = has_waited.then(|| clock.now() - asked);
            return Ok((Taken::ready(token.clone().paid()), waited));
        }
        // What failed while we waited for it has failed for us too.
        if has_waited
            && slot.flights() != flights
            && let Some(why) = &held.failure
        {
            return Err(NoToken::Refused(why.clone()));
        }
        let flown = self.fly(user, &mut held, feed, clock).await;
        slot.landed();
        self.last = (user, held.number);
        let (mut taken, signing) = flown?;
        let spent = clock.now() - asked - signing;
        taken.in_path = true;
        Ok((taken, Some(spent)))
    }

    /// Signs a JWT and posts it to the token endpoint; tells how long the signing took.
    async fn fly(
        &mut self,
        user: u64,
        held: &mut Held,
        feed: &mut Feed,
        clock: &Clock,
    ) -> Result<(Taken, Nanos), NoToken> {
        let mut taken = feed.fresh(user, clock).await?;
        let Some(assertion) = taken.token.take() else {
            return Err(NoToken::Unsigned(TokenError::Stopped));
        };
        let signing = taken.waited + assertion.cost.map_or(Nanos::ZERO, |cost| cost.sign);
        let callout = Callout {
            bearer: None,
            body: self.tokens.form(&assertion.bearer),
            limit: None,
            twist: Twist::None,
        };
        let sent = clock.now();
        let attempt = self.transport.post(&callout).await;
        let granted = answer::read(&attempt);
        self.tokens.note(granted.is_ok(), clock.now() - sent);
        match granted {
            Ok(Granted { bearer, expires_in }) => {
                let issued_at = clock.unix_seconds(clock.now());
                let token = Token {
                    bearer,
                    cost: assertion.cost,
                    issued_at,
                    expires_at: expires_in.map_or(u64::MAX, |span| issued_at + span),
                    user,
                };
                held.token = Some(token.clone());
                held.number += 1;
                held.failure = None;
                taken.token = Some(token);
                Ok((taken, signing))
            }
            Err(why) => {
                held.token = None;
                held.failure = Some(why.clone());
                Err(NoToken::Refused(why))
            }
        }
    }
}
