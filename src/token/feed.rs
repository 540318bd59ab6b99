//! Where an iteration gets its token from, in each signing mode.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Minted, Pool, TokenError};
use crate::clock::Clock;
use crate::secret::Bearer;
use crate::units::Nanos;

/// A source of tokens for one caller.
#[derive(Debug)]
pub enum Feed {
    /// No token is sent.
    None,
    /// A token is signed while the iteration waits.
    Jit(Arc<Pool>),
    /// Tokens were signed ahead for known due instants; one feed for each I/O worker.
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
        /// The worker's token.
        shared: Arc<Mutex<Reused>>,
        /// Where the next is asked for.
        pool: Arc<Pool>,
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

/// One worker's tokens from each signer, taken in turn.
#[derive(Debug)]
pub struct AheadTokens {
    signers: Vec<mpsc::Receiver<Minted>>,
    next: usize,
}

/// A token and how it was come by.
#[derive(Debug)]
pub struct Taken {
    /// The token, or none in the control.
    pub token: Option<Token>,
    /// The wait beyond the signing itself.
    pub waited: Nanos,
    /// Whether the signing was waited for, and so is part of the latency.
    pub in_path: bool,
    /// Whether a token that should have been ready was not.
    pub starved: bool,
}

/// A token and what its signature cost.
#[derive(Debug)]
pub struct Token {
    /// What is sent.
    pub bearer: Bearer,
    /// What its signature cost; absent where an earlier iteration has paid for it.
    pub cost: Option<Cost>,
    /// `iat`, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: u64,
}

/// What a signature cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Wall time of the signing.
    pub sign: Nanos,
    /// CPU time of the signing.
    pub sign_cpu: Nanos,
}

impl From<Minted> for Token {
    fn from(minted: Minted) -> Self {
        Self {
            bearer: minted.bearer,
            cost: Some(Cost {
                sign: minted.wall,
                sign_cpu: minted.cpu,
            }),
            issued_at: minted.issued_at,
            expires_at: minted.expires_at,
        }
    }
}

impl Feed {
    /// A feed of tokens signed ahead: one receiver from each signer, in the order in
    /// which the signers share the arrivals.
    pub fn ahead(signers: Vec<mpsc::Receiver<Minted>>, pool: Arc<Pool>) -> Self {
        Self::Ahead {
            tokens: Arc::new(Mutex::new(AheadTokens { signers, next: 0 })),
            owed: Arc::default(),
            pool,
        }
    }

    /// A feed of one token that is sent until `renew_before` its `exp`.
    pub fn reuse(first: Minted, renew_before: Nanos, pool: Arc<Pool>) -> Self {
        Self::Reuse {
            shared: Arc::new(Mutex::new(Reused::new(first, renew_before))),
            pool,
        }
    }

    /// Another caller's view of the same feed.
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
    pub async fn next(&mut self, clock: &Clock) -> Result<Taken, TokenError> {
        let taken = self.take(clock).await?;
        match &taken.token {
            Some(token) if token.expires_at <= clock.unix_seconds(clock.now()) => {
                let fresh = self.fresh(clock).await?;
                Ok(Taken {
                    waited: fresh.waited + taken.waited,
                    starved: true,
                    ..fresh
                })
            }
            _ => Ok(taken),
        }
    }

    async fn take(&mut self, clock: &Clock) -> Result<Taken, TokenError> {
        match self {
            Self::None => Ok(Taken {
                token: None,
                waited: Nanos::ZERO,
                in_path: false,
                starved: false,
            }),
            Self::Jit(pool) => sign_now(pool, clock).await,
            Self::Ahead { tokens, owed, .. } => take_ahead(tokens, owed, clock).await,
            Self::Reuse { shared, pool } => {
                let now = clock.unix(clock.now());
                Ok(Taken {
                    token: Some(shared.lock().await.token(now, pool)?),
                    waited: Nanos::ZERO,
                    in_path: false,
                    starved: false,
                })
            }
            Self::Prefetch {
                next,
                pool,
                max_age_s,
            } => {
                let ready = match next.take() {
                    Some(coming) => take_prefetched(coming, *max_age_s, clock).await,
                    None => None,
                };
                let taken = match ready {
                    Some(taken) => taken,
                    None => sign_now(pool, clock).await?,
                };
                *next = Some(pool.ask()?);
                Ok(taken)
            }
        }
    }

    /// Takes a token minted now, whatever the mode; after a 401 a ready one would not do.
    pub async fn fresh(&self, clock: &Clock) -> Result<Taken, TokenError> {
        match self {
            Self::None => Err(TokenError::Stopped),
            Self::Jit(pool) | Self::Ahead { pool, .. } | Self::Prefetch { pool, .. } => {
                sign_now(pool, clock).await
            }
            Self::Reuse { shared, pool } => {
                let taken = sign_now(pool, clock).await?;
                // The one in use is not believed, or its time is over.
                shared.lock().await.renew(pool)?;
                Ok(taken)
            }
        }
    }

