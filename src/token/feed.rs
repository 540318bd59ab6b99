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
    /// Wall time of the signing.
    pub sign: Nanos,
    /// CPU time of the signing.
    pub sign_cpu: Nanos,
}

impl From<Minted> for Token {
    fn from(minted: Minted) -> Self {
        Self {
            bearer: minted.bearer,
            sign: minted.wall,
            sign_cpu: minted.cpu,
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
            Self::Prefetch {
                pool, max_age_s, ..
            } => Self::Prefetch {
                next: None,
                pool: Arc::clone(pool),
                max_age_s: *max_age_s,
            },
        }
    }

    /// Takes the token of the next iteration.
    pub async fn next(&mut self, clock: &Clock) -> Result<Taken, TokenError> {
        match self {
            Self::None => Ok(Taken {
                token: None,
                waited: Nanos::ZERO,
                in_path: false,
                starved: false,
            }),
            Self::Jit(pool) => sign_now(pool, clock).await,
            Self::Ahead { tokens, owed, .. } => take_ahead(tokens, owed, clock).await,
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
        }
    }

    /// Lets the token of a dropped arrival go, so that later ones keep their own.
    pub fn skip(&self) {
        if let Self::Ahead { owed, .. } = self {
            owed.fetch_add(1, Relaxed);
        }
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
