//! One token for all callouts of a second.
//!
//! RSASSA-PKCS1-v1_5 is deterministic, so without a `jti` the tokens of one second are the same to
//! the byte, and signing each of them again only costs CPU time.

use std::sync::Arc;

use tokio::sync::{Mutex, oneshot};

use super::{IssuedToken, Token};
use crate::clock::Clock;
use crate::token::{Ask, Minted, Pool, TokenError};
use crate::units::{Counter, Nanos, count, index};

/// The tokens of the second: one for each user, shared by all workers of a load.
#[derive(Debug)]
pub struct Seconds {
    slots: Vec<Mutex<UserToken>>,
    turn: Counter,
    pool: Arc<Pool>,
    /// Whether the token of the next second is signed in this one.
    is_ahead: bool,
}

#[derive(Debug, Default)]
struct UserToken {
    current: Option<Minted>,
    /// The second of the token on its way.
    coming: Option<(u64, oneshot::Receiver<Minted>)>,
}

impl Seconds {
    /// Tokens for each user of the pool; with `is_ahead` only the first iteration waits for a
    /// signature.
    pub fn new(pool: Arc<Pool>, is_ahead: bool) -> Self {
        Self {
            slots: (0..pool.users()).map(|_| Mutex::default()).collect(),
            turn: Counter::default(),
            pool,
            is_ahead,
        }
    }

    pub(super) const fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(super) async fn take(&self, clock: &Clock) -> Result<IssuedToken, TokenError> {
        let turn = self.turn.count();
        let user = turn % count(self.slots.len()).max(1);
        let slot = self.slots.get(index(user)).ok_or(TokenError::Stopped)?;
        let asked = clock.now();
        let (mut slot, has_waited) = match slot.try_lock() {
            Ok(slot) => (slot, false),
            Err(_) => (slot.lock().await, true),
        };
        let second = clock.unix_seconds(clock.now());
        if let Some(current) = slot.current.as_ref().filter(|one| one.issued_at == second) {
            let waited = if has_waited {
                clock.now() - asked
            } else {
                Nanos::ZERO
            };
            return Ok(IssuedToken {
                waited,
                ..IssuedToken::ready(Token::from(current.clone()).paid())
            });
        }
        let coming = slot.coming.take().filter(|(of, _)| *of == second);
        let (issued, minted) = match coming {
            Some((_, coming)) => came(coming, asked, clock).await?,
            None => self.sign(second, user, asked, clock).await?,
        };
        slot.current = Some(minted);
        if self.is_ahead {
            slot.coming = Some((second + 1, self.ask(second + 1, user)?));
        }
        Ok(issued)
    }

    fn ask(&self, second: u64, user: u64) -> Result<oneshot::Receiver<Minted>, TokenError> {
        let iat = Some(second);
        self.pool.ask_for(Ask { iat, user })
    }

    /// Has a token of this second signed while the iteration waits.
    async fn sign(
        &self,
        second: u64,
        user: u64,
        asked: Nanos,
        clock: &Clock,
    ) -> Result<(IssuedToken, Minted), TokenError> {
        let minted = self.ask(second, user)?.await;
        let minted = minted.map_err(|_| TokenError::Signature)?;
        let waited = clock.now() - asked - minted.wall;
        Ok((IssuedToken::signed(minted.clone(), waited), minted))
    }
}

/// Takes what was asked for a second ago.
async fn came(
    mut coming: oneshot::Receiver<Minted>,
    asked: Nanos,
    clock: &Clock,
) -> Result<(IssuedToken, Minted), TokenError> {
    if let Ok(minted) = coming.try_recv() {
        return Ok((IssuedToken::ready(minted.clone()), minted));
    }
    let minted = coming.await.map_err(|_| TokenError::Signature)?;
    let issued = IssuedToken::late(minted.clone(), clock.now() - asked);
    Ok((issued, minted))
}
