//! The slots of one worker, which limit how many callouts are open at once.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::DueIteration;
use crate::plan::Overflow;
use crate::units::Nanos;

/// Arrivals that may wait for a slot. A target that far behind has been measured; what
/// comes after is dropped and counted.
const QUEUE_MAX: usize = 100_000;

/// Hands iterations to slots. The newest idle slot goes first, so that a light load uses few
/// connections.
#[derive(Debug)]
pub(super) struct Slots {
    state: Mutex<State>,
    wake: Notify,
    limit: usize,
    overflow: Overflow,
}

#[derive(Debug, Default)]
struct State {
    iterations: VecDeque<DueIteration>,
    idle: usize,
    open: usize,
    is_closed: bool,
}

/// An open slot. However it ends, also by a panic in what it does, there is room for another.
pub(super) struct Slot(pub(super) Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.open = state.open.saturating_sub(1);
    }
}

/// What became of an iteration that is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Offer {
    /// An idle slot takes it.
    Taken,
    /// It needs a new slot.
    NeedsSlot,
    /// It waits.
    Queued,
    /// It was let go.
    Dropped,
}

impl Slots {
    pub(super) fn new(limit: usize, overflow: Overflow) -> Self {
        Self {
            state: Mutex::default(),
            wake: Notify::new(),
            limit,
            overflow,
        }
    }

    /// Offers an iteration; with [`Offer::NeedsSlot`] the caller must open a slot for it.
    pub(super) fn offer(&self, iteration: DueIteration, now: impl FnOnce() -> Nanos) -> Offer {
        let mut state = self.state.lock();
        if state.idle > 0 {
            state.idle -= 1;
            state.iterations.push_back(iteration);
            drop(state);
            self.wake.notify_last();
            return Offer::Taken;
        }
        if state.open < self.limit {
            state.open += 1;
            return Offer::NeedsSlot;
        }
        if self.overflow == Overflow::Queue && state.iterations.len() < QUEUE_MAX {
            state.iterations.push_back(DueIteration {
                queued: Some(now()),
                ..iteration
            });
            return Offer::Queued;
        }
        Offer::Dropped
    }

    /// The next iteration of a slot that is done with its last; `None` when no more will come.
    pub(super) async fn next(&self) -> Option<DueIteration> {
        loop {
            let mut woken = pin!(self.wake.notified());
            // In line before we say that we are idle, so that no call is missed.
            woken.as_mut().enable();
            {
                let mut state = self.state.lock();
                if let Some(iteration) = state.iterations.pop_front() {
                    return Some(iteration);
                }
                if state.is_closed {
                    return None;
                }
                state.idle += 1;
            }
            woken.await;
        }
    }

    /// No more iterations will come; those that wait are still taken.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.wake.notify_waiters();
    }

    /// No more iterations will come, and those that wait are let go.
    pub(super) fn abandon(&self) {
        self.state.lock().iterations.clear();
        self.close();
    }
}
