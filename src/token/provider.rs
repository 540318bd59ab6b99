//! Where an iteration gets its token from, in each signing mode and mint policy.

mod ahead;
mod issued;
mod prefetched;
mod reused;
mod seconds;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Ask, Minted, Pool, TokenError};
use crate::clock::Clock;
use crate::units::Nanos;

pub use ahead::AheadTokens;
pub use issued::{Cost, IssuedToken, Token};
pub use reused::Reused;
pub use seconds::Seconds;

/// How often a token that is over once it is signed is signed again for one callout.
const FRESH_TRIES: usize = 5;

/// A source of tokens for one caller.
#[derive(Debug)]
pub enum TokenProvider {
    /// No token is sent.
    None,
    /// A token is signed while the iteration waits.
    Jit(Arc<Pool>),
    /// Tokens were signed ahead for known due instants; one provider for each I/O worker.
    Ahead {
        /// The worker's tokens, in due order.
        tokens: Arc<Mutex<AheadTokens>>,
        /// Tokens of dropped arrivals, still to be thrown away.
        owed: Arc<AtomicU64>,
        /// Where a fresh one is asked for after a 401.
        pool: Arc<Pool>,
    },
    /// One token is sent again and again, until the next takes its place.
    Reuse {
        /// The worker's tokens.
        shared: Arc<Mutex<Reused>>,
        /// Where the next is asked for.
        pool: Arc<Pool>,
    },
    /// One token is sent by all callouts of a second.
    PerSecond(Arc<Seconds>),
    /// One token is sent by all callouts of a transaction.
    PerTransaction {
        /// Where each transaction gets its token.
        each: Box<Self>,
        /// The token of the transaction under way.
        current: Option<Token>,
    },
    /// The next token is asked for as soon as the last one is taken: a closed model has
    /// no due instants to sign ahead for, but a user knows that it will call again.
    Prefetch {
        /// The token on its way.
        next: Option<oneshot::Receiver<Minted>>,
        /// Where tokens are asked for.
        pool: Arc<Pool>,
        /// The age past which a token that waited through a long pause is not used.
        max_age_s: u64,
    },
}

impl TokenProvider {
    /// A provider of tokens signed ahead: one receiver from each signer, in the order in
    /// which the signers share the arrivals.
    pub fn ahead(signers: Vec<mpsc::Receiver<Minted>>, pool: Arc<Pool>) -> Self {
        Self::Ahead {
            tokens: Arc::new(Mutex::new(AheadTokens::new(signers))),
            owed: Arc::default(),
            pool,
        }
    }

    /// A provider of one token that is sent until `renew_before` its `exp`.
    pub fn reuse(first: Minted, renew_before: Nanos, pool: Arc<Pool>) -> Self {
        let reused = Reused::new(first, renew_before, pool.users());
        Self::Reuse {
            shared: Arc::new(Mutex::new(reused)),
            pool,
        }
    }

    /// The same provider, asked once for all callouts of a transaction.
    #[must_use]
    pub fn per_transaction(self) -> Self {
        Self::PerTransaction {
            each: Box::new(self),
            current: None,
        }
    }

