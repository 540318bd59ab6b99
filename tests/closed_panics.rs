//! A bug of ours in a virtual user: goose swallows the panic, and the run tells of it all the
//! same. In a file of its own, for goose has state of the whole process.

#![cfg(feature = "goose")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use leadbench::client::{Attempt, Callout, Transport};
use leadbench::clock::Clock;
use leadbench::engine::{
    Caller, ClosedLoad, ClosedRun, EngineError, Observers, RetryPolicy, Stop, run_closed,
};
use leadbench::lead::Leads;
use leadbench::plan::{Crew, CrewStage, LeadPlan, Pause, UsersLoad};
use leadbench::record::Recorder;
use leadbench::sample::Outcome;
use leadbench::token::TokenProvider;
use leadbench::units::{Nanos, Seed};
use tokio::time::Instant;

/// Answers after 10 ms, and panics at the fourth call.
#[derive(Clone)]
struct Panicking {
    clock: Clock,
    calls: Arc<AtomicU64>,
}

impl Transport for Panicking {
    async fn post(&mut self, _: &Callout) -> Attempt {
        let call = self.calls.fetch_add(1, SeqCst);
        assert!(call != 3, "a bug at call {call}");
        let began = self.clock.now();
        tokio::time::sleep(Duration::from_millis(10)).await;
        Attempt {
            ended: self.clock.now(),
            status: Some(201),
            outcome: Outcome::Ok,
            ..Attempt::begun(began)
        }
    }
}

#[test]
fn a_virtual_user_that_panics_ends_the_run_as_a_bug_and_not_the_others() {
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let calls = Arc::<AtomicU64>::default();
    let recorder = Arc::new(Recorder::new(Nanos::ZERO));
    let leads = Leads::new(&LeadPlan::default(), 1, time::OffsetDateTime::UNIX_EPOCH);
    let caller = || Caller {
        transport: Panicking {
            clock,
            calls: Arc::clone(&calls),
        },
        provider: TokenProvider::None,
        leads: Arc::new(leads.clone()),
        recorder: Arc::clone(&recorder),
        clock,
        retry: RetryPolicy::default(),
        exchange: None,
        negatives: None,
        last_bearer: None,
        traces: None,
        observers: Observers::default(),
    };
    let stage = CrewStage {
        from: 2,
        to: 2,
        over: Nanos::from_secs(2),
    };
    let load = UsersLoad {
        crew: Crew::Timed(vec![stage]),
        pause: Pause::Constant(Nanos::ZERO),
        shard: None,
    };
    let ended = run_closed(ClosedRun {
        loads: vec![ClosedLoad {
            load,
            number: 0,
            start: Nanos::ZERO,
            callers: vec![caller(), caller()],
        }],
        clock,
        seed: Seed(1),
        io_workers: 1,
        callout_limit: Nanos::from_secs(1),
        grace: Nanos::from_secs(1),
        stop: Stop::default(),
    });
    assert!(matches!(ended, Err(EngineError::Panicked)), "{ended:?}");
    // The other user went on: far more than the four calls until the panic.
    assert!(calls.load(SeqCst) > 8, "{calls:?}");
}
