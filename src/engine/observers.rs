//! Who else sees the callouts of a caller.

use std::sync::Arc;

use super::created::CreatedIds;
use super::events::{CalloutEvent, Observer, SampleEvent};
use super::first_callouts::FirstCallouts;
use crate::sample::Sample;
use crate::units::float;

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
