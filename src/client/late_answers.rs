//! Answers that come after the caller has given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::pool::Link;
use crate::units::Nanos;

/// Callouts that are listened for after their caller gave up. Past this a target is
/// silent altogether, and each one kept holds a connection open.
const LATE_WATCHED_MAX: usize = 256;

/// Counts answers that come after the caller has given up.
#[derive(Clone, Debug)]
pub struct LateAnswers {
    late: Arc<AtomicU64>,
    places: Arc<Semaphore>,
}

impl Default for LateAnswers {
    fn default() -> Self {
        Self {
            late: Arc::default(),
            places: Arc::new(Semaphore::new(LATE_WATCHED_MAX)),
        }
    }
}

impl LateAnswers {
    /// Late answers so far.
    pub fn count(&self) -> u64 {
        self.late.load(Relaxed)
    }

    /// Listens to a callout that was given up, for as long again as its caller waited.
    pub(super) fn listen(&self, link: Link, grace: Nanos) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return;
        };
        let late = Arc::clone(&self.late);
        tokio::spawn(async move {
            let mut link = link;
            if let Ok(Ok(_)) = timeout(grace.as_duration(), link.answer()).await {
                late.fetch_add(1, Relaxed);
            }
            drop(place);
        });
    }
}
