//! Events of single callouts, and their way to the thread that writes them: handing them over never
//! waits.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::sample::Sample;
use crate::secret::{Bearer, Returned};
use crate::units::{Counter, Nanos};

/// Events that may wait to be written. Further events are counted and lost: a slow disk must not
/// slow the load.
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

/// Hands events to the thread that writes them.
#[derive(Debug)]
pub struct Observer<T> {
    sender: Sender<T>,
    /// How many were missed.
    pub missed: Counter,
}

impl<T> Observer<T> {
    /// An observer, and where its events arrive.
    pub fn new() -> (Self, Receiver<T>) {
        let (sender, receiver) = bounded(WAITING_MAX);
        let observer = Self {
            sender,
            missed: Counter::default(),
        };
        (observer, receiver)
    }

    /// Hands one over, or counts it as missed.
    pub(super) fn notify(&self, event: T) {
        if self.sender.try_send(event).is_err() {
            self.missed.count();
        }
    }
}
