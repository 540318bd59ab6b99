//! The one way to end a run before its time.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

/// A flag that is raised once, and that any number of tasks on any runtime wait for.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<Instant>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Raises the flag.
    pub fn raise(&self) {
        self.0.send_if_modified(|raised| {
            let is_first = raised.is_none();
            raised.get_or_insert_with(Instant::now);
            is_first
        });
    }

    /// Whether the flag is raised.
    pub fn is_raised(&self) -> bool {
        self.raised_at().is_some()
    }

    /// When the flag was raised.
    pub fn raised_at(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// Waits until the flag is raised.
    pub async fn raised(&self) {
        // The sender lives as long as we do, so waiting cannot fail.
        drop(self.0.subscribe().wait_for(Option::is_some).await);
    }
}