    /// Another caller's view of the same provider.
    #[must_use]
    pub fn share(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Jit(pool) => Self::Jit(Arc::clone(pool)),
            Self::Ahead { tokens, owed, pool } => Self::Ahead {
                tokens: Arc::clone(tokens),
                owed: Arc::clone(owed),
                pool: Arc::clone(pool),
            },
            Self::Reuse { shared, pool } => Self::Reuse {
                shared: Arc::clone(shared),
                pool: Arc::clone(pool),
            },
            Self::PerSecond(seconds) => Self::PerSecond(Arc::clone(seconds)),
            Self::PerTransaction { each, .. } => each.share().per_transaction(),
            Self::Prefetch {
                pool, max_age_s, ..
            } => Self::Prefetch {
                next: None,
                pool: Arc::clone(pool),
                max_age_s: *max_age_s,
            },
        }
    }

    /// Takes the token of the next iteration; one that has expired in the meantime, in a
    /// queue for a slot for example, is not sent but signed again while the iteration waits.
    pub async fn next(&mut self, clock: &Clock) -> Result<IssuedToken, TokenError> {
        let is_over = |token: &Token| token.expires_at <= clock.unix_seconds(clock.now());
        if let Self::PerTransaction { each, current } = self {
            if let Some(token) = current.as_ref().filter(|token| !is_over(token)) {
                return Ok(IssuedToken::ready(token.clone().paid()));
            }
            let issued = each.take(clock).await?;
            current.clone_from(&issued.token);
            return Ok(issued);
        }
        let issued = self.take(clock).await?;
        let Some(expired) = issued.token.as_ref().filter(|token| is_over(token)) else {
            return Ok(issued);
        };
        let user = expired.user;
        // A token that was ready in time, unless its lifetime is so short that within its second no
        // other would be valid longer.
        let is_short = expired.expires_at <= expired.issued_at + 1;
        let is_renewed = matches!(self, Self::Reuse { .. }) && !is_short;
        let expired = !issued.starved && !is_renewed;
        let asked = clock.now();
        let mut fresh = self.fresh(user, clock).await?;
        // `iat` is a whole second, so a token that is valid for one may be over as soon
        // as it is signed.
        for _ in 1..FRESH_TRIES {
            if !fresh.token.as_ref().is_some_and(is_over) {
                break;
            }
            fresh = self.fresh(user, clock).await?;
        }
        let cost = fresh.token.as_ref().and_then(|token| token.cost);
        let signing = cost.map_or(Nanos::ZERO, |cost| cost.sign);
        Ok(IssuedToken {
            waited: issued.waited + (clock.now() - asked - signing),
            starved: true,
            expired,
            ..fresh
        })
    }

    async fn take(&mut self, clock: &Clock) -> Result<IssuedToken, TokenError> {
        match self {
            // Transactions do not nest.
            Self::None | Self::PerTransaction { .. } => Ok(IssuedToken::nothing()),
            Self::Jit(pool) => sign_now(pool.next_user(), pool, clock).await,
            Self::Ahead { tokens, owed, .. } => ahead::take(tokens, owed, clock).await,
            Self::PerSecond(seconds) => seconds.take(clock).await,
            Self::Reuse { shared, pool } => {
                let now = clock.unix(clock.now());
                let (user, token) = shared.lock().await.token(now, pool)?;
                if let Some(token) = token {
                    return Ok(IssuedToken::ready(token));
                }
                let (issued, minted) = sign(user, pool, clock).await?;
                shared.lock().await.put(user, minted);
                Ok(issued)
            }
            Self::Prefetch {
                next,
                pool,
                max_age_s,
            } => {
                let ready = match next.take() {
                    Some(coming) => prefetched::take(coming, *max_age_s, clock).await,
                    None => None,
                };
                let issued = match ready {
                    Some(issued) => issued,
                    None => sign_now(pool.next_user(), pool, clock).await?,
                };
                *next = Some(pool.ask_for(Ask::of_user(pool.next_user()))?);
                Ok(issued)
            }
        }
    }

    /// Takes a token minted now for this user, whatever the mode; after a 401 a ready one
    /// would not do.
    pub async fn fresh(&mut self, user: u64, clock: &Clock) -> Result<IssuedToken, TokenError> {
        match self {
            Self::None => Err(TokenError::Stopped),
            Self::Jit(pool) | Self::Ahead { pool, .. } | Self::Prefetch { pool, .. } => {
                sign_now(user, pool, clock).await
            }
            Self::PerSecond(seconds) => sign_now(user, seconds.pool(), clock).await,
            Self::PerTransaction { each, current } => {
                let issued = Box::pin(each.fresh(user, clock)).await?;
                current.clone_from(&issued.token);
                Ok(issued)
            }
            Self::Reuse { shared, pool } => {
                let issued = sign_now(user, pool, clock).await?;
                // The token in use was refused, or has expired.
                shared.lock().await.renew(user, pool)?;
                Ok(issued)
            }
        }
    }

    /// Ends the transaction, and what was minted for it.
    pub fn end_transaction(&mut self) {
        if let Self::PerTransaction { current, .. } = self {
            *current = None;
        }
    }

    /// Lets the token of a dropped arrival go, so that later ones keep their own.
    pub fn skip(&self) {
        if let Self::Ahead { owed, .. } = self {
            owed.fetch_add(1, Relaxed);
        }
    }
}

async fn sign_now(user: u64, pool: &Pool, clock: &Clock) -> Result<IssuedToken, TokenError> {
    sign(user, pool, clock).await.map(|(issued, _)| issued)
}

/// Has a token signed while the iteration waits.
async fn sign(user: u64, pool: &Pool, clock: &Clock) -> Result<(IssuedToken, Minted), TokenError> {
    let asked = clock.now();
    let coming = pool.ask_for(Ask::of_user(user))?;
    let minted = coming.await.map_err(|_| TokenError::Signature)?;
    let waited = clock.now() - asked - minted.wall;
    Ok((IssuedToken::signed(minted.clone(), waited), minted))
}
