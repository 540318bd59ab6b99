//! A bug of ours on a worker: the run goes on with what is left, and says so at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use leadbench::client::{Attempt, Callout, Transport};
use leadbench::clock::Clock;
use leadbench::engine::EngineError;
use leadbench::plan::{Overflow, Preset, Release, SalesforceLoad};
use leadbench::units::Nanos;

use crate::support::{assert_adds_up, clock, load, try_drive, try_drive_org};
use crate::targets::ManyServers;

/// A target that answers after 50 ms, reached by code that panics at these calls.
#[derive(Clone)]
struct Panicking {
    target: ManyServers,
    at: &'static [u64],
    calls: Arc<AtomicU64>,
}

impl Panicking {
    fn new(clock: Clock, at: &'static [u64]) -> Self {
        let service = Nanos::from_millis(50);
        Self {
            target: ManyServers { clock, service },
            at,
            calls: Arc::default(),
        }
    }
}

impl Transport for Panicking {
    async fn post(&mut self, callout: &Callout) -> Attempt {
        let call = self.calls.fetch_add(1, SeqCst);
        assert!(!self.at.contains(&call), "a bug at call {call}");
        self.target.post(callout).await
    }
}

// Two slots, and both panic: the arrivals after them find new ones in their place.
#[tokio::test(start_paused = true)]
async fn a_slot_that_panics_makes_room_for_another() {
    for overflow in [Overflow::Queue, Overflow::Drop] {
        let clock = clock();
        let transport = Panicking::new(clock, &[2, 3]);
        let (ended, summary) = try_drive(load("10/s", 2, 2, overflow), clock, transport).await;
        assert!(matches!(ended, Err(EngineError::Panicked)), "{ended:?}");
        assert_eq!(summary.counts.planned, 20);
        assert_eq!(summary.counts.ok, 18, "{overflow:?}: {:?}", summary.counts);
        assert_eq!(summary.counts.interrupted, 2);
        assert_eq!(summary.counts.dropped, 0);
        assert_adds_up(&summary);
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_panics_leaves_the_rest_of_the_org_at_work() {
    let clock = clock();
    let org = SalesforceLoad {
        preset: Preset::QueueableFanout,
        release: Release::Backlog {
            quiet: Nanos::ZERO,
            leads: Some(400),
        },
        workers: 2,
        callouts: 100,
        re_enqueue: 0,
        over: Nanos::from_secs(60),
        shard: None,
    };
    let transport = Panicking::new(clock, &[4]);
    let (ended, summary, _) = try_drive_org(org, clock, transport).await;
    assert!(matches!(ended, Err(EngineError::Panicked)), "{ended:?}");
    // Two of the first transaction that panicked are done, or three; all others are whole.
    assert!(
        (302..=303).contains(&summary.counts.ok),
        "{:?}",
        summary.counts
    );
    assert_eq!(summary.counts.interrupted, 1);
    assert_adds_up(&summary);
}
