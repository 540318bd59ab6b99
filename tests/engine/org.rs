//! What an org does within its limits, and what it loses to them.

use leadbench::engine::TransactionTally;
use leadbench::plan::{Arrivals, Preset, Release, SalesforceLimit, SalesforceLoad};
use leadbench::units::Nanos;

use crate::support::{assert_adds_up, clock, constant, drive_org};
use crate::targets::{ManyServers, Refusing};

const BACKLOG: Release = Release::Backlog {
    quiet: Nanos::ZERO,
    leads: None,
};

fn org(preset: Preset, release: Release, workers: usize, seconds: u64) -> SalesforceLoad {
    SalesforceLoad {
        preset,
        release,
        workers,
        callouts: 100,
        re_enqueue: 0,
        over: Nanos::from_secs(seconds),
        shard: None,
    }
}

fn lost(tally: &TransactionTally, limit: SalesforceLimit) -> u64 {
    let mut lost = tally.lost();
    lost.find(|(one, _)| *one == limit).unwrap().1
}

// 80 callouts of 1.5 s are 120 s: the other 20 of each transaction are lost.
#[tokio::test(start_paused = true)]
async fn a_slow_target_costs_a_transaction_the_rest_of_its_callouts() {
    let clock = clock();
    let service = Nanos::from_millis(1_500);
    let fanout = org(Preset::QueueableFanout, BACKLOG, 3, 121);
    let (summary, tally) = drive_org(fanout, clock, ManyServers { clock, service }).await;
    // The second transaction of each worker begins within the last second of the load.
    assert_eq!(tally.transactions.get(), 6);
    assert_eq!(lost(&tally, SalesforceLimit::CalloutTime), 3 * 20);
    assert!(
        (3 * 80..3 * 82).contains(&summary.counts.ok),
        "{:?}",
        summary.counts
    );
    assert_adds_up(&summary);
}

// The 81st callout gets the rest of the budget and no more.
#[tokio::test(start_paused = true)]
async fn the_last_callout_of_a_budget_is_cut_short() {
    let clock = clock();
    let service = Nanos::from_millis(1_490);
    let fanout = org(Preset::QueueableFanout, BACKLOG, 1, 120);
    let (summary, tally) = drive_org(fanout, clock, ManyServers { clock, service }).await;
    assert_eq!(summary.outcomes["timeout"], 1, "{:?}", summary.outcomes);
    assert_eq!(summary.counts.ok, 80);
    assert_eq!(lost(&tally, SalesforceLimit::CalloutTime), 19);
}

#[tokio::test(start_paused = true)]
async fn a_fast_target_is_called_as_often_as_its_answers_allow() {
    let clock = clock();
    let service = Nanos::from_millis(50);
    let fanout = org(Preset::QueueableFanout, BACKLOG, 50, 20);
    let (summary, tally) = drive_org(fanout, clock, ManyServers { clock, service }).await;
    assert!(tally.lost().all(|(_, leads)| leads == 0));
    let per_s = summary.rates.achieved_per_s;
    assert!((970.0..=1_000.0).contains(&per_s), "{per_s}");
    assert_eq!(tally.transactions.get(), summary.counts.ok.div_ceil(100));
}

#[tokio::test(start_paused = true)]
async fn callouts_beyond_a_hundred_are_lost() {
    let clock = clock();
    let service = Nanos::from_millis(10);
    let release = Release::Backlog {
        quiet: Nanos::from_secs(2),
        leads: Some(350),
    };
    let batch = SalesforceLoad {
        callouts: 150,
        ..org(Preset::BatchApex, release, 5, 60)
    };
    let (summary, tally) = drive_org(batch, clock, ManyServers { clock, service }).await;
    // 150, 150 and 50 leads.
    assert_eq!(tally.transactions.get(), 3);
    assert_eq!(summary.counts.ok, 250);
    assert_eq!(lost(&tally, SalesforceLimit::Callouts), 100);
    assert_eq!(summary.windows[0].planned, 0, "nothing happens at first");
}

#[tokio::test(start_paused = true)]
async fn too_many_future_calls_roll_the_conversion_back() {
    let clock = clock();
    let service = Nanos::from_millis(10);
    let burst = |leads| SalesforceLoad {
        callouts: 1,
        ..org(
            Preset::FuturePerLead,
            Release::Conversions { leads, every: None },
            1_000,
            5,
        )
    };
    let (summary, tally) = drive_org(burst(50), clock, ManyServers { clock, service }).await;
    assert_eq!(summary.counts.ok, 50);
    assert_eq!(lost(&tally, SalesforceLimit::FutureCalls), 0);
    let (summary, tally) = drive_org(burst(51), clock, ManyServers { clock, service }).await;
    assert_eq!(summary.counts.planned, 0);
    assert_eq!(lost(&tally, SalesforceLimit::FutureCalls), 51);
}

// Within a transaction each callout waits for the last, so due is started.
#[tokio::test(start_paused = true)]
async fn the_chunks_of_a_conversion_run_side_by_side_and_each_in_turn() {
    let clock = clock();
    let service = Nanos::from_millis(100);
    let release = Release::Conversions {
        leads: 200,
        every: Some(Nanos::from_secs(15)),
    };
    let chunks = org(Preset::FuturePerChunk, release, 1_000, 30);
    let (summary, tally) = drive_org(chunks, clock, ManyServers { clock, service }).await;
    assert_eq!(tally.transactions.get(), 4);
    assert_eq!(summary.counts.ok, 400);
    // Two a tenth of a second, for ten seconds of each fifteen.
    assert!((19..=20).contains(&summary.windows[5].planned));
    assert_eq!(summary.windows[12].planned, 0);
    assert_adds_up(&summary);
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_enqueues_again_until_it_gives_up() {
    let clock = clock();
    let rate = constant("10/s", 4, Arrivals::Uniform);
    let storm = SalesforceLoad {
        callouts: 1,
        re_enqueue: 5,
        ..org(
            Preset::RetryStorm,
            Release::Stream {
                rate,
                delay: Nanos::ZERO,
            },
            50,
            4,
        )
    };
    let (summary, tally) = drive_org(storm, clock, Refusing { clock, status: 503 }).await;
    assert_eq!(summary.counts.failed, 40 * 6);
    assert_eq!(tally.re_enqueued.get(), 40 * 5);
    assert_eq!(lost(&tally, SalesforceLimit::Finalizer), 40);
    assert_adds_up(&summary);
}
