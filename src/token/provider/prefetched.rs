//! A token that was asked for when the last one was taken.

use tokio::sync::oneshot;

use super::IssuedToken;
use crate::clock::Clock;
use crate::token::Minted;

/// The prefetched token, or `None` when it failed or has grown too old in a long pause.
pub(super) async fn take(
    mut coming: oneshot::Receiver<Minted>,
    max_age_s: u64,
    clock: &Clock,
) -> Option<IssuedToken> {
    let issued = match coming.try_recv() {
        Ok(minted) => IssuedToken::ready(minted),
        Err(oneshot::error::TryRecvError::Empty) => {
            let asked = clock.now();
            let minted = coming.await.ok()?;
            IssuedToken::late(minted, clock.now() - asked)
        }
        Err(oneshot::error::TryRecvError::Closed) => return None,
    };
    let issued_at = issued.token.as_ref()?.issued_at;
    let age = clock.unix_seconds(clock.now()).saturating_sub(issued_at);
    (age <= max_age_s).then_some(issued)
}
