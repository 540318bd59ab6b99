//! A search keeps its agents from trial to trial: it says each second that it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::time::{Instant, interval, timeout};

use super::{Broker, BusError, Link, Make, PATIENCE, refused};
use crate::fleet::subjects;

/// How often agents hear of the search.
const BEAT: Duration = Duration::from_secs(1);

/// How long an agent waits for the next trial without hearing of the search.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// What a search says when it is over.
const OVER: &str = "over";

/// Says that a search goes on, until it is dropped.
pub struct SearchBeat {
    link: Option<Link>,
    search: String,
}

impl SearchBeat {
    /// Begins to say so.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn open(broker: &Broker, search: &str) -> Result<Self, BusError> {
        let link = Link::open(broker, "leadbench search", Make::Now, |_| {})?;
        let (client, subject) = (link.client.clone(), subjects::beat(search));
        link.runtime.spawn(async move {
            let mut beats = interval(BEAT);
            loop {
                beats.tick().await;
                drop(client.publish(subject.clone(), Bytes::new()).await);
            }
        });
        Ok(Self {
            link: Some(link),
            search: search.to_owned(),
        })
    }
}

impl Drop for SearchBeat {
    fn drop(&mut self) {
        let Some(link) = self.link.take() else {
            return;
        };
        let over = link
            .client
            .publish(subjects::beat(&self.search), OVER.into());
        link.runtime.block_on(async {
            drop(over.await);
            drop(timeout(PATIENCE, link.client.flush()).await);
        });
        link.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

crate::secret::opaque_debug!(SearchBeat);

/// A search that an agent takes part in.
#[derive(Debug)]
pub struct HeldSearch {
    id: String,
    heard: Arc<Mutex<Instant>>,
    is_over: Arc<AtomicBool>,
}

impl HeldSearch {
    /// Listens to a search.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub(super) fn listen(link: &Link, id: &str) -> Result<Self, BusError> {
        let (client, runtime) = (&link.client, &link.runtime);
        let subscribed = runtime.block_on(client.subscribe(subjects::beat(id)));
        let mut beats = subscribed.map_err(refused("listen to the search"))?;
        let heard = Arc::new(Mutex::new(Instant::now()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (hearing, ending) = (Arc::downgrade(&heard), Arc::clone(&is_over));
        runtime.spawn(async move {
            while let Some(beat) = beats.next().await {
                let Some(heard) = hearing.upgrade() else {
                    return;
                };
                *heard.lock() = Instant::now();
                if beat.payload == OVER {
                    ending.store(true, SeqCst);
                }
            }
        });
        Ok(Self {
            id: id.to_owned(),
            heard,
            is_over,
        })
    }

    /// The id of the search.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits from now on: the silence during a trial does not count.
    pub fn wait(&self) {
        *self.heard.lock() = Instant::now();
    }

    /// Whether no trial will follow.
    pub fn is_over(&self) -> bool {
        self.is_over.load(SeqCst) || self.heard.lock().elapsed() >= SILENCE_MAX
    }
}
