//! Tokens that are sent again and again, until the next takes their place.

use tokio::sync::oneshot;

use super::Token;
use crate::token::{Ask, Minted, Pool, TokenError};
use crate::units::{Nanos, count};

/// The tokens that one worker sends again and again: one for each user.
#[derive(Debug)]
pub struct Reused {
    slots: Vec<UserToken>,
    next: usize,
    renew_before: Nanos,
}

/// The token of one user.
#[derive(Debug, Default)]
struct UserToken {
    current: Option<Minted>,
    /// Whether an iteration has paid for it.
    is_paid: bool,
    coming: Option<oneshot::Receiver<Minted>>,
}

impl Reused {
    pub(super) fn new(first: Minted, renew_before: Nanos, users: u64) -> Self {
        let mut slots: Vec<_> = (0..users.max(1)).map(|_| UserToken::default()).collect();
        if let Some(slot) = slots.first_mut() {
            slot.current = Some(first);
        }
        Self {
            slots,
            next: 0,
            renew_before,
        }
    }

    /// The next user's number, and its token at `now`, since the Unix epoch; `None` if it has had
    /// none yet. Requests the next token early enough that no iteration waits for it.
    pub(super) fn token(
        &mut self,
        now: Nanos,
        pool: &Pool,
    ) -> Result<(u64, Option<Token>), TokenError> {
        let user = self.next;
        self.next = (user + 1) % self.slots.len().max(1);
        let renew_before = self.renew_before;
        let Some(slot) = self.slots.get_mut(user) else {
            return Err(TokenError::Stopped);
        };
        let user = count(user);
        Ok((user, slot.token(now, renew_before, user, pool)?))
    }

    /// Takes up a user's first token.
    pub(super) fn put(&mut self, user: u64, minted: Minted) {
        if let Some(slot) = self.slots.get_mut(crate::units::index(user)) {
            slot.current = Some(minted);
            slot.is_paid = true;
        }
    }

    /// Asks for a user's next token, unless it is on its way.
    pub(super) fn renew(&mut self, user: u64, pool: &Pool) -> Result<(), TokenError> {
        match self.slots.get_mut(crate::units::index(user)) {
            Some(slot) => slot.renew(user, pool),
            None => Ok(()),
        }
    }
}

impl UserToken {
    fn token(
        &mut self,
        now: Nanos,
        renew_before: Nanos,
        user: u64,
        pool: &Pool,
    ) -> Result<Option<Token>, TokenError> {
        if let Some(coming) = &mut self.coming {
            match coming.try_recv() {
                Ok(next) => {
                    self.current = Some(next);
                    self.is_paid = false;
                    self.coming = None;
                }
                Err(oneshot::error::TryRecvError::Closed) => self.coming = None,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
        }
        let Some(current) = &self.current else {
            return Ok(None);
        };
        let token = Token::from(current.clone());
        let is_due = now + renew_before >= Nanos::from_secs(token.expires_at);
        // Within the same second, the next one would not be valid longer than this one.
        if is_due && now.as_secs() > token.issued_at {
            self.renew(user, pool)?;
        }
        let is_paid = std::mem::replace(&mut self.is_paid, true);
        Ok(Some(if is_paid { token.paid() } else { token }))
    }

    fn renew(&mut self, user: u64, pool: &Pool) -> Result<(), TokenError> {
        if self.coming.is_none() {
            self.coming = Some(pool.ask_for(Ask::of_user(user))?);
        }
        Ok(())
    }
}
