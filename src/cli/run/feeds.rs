//! Who signs for whom: the signer threads started, and each I/O worker given its feed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::describe::schedule;
use super::signers::Signers;
use crate::cli::exit::Failure;
use crate::clock::Clock;
use crate::engine::Schedule;
use crate::plan::{Plan, RateLoad, SigningMode};
use crate::token::{AHEAD, Ahead, Feed, Minted, Minter, Pool, Signer, TokenError};
use crate::units::{Nanos, count, float, index, whole};

/// The longest that signing ahead may delay the first arrival.
const PRIMING_MAX: Duration = Duration::from_secs(2);

/// Tokens past which the longest delay is reached on any machine.
const PRIMED_MAX: usize = 1_000_000;

/// How much longer than calibrated signing everything beforehand may take, for all threads
/// sign at once and share the machine.
const PRESIGN_SLACK: f64 = 1.5;

/// The running signers, and for each load a feed for each of its I/O workers.
pub(super) type Signing = (Option<Arc<Pool>>, Vec<Vec<Feed>>);

/// Starts the signer threads and gives each I/O worker of each load its feed.
pub(super) fn start_signers(
    plan: &Plan,
    minters: Vec<Minter>,
    clock: Clock,
    io_workers: usize,
) -> Result<Signing, Failure> {
    let Some(auth) = plan.auth.as_ref().filter(|_| !minters.is_empty()) else {
        let none = plan.loads.iter().map(|_| Vec::new());
        return Ok((None, none.collect()));
    };
    let mut lanes = Lane::of_all(plan, auth.signing, io_workers);
    let threads = minters.len();
    let by = match auth.signing {
        SigningMode::Presign => Nanos(u64::MAX),
        _ => AHEAD,
    };
    let signers = minters
        .into_iter()
        .enumerate()
        .map(|(signer, minter)| Signer {
            minter,
            ahead: sign_ahead(&mut lanes, by, (signer, threads), io_workers),
        })
        .collect();
    let pool = Arc::new(Pool::start(signers, clock).map_err(Failure::environment)?);
    let first = match auth.signing {
        SigningMode::Reuse => Some(first_token(&pool)?),
        _ => None,
    };
    let mut lanes = lanes.into_iter().peekable();
    let feeds = (0..plan.loads.len()).map(|load| {
        if let Some(lane) = lanes.next_if(|lane| lane.load == load) {
            let inboxes = lane.inboxes.into_iter();
            return inboxes
                .map(|inbox| Feed::ahead(inbox, Arc::clone(&pool)))
                .collect();
        }
        let feed = || {
            let pool = Arc::clone(&pool);
            match (auth.signing, &first) {
                (SigningMode::Reuse, Some(first)) => {
                    Feed::reuse(first.clone(), auth.renew_before, pool)
                }
                (SigningMode::Pipeline, _) => Feed::Prefetch {
                    next: None,
                    pool,
                    // A tenth of the validity: a token that waited longer is not what an
                    // org would have sent.
                    max_age_s: auth.valid_for.as_secs() / 10,
                },
                _ => Feed::Jit(pool),
            }
        };
        (0..io_workers).map(|_| feed()).collect()
    });
    let feeds = feeds.collect();
    Ok((Some(pool), feeds))
}

/// The token that all workers begin with.
fn first_token(pool: &Pool) -> Result<Minted, Failure> {
    let coming = pool.ask().map_err(Failure::environment)?;
    coming
        .blocking_recv()
        .map_err(|_| Failure::environment(TokenError::Signature))
}

/// The tokens that are signed ahead for one open load.
struct Lane {
    load: usize,
    schedule: Schedule,
    /// Tokens that are ready at a time, on average.
    ahead: f64,
    /// For each I/O worker what each signer sends it.
    inboxes: Vec<Vec<mpsc::Receiver<Minted>>>,
}

impl Lane {
    fn of_all(plan: &Plan, signing: SigningMode, io_workers: usize) -> Vec<Self> {
        let ahead = |rate: &RateLoad| match signing {
            SigningMode::Pipeline => Some(rate.peak_per_s() * AHEAD.as_secs_f64()),
            SigningMode::Presign => Some(rate.expected()),
            SigningMode::Jit | SigningMode::Reuse | SigningMode::None => None,
        };
        let lane = |(load, _, rate)| {
            Some(Self {
                load,
                ahead: ahead(rate)?,
                schedule: schedule(plan, load, rate),
                inboxes: (0..io_workers).map(|_| Vec::new()).collect(),
            })
        };
        plan.open_loads().filter_map(lane).collect()
    }
}

/// The share of one signer: of each worker's arrivals every `signers`-th, so that a worker
/// that takes from its signers in turn gets its tokens in due order.
fn sign_ahead(
    lanes: &mut [Lane],
    by: Nanos,
    (signer, signers): (usize, usize),
    io_workers: usize,
) -> Ahead {
    let mut senders = Vec::new();
    let mut arrivals = Vec::new();
    for lane in lanes {
        // Twice what is signed ahead on average, so that bursts fit as well.
        let shares = float(count(signers * io_workers));
        let room = index(whole(2.0 * lane.ahead / shares)) + 64;
        let first = senders.len();
        for inbox in &mut lane.inboxes {
            let (sender, receiver) = mpsc::channel(room);
            senders.push(sender);
            inbox.push(receiver);
        }
        arrivals.push(lane.schedule.arrivals().filter_map(move |arrival| {
            let seq = index(arrival.seq);
            let is_mine = (seq / io_workers) % signers == signer;
            is_mine.then_some((arrival.due, first + seq % io_workers))
        }));
    }
    Ahead {
        by,
        arrivals: Box::new(in_due_order(arrivals)),
        workers: senders,
    }
}

/// Several schedules as one.
fn in_due_order<I: Iterator<Item = (Nanos, usize)>>(
    schedules: Vec<I>,
) -> impl Iterator<Item = (Nanos, usize)> {
    let mut schedules: Vec<_> = schedules.into_iter().map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let next = schedules
            .iter_mut()
            .filter_map(|schedule| Some((schedule.peek()?.0, schedule)))
            .min_by_key(|(due, _)| *due);
        next?.1.next()
    })
}

/// How long the signers need for the first tokens, so that the first arrivals find theirs;
/// under `presign` for all of them.
pub(super) fn priming(plan: &Plan, signers: &Signers) -> Duration {
    let signing = plan.auth.as_ref().map(|auth| auth.signing);
    let (Some(signing), Some(per_s)) = (signing, signers.facts.calibrated_per_s) else {
        return Duration::ZERO;
    };
    let threads = f64::from(signers.facts.threads.max(1));
    let span = |tokens: f64| Nanos(whole(tokens / (per_s * threads) * 1e9)).as_duration();
    match signing {
        SigningMode::Presign => {
            let tokens: f64 = plan.open_loads().map(|(_, _, rate)| rate.expected()).sum();
            span(tokens * PRESIGN_SLACK)
        }
        SigningMode::Pipeline => {
            let tokens: usize = plan
                .open_loads()
                .map(|(number, _, load)| {
                    let arrivals = schedule(plan, number, load).arrivals();
                    let first = arrivals.take_while(|arrival| arrival.due < AHEAD);
                    first.take(PRIMED_MAX).count()
                })
                .sum();
            span(float(count(tokens))).min(PRIMING_MAX)
        }
        SigningMode::Jit | SigningMode::Reuse | SigningMode::None => Duration::ZERO,
    }
}
