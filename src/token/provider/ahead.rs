//! Tokens that were signed ahead, one for each known due instant.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::{Mutex, mpsc};

use super::IssuedToken;
use crate::clock::Clock;
use crate::token::{Minted, TokenError};

/// One worker's tokens from each signer, taken in turn.
#[derive(Debug)]
pub struct AheadTokens {
    signers: Vec<mpsc::Receiver<Minted>>,
    next: usize,
}

impl AheadTokens {
    pub(super) const fn new(signers: Vec<mpsc::Receiver<Minted>>) -> Self {
        Self { signers, next: 0 }
    }

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

/// Takes the next token; those of dropped arrivals, which are `owed`, are thrown away.
pub(super) async fn take(
    tokens: &Mutex<AheadTokens>,
    owed: &AtomicU64,
    clock: &Clock,
) -> Result<IssuedToken, TokenError> {
    let skip = || {
        owed.fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1))
            .is_ok()
    };
    if let Ok(mut tokens) = tokens.try_lock() {
        while let Some(minted) = tokens.try_take() {
            if !skip() {
                return Ok(IssuedToken::ready(minted));
            }
        }
    }
    let asked = clock.now();
    let mut tokens = tokens.lock().await;
    loop {
        let minted = tokens.take().await.ok_or(TokenError::Stopped)?;
        if !skip() {
            return Ok(IssuedToken::late(minted, clock.now() - asked));
        }
    }
}
