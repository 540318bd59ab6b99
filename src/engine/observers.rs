//! What others may want to see of each callout: handed over without waiting, and written down by
//! a thread of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::created::CreatedIds;
use super::first_callouts::FirstCallouts;
use crate::sample::Sample;
use crate::secret::{Bearer, Returned};
use crate::units::{Nanos, float};

/// Callouts that may wait to be written down. What comes while so many wait is counted and lost:
/// a slow disk must not slow the load.
const WAITING_MAX: usize = 65_536;

/// One callout that has ended.
#[derive(Clone, Debug)]
pub struct CalloutEvent {
    /// The number of its load.
    pub load: u64,
    /// The number of its lead within the load.
    pub seq: u64,
    /// When it was sent.
    pub began: Nanos,
    /// When its answer had been read, or it had failed.
    pub ended: Nanos,
    /// What opening its connection took.
    pub connect: Nanos,
    /// The HTTP status, where one arrived.
    pub status: Option<u16>,
    /// Bytes of its body.
    pub request_bytes: u32,
    /// Bytes of the answer's body.
    pub response_bytes: u32,
    /// What it was authorized with.
    pub bearer: Option<Bearer>,
}

/// One iteration as it was measured.
#[derive(Clone, Copy, Debug)]
pub struct SampleEvent {
    /// The number of its load.
    pub load: u64,
    /// What was measured.
    pub sample: Sample,
}

/// Which iterations are handed over whole, and to whom.
#[derive(Clone, Debug)]
pub struct SampleObserver {
    /// The share of the iterations, 0 to 1, evenly spaced.
    pub share: f64,
    /// Who gets them.
    pub observer: Arc<Observer<SampleEvent>>,
}

impl SampleObserver {
    pub(super) fn notify(&self, load: u64, sample: &Sample) {
        let before = (float(sample.seq) * self.share).floor();
        let after = (float(sample.seq + 1) * self.share).floor();
        if after > before {
            self.observer.notify(SampleEvent {
                load,
                sample: *sample,
            });
        }
    }
}

/// Who else sees a caller's callouts.
#[derive(Clone, Debug, Default)]
pub struct Observers {
    /// The number of its load.
    pub load: u64,
    /// Who sees each callout.
    pub events: Option<Arc<Observer<CalloutEvent>>>,
    /// Who gets iterations as they were measured.
    pub sampled: Option<SampleObserver>,
    /// Where the Ids are known that the API gives to leads.
    pub created: Option<Arc<CreatedIds>>,
    /// Who looks whether the first callouts all fail alike.
    pub first: Option<Arc<FirstCallouts>>,
}

/// A lead that was taken.
#[derive(Clone, Debug)]
pub struct CreatedLead {
    /// The number of its load.
    pub load: u64,
    /// The number of the lead within the load.
    pub seq: u64,
    /// The Id that the API gave it.
    pub id: Returned,
    /// The HTTP status.
    pub status: u16,
    /// When its answer had been read.
    pub at: Nanos,
    /// Whether the Id is that of another lead: the API has dropped this one.
    pub is_duplicate: bool,
}

/// A way to whoever writes something down.
#[derive(Debug)]
pub struct Observer<T> {
    sender: Sender<T>,
    missed: AtomicU64,
}

impl<T> Observer<T> {
    /// An observer, and where its events arrive.
    pub fn new() -> (Self, Receiver<T>) {
        let (sender, receiver) = bounded(WAITING_MAX);
        let observer = Self {
            sender,
            missed: AtomicU64::new(0),
        };
        (observer, receiver)
    }

    /// Hands one over, or counts it as missed.
    pub(super) fn notify(&self, event: T) {
        if self.sender.try_send(event).is_err() {
            self.missed.fetch_add(1, Relaxed);
        }
    }

    /// How many were missed.
    pub fn missed(&self) -> u64 {
        self.missed.load(Relaxed)
    }
}
