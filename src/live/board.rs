//! The newest summary of a run, shared by its collector and the pages that show it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::summary::Summary;

/// The newest summary of a run: its collector writes it, pages read it.
#[derive(Debug, Default)]
pub struct Board {
    shown: Mutex<BoardState>,
    seen: Condvar,
}

#[derive(Debug, Default)]
struct BoardState {
    summary: Option<Arc<Summary>>,
    is_last: bool,
    /// Whether a page has been asked for.
    is_watched: bool,
    /// Whether the last summary has been sent.
    last_is_seen: bool,
}

impl Board {
    /// Shows a summary.
    pub fn show(&self, summary: Arc<Summary>) {
        self.shown.lock().summary = Some(summary);
    }

    /// Shows the last summary. If a page has been asked for, waits until the summary has been
    /// sent, for `patience` at most.
    pub fn conclude(&self, summary: Summary, patience: Duration) {
        let mut shown = self.shown.lock();
        shown.summary = Some(Arc::new(summary));
        shown.is_last = true;
        if shown.is_watched {
            let not_yet = |shown: &mut BoardState| !shown.last_is_seen;
            self.seen.wait_while_for(&mut shown, not_yet, patience);
        }
    }

    /// The newest summary; `None` before the first.
    pub fn newest(&self) -> Option<Arc<Summary>> {
        self.read().0
    }

    /// The newest summary, and whether it is the last.
    pub(super) fn read(&self) -> (Option<Arc<Summary>>, bool) {
        let shown = self.shown.lock();
        (shown.summary.clone(), shown.is_last)
    }

    /// Notes that a page has been asked for.
    pub(super) fn note_watched(&self) {
        self.shown.lock().is_watched = true;
    }

    /// Notes that the last page has been sent, to its last byte.
    pub(super) fn note_last_sent(&self) {
        self.shown.lock().last_is_seen = true;
        self.seen.notify_all();
    }
}
