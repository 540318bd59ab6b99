//! Where the newest summary hangs.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::summary::Summary;

/// The newest summary of a run, put up by its collector and read by whoever looks.
#[derive(Debug, Default)]
pub struct Board {
    shown: Mutex<Shown>,
    seen: Condvar,
}

#[derive(Debug, Default)]
struct Shown {
    summary: Option<Arc<Summary>>,
    is_last: bool,
    /// Whether anybody has looked at the page.
    is_watched: bool,
    /// Whether somebody has seen the last one.
    last_is_seen: bool,
}

impl Board {
    /// Puts up a summary.
    pub fn show(&self, summary: Arc<Summary>) {
        self.lock().summary = Some(summary);
    }

    /// Puts up the last summary, and waits, so long at most, until who has watched the page has
    /// seen it.
    pub fn conclude(&self, summary: Summary, patience: Duration) {
        let mut shown = self.lock();
        shown.summary = Some(Arc::new(summary));
        shown.is_last = true;
        if shown.is_watched {
            let waiting = self
                .seen
                .wait_timeout_while(shown, patience, |shown| !shown.last_is_seen);
            drop(waiting.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What is up, and whether it is the last.
    pub(super) fn read(&self) -> (Option<Arc<Summary>>, bool) {
        let shown = self.lock();
        (shown.summary.clone(), shown.is_last)
    }

    /// Notes that somebody looks at the page.
    pub(super) fn is_watched(&self) {
        self.lock().is_watched = true;
    }

    /// Notes that the last page has been sent, to its last byte.
    pub(super) fn last_is_seen(&self) {
        self.lock().last_is_seen = true;
        self.seen.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
