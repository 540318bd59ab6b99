//! The one way to end a run before its time.

use std::sync::Arc;

use tokio::sync::watch;

/// A flag that is raised once, and that any number of tasks on any runtime wait for.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Raises the flag.
    pub fn raise(&self) {
        self.0.send_replace(true);
    }

    /// Whether the flag is raised.
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the flag is raised.
    pub async fn raised(&self) {
        // The sender lives as long as we do, so waiting cannot fail.
        drop(self.0.subscribe().wait_for(|raised| *raised).await);
    }
}
