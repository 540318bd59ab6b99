//! Limits the open connections, so that they do not take file descriptors from the callouts of the
//! run.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// The most connections of a server: a browser opens six, and a scraper one.
pub(super) const CONNECTIONS_MAX: usize = 16;

/// The longest connection: long enough for a page of megabytes.
const LIFE_MAX: Duration = Duration::from_secs(30);

/// The most file descriptors of a server: for its connections, one that is being accepted, the listener
/// and its runtime.
pub const DESCRIPTORS: usize = CONNECTIONS_MAX + 8;

/// The connections of a server.
pub(super) struct Connections {
    room: Arc<Semaphore>,
    /// The open connections, the oldest first.
    open: VecDeque<AbortHandle>,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            open: VecDeque::with_capacity(CONNECTIONS_MAX),
        }
    }

    /// Serves one more connection. If there are too many, closes the oldest, so that idle connections do
    /// not block new ones.
    pub(super) async fn serve(&mut self, conversation: impl Future<Output = ()> + Send + 'static) {
        self.open.retain(|task| !task.is_finished());
        if self.room.available_permits() == 0
            && let Some(oldest) = self.open.pop_front()
        {
            oldest.abort();
        }
        let Ok(permit) = Arc::clone(&self.room).acquire_owned().await else {
            return;
        };
        let task = tokio::spawn(async move {
            drop(timeout(LIFE_MAX, conversation).await);
            drop(permit);
        });
        self.open.push_back(task.abort_handle());
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::time::Instant;

    use super::*;

    /// Counts how many are open.
    struct Open(Arc<AtomicUsize>);

    impl Drop for Open {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_more_and_the_newest_are_served() {
        let open = Arc::new(AtomicUsize::new(0));
        let mut connections = Connections::new();
        for _ in 0..10 * CONNECTIONS_MAX {
            open.fetch_add(1, Relaxed);
            let guest = Open(Arc::clone(&open));
            connections
                .serve(async move {
                    pending::<()>().await;
                    drop(guest);
                })
                .await;
            assert!(open.load(Relaxed) <= CONNECTIONS_MAX);
        }
        let (done, is_done) = tokio::sync::oneshot::channel();
        connections
            .serve(async move { done.send(()).unwrap() })
            .await;
        is_done.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn none_lasts_for_ever() {
        let begun = Instant::now();
        let mut connections = Connections::new();
        let (kept, ended) = tokio::sync::oneshot::channel::<()>();
        connections
            .serve(async move {
                pending::<()>().await;
                drop(kept);
            })
            .await;
        ended.await.unwrap_err();
        assert_eq!(begun.elapsed(), LIFE_MAX);
    }
}