    /// Lets the token of a dropped arrival go, so that later ones keep their own.
    pub fn skip(&self) {
        if let Self::Ahead { owed, .. } = self {
            owed.fetch_add(1, Relaxed);
        }
    }
}

/// The token that one worker sends again and again.
#[derive(Debug)]
pub struct Reused {
    current: Minted,
    /// Whether an iteration has paid for it.
    is_paid: bool,
    coming: Option<oneshot::Receiver<Minted>>,
    renew_before: Nanos,
}

impl Reused {
    const fn new(first: Minted, renew_before: Nanos) -> Self {
        Self {
            current: first,
            is_paid: false,
            coming: None,
            renew_before,
        }
    }

    /// The token at `now`, since the Unix epoch; asks for the next in time, so
    /// that nobody waits for it.
    fn token(&mut self, now: Nanos, pool: &Pool) -> Result<Token, TokenError> {
        if let Some(coming) = &mut self.coming {
            match coming.try_recv() {
                Ok(next) => {
                    self.current = next;
                    self.is_paid = false;
                    self.coming = None;
                }
                Err(oneshot::error::TryRecvError::Closed) => self.coming = None,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
        }
        let is_due = now + self.renew_before >= Nanos::from_secs(self.current.expires_at);
        // Within the same second the next one would be valid no longer than this one.
        if is_due && now.as_secs() > self.current.issued_at {
            self.renew(pool)?;
        }
        let is_paid = std::mem::replace(&mut self.is_paid, true);
        let token = Token::from(self.current.clone());
        Ok(Token {
            cost: token.cost.filter(|_| !is_paid),
            ..token
        })
    }
}

impl Reused {
    /// Asks for the next token, unless it is on its way.
    fn renew(&mut self, pool: &Pool) -> Result<(), TokenError> {
        if self.coming.is_none() {
            self.coming = Some(pool.ask()?);
        }
        Ok(())
    }
}

impl AheadTokens {
    async fn take(&mut self) -> Option<Minted> {
        let signer = self.next;
        self.next = (signer + 1) % self.signers.len().max(1);
        self.signers.get_mut(signer)?.recv().await
    }

    fn try_take(&mut self) -> Option<Minted> {
        let minted = self.signers.get_mut(self.next)?.try_recv().ok()?;
        self.next = (self.next + 1) % self.signers.len();
        Some(minted)
    }
}

async fn sign_now(pool: &Pool, clock: &Clock) -> Result<Taken, TokenError> {
    let asked = clock.now();
    let minted = pool.ask()?.await.map_err(|_| TokenError::Signature)?;
    Ok(Taken {
        waited: clock.now() - asked - minted.wall,
        token: Some(minted.into()),
        in_path: true,
        starved: false,
    })
}

async fn take_ahead(
    tokens: &Mutex<AheadTokens>,
    owed: &AtomicU64,
    clock: &Clock,
) -> Result<Taken, TokenError> {
    let skip = || {
        owed.fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1))
            .is_ok()
    };
    let taken = |minted: Minted, waited, starved| Taken {
        token: Some(minted.into()),
        waited,
        in_path: false,
        starved,
    };
    if let Ok(mut tokens) = tokens.try_lock() {
        while let Some(minted) = tokens.try_take() {
            if !skip() {
                return Ok(taken(minted, Nanos::ZERO, false));
            }
        }
    }
    let asked = clock.now();
    let mut tokens = tokens.lock().await;
    loop {
        let minted = tokens.take().await.ok_or(TokenError::Stopped)?;
        if !skip() {
            return Ok(taken(minted, clock.now() - asked, true));
        }
    }
}

/// The prefetched token, or `None` when it failed or has grown too old in a long pause.
async fn take_prefetched(
    mut coming: oneshot::Receiver<Minted>,
    max_age_s: u64,
    clock: &Clock,
) -> Option<Taken> {
    let (minted, waited, starved) = match coming.try_recv() {
        Ok(minted) => (minted, Nanos::ZERO, false),
        Err(oneshot::error::TryRecvError::Empty) => {
            let asked = clock.now();
            let minted = coming.await.ok()?;
            (minted, clock.now() - asked, true)
        }
        Err(oneshot::error::TryRecvError::Closed) => return None,
    };
    let age = clock
        .unix_seconds(clock.now())
        .saturating_sub(minted.issued_at);
    (age <= max_age_s).then(|| Taken {
        token: Some(minted.into()),
        waited,
        in_path: false,
        starved,
    })
}
