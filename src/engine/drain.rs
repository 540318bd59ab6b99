//! The end of a worker: what is under way comes to its end, or is cut off.

use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::slots::Slots;
use super::{EngineError, Stop};
use crate::units::Nanos;

/// Waits for the callouts under way; after the stop is raised, not longer than the grace.
pub(super) async fn drain(
    slots: &Slots,
    mut tasks: JoinSet<()>,
    stop: &Stop,
    grace: Nanos,
) -> Result<(), EngineError> {
    slots.close();
    let mut panicked = false;
    let mut all = async || {
        while let Some(ended) = tasks.join_next().await {
            panicked |= ended.is_err();
        }
    };
    tokio::select! {
        () = all() => {}
        () = stop.raised() => {
            // A slot that was handed an arrival begins it first, so that it is counted.
            yield_now().await;
            slots.abandon();
            // What is still under way then is counted as interrupted.
            drop(timeout(grace.as_duration(), all()).await);
        }
    }
    if panicked {
        Err(EngineError::Panicked)
    } else {
        Ok(())
    }
}
