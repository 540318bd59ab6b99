//! Starts the signer threads, and gives each I/O worker its token provider.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::describe::schedule;
use super::failpoint::Failpoint;
use super::job::Job;
use super::signers::{Signers, Team};
use crate::clock::Clock;
use crate::engine::Schedule;
use crate::plan::{Load, Mint, Plan, RateLoad, SigningMode, Turns};
use crate::runner::failure::RunFailure;
use crate::token::{
    AHEAD, Ahead, Minted, Pool, Seconds, SignRequest, Signer, TokenError, TokenProvider,
};
use crate::units::{Nanos, Skew, float, index, whole};

/// The longest that signing ahead may delay the first arrival.
const PRIMING_MAX: Duration = Duration::from_secs(2);

/// The number of tokens that reaches the longest delay on any machine.
const PRIMED_MAX: usize = 1_000_000;

/// How much longer than calibrated signing everything beforehand may take, because all
/// threads sign at once and share the machine.
const PRESIGN_SLACK: f64 = 1.5;

/// The running signers, and for each load a provider for each of its I/O workers.
pub(super) type Signing = (Vec<Arc<Pool>>, Vec<Vec<TokenProvider>>);

/// Starts the signer threads and gives each I/O worker of each load its provider.
pub(super) fn start_signers(
    job: &Job<'_>,
    teams: Vec<Team>,
    clock: Clock,
    io_workers: usize,
) -> Result<Signing, RunFailure> {
    let plan = job.plan;
    let mut pools = Vec::new();
    let mut providers: Vec<_> = plan.loads.iter().map(|_| Vec::new()).collect();
    for Team { minters, loads, .. } in teams {
        let mut ahead_loads = AheadLoad::of_all(plan, &loads, io_workers);
        let threads = minters.len();
        let signers = minters
            .into_iter()
            .enumerate()
            .map(|(signer, minter)| Signer {
                minter,
                ahead: sign_ahead(
                    &mut ahead_loads,
                    (signer, threads),
                    io_workers,
                    &job.setting.failpoint,
                ),
            })
            .collect();
        let clock = clock.skewed(clock_skew(plan, &loads));
        let pool = Arc::new(Pool::start(signers, clock).map_err(RunFailure::environment)?);
        for load in loads {
            providers[load] = match ahead_loads
                .iter()
                .position(|ahead_load| ahead_load.load == load)
            {
                Some(ahead_load) => {
                    let inboxes = ahead_loads.swap_remove(ahead_load).inboxes.into_iter();
                    let ahead = |inbox| TokenProvider::ahead(inbox, Arc::clone(&pool));
                    inboxes.map(ahead).collect()
                }
                None => on_demand(plan, load, &pool, io_workers)?,
            };
        }
        pools.push(pool);
    }
    Ok((pools, providers))
}

/// The clock skew of the signers of these loads.
fn clock_skew(plan: &Plan, loads: &[usize]) -> Skew {
    let first = loads.first().and_then(|load| plan.auth_of(*load));
    first.map_or_else(Skew::default, |auth| auth.clock_skew)
}

/// The providers of a load whose tokens cannot be signed ahead.
fn on_demand(
    plan: &Plan,
    load: usize,
    pool: &Arc<Pool>,
    io_workers: usize,
) -> Result<Vec<TokenProvider>, RunFailure> {
    let Some(auth) = plan.auth_of(load) else {
        return Ok(Vec::new());
    };
    let first = match auth.signing {
        SigningMode::Reuse => Some(first_token(pool)?),
        _ => None,
    };
    if auth.mint == Mint::PerSecond {
        let is_ahead = auth.signing == SigningMode::Pipeline;
        let seconds = Arc::new(Seconds::new(Arc::clone(pool), is_ahead));
        let provider = |_| TokenProvider::PerSecond(Arc::clone(&seconds));
        return Ok((0..io_workers).map(provider).collect());
    }
    let provider = |_| {
        let pool = Arc::clone(pool);
        match (auth.signing, &first) {
            (SigningMode::Reuse, Some(first)) => {
                TokenProvider::reuse(first.clone(), auth.renew_before, pool)
            }
            (SigningMode::Pipeline, _) => TokenProvider::Prefetch {
                next: None,
                pool,
                // A tenth of the validity: an org would not send an older token.
                max_age_s: auth.valid_for.as_secs() / 10,
            },
            _ => TokenProvider::Jit(pool),
        }
    };
    let provider = |worker| match auth.mint {
        Mint::PerTransaction => provider(worker).per_transaction(),
        Mint::PerCallout | Mint::PerSecond => provider(worker),
    };
    Ok((0..io_workers).map(provider).collect())
}

/// The first token of all workers.
fn first_token(pool: &Pool) -> Result<Minted, RunFailure> {
    let coming = pool.ask().map_err(RunFailure::environment)?;
    coming
        .blocking_recv()
        .map_err(|_| RunFailure::environment(TokenError::Signature))
}

/// The tokens that are signed ahead for one open load.
struct AheadLoad {
    load: usize,
    schedule: Schedule,
    /// When its tokens may be signed.
    begin: Begin,
    /// Tokens that are ready at a time, on average.
    ahead: f64,
    /// For each I/O worker what each signer sends it.
    inboxes: Vec<Vec<mpsc::Receiver<Minted>>>,
}

/// When a token may be signed at the earliest.
#[derive(Clone)]
enum Begin {
    /// Before the run starts.
    AtOnce,
    /// A fixed time before it is due.
    Ahead,
    /// The same, but never in the turn of another variant.
    InTurn(Turns),
}

impl Begin {
    fn of(&self, due: Nanos) -> Nanos {
        match self {
            Self::AtOnce => Nanos::ZERO,
            Self::Ahead => due - AHEAD,
            Self::InTurn(turns) => turns.sign_from(due, AHEAD),
        }
    }
}

impl AheadLoad {
    fn of_all(plan: &Plan, loads: &[usize], io_workers: usize) -> Vec<Self> {
        let one_by_one = |number| {
            let auth = plan.auth_of(number);
            auth.filter(|auth| auth.mint != Mint::PerSecond)
        };
        let begin = |number, load: &Load| match (one_by_one(number)?.signing, &load.turns) {
            (SigningMode::Presign, _) => Some(Begin::AtOnce),
            (SigningMode::Pipeline, None) => Some(Begin::Ahead),
            (SigningMode::Pipeline, Some(turns)) => Some(Begin::InTurn(turns.clone())),
            (SigningMode::Jit | SigningMode::Reuse | SigningMode::None, _) => None,
        };
        let ahead_load = |(load, shape, rate): (usize, &Load, &RateLoad)| {
            let begin = begin(load, shape).filter(|_| loads.contains(&load))?;
            Some(Self {
                load,
                ahead: match begin {
                    Begin::AtOnce => rate.expected(),
                    Begin::Ahead | Begin::InTurn(_) => rate.peak_per_s() * AHEAD.as_secs_f64(),
                },
                begin,
                schedule: schedule(plan, load, rate),
                inboxes: (0..io_workers).map(|_| Vec::new()).collect(),
            })
        };
        plan.open_loads().filter_map(ahead_load).collect()
    }
}

/// The share of one signer: of each worker's arrivals every `signers`-th, so that a worker
/// that takes from its signers in turn gets its tokens in due order.
fn sign_ahead(
    ahead_loads: &mut [AheadLoad],
    (signer, signers): (usize, usize),
    io_workers: usize,
    failpoint: &Failpoint,
) -> Ahead {
    let failpoint = failpoint.clone();
    let mut senders = Vec::new();
    let mut arrivals = Vec::new();
    for ahead_load in ahead_loads {
        // Twice what is signed ahead on average, so that bursts fit as well.
        let shares = float(signers * io_workers);
        let room = index(whole(2.0 * ahead_load.ahead / shares)) + 64;
        let first = senders.len();
        for inbox in &mut ahead_load.inboxes {
            let (sender, receiver) = mpsc::channel(room);
            senders.push(sender);
            inbox.push(receiver);
        }
        let begin = ahead_load.begin.clone();
        arrivals.push(ahead_load.schedule.arrivals().filter_map(move |arrival| {
            let seq = index(arrival.seq);
            let is_mine = (seq / io_workers) % signers == signer;
            is_mine.then(|| SignRequest {
                from: begin.of(arrival.due),
                due: arrival.due,
                worker: first + seq % io_workers,
                user: arrival.seq,
            })
        }));
    }
    let end = std::iter::once_with(move || {
        failpoint.reach("signer");
        None
    });
    Ahead {
        arrivals: Box::new(in_order(arrivals).chain(end.flatten())),
        workers: senders,
    }
}

/// Several schedules as one.
fn in_order<I: Iterator<Item = SignRequest>>(
    schedules: Vec<I>,
) -> impl Iterator<Item = SignRequest> {
    let mut schedules: Vec<_> = schedules.into_iter().map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let next = schedules
            .iter_mut()
            .filter_map(|schedule| Some((*schedule.peek()?, schedule)))
            .min_by_key(|(next, _)| *next);
        next?.1.next()
    })
}

/// How long the signers need for the tokens of the first arrivals, or for all tokens in the mode
/// `presign`.
pub(super) fn priming(plan: &Plan, signers: &Signers) -> Duration {
    let of_team = |team: &Team| {
        let per_s = team.per_s * float(team.minters.len().max(1));
        let span = |tokens: f64| Nanos(whole(tokens / per_s * 1e9)).as_duration();
        let ahead_loads = AheadLoad::of_all(plan, &team.loads, 0);
        let (beforehand, ahead): (Vec<_>, Vec<_>) = ahead_loads
            .into_iter()
            .partition(|ahead_load| matches!(ahead_load.begin, Begin::AtOnce));
        let all: f64 = beforehand.iter().map(|ahead_load| ahead_load.ahead).sum();
        let first: usize = ahead
            .iter()
            .map(|ahead_load| {
                let arrivals = ahead_load.schedule.arrivals();
                let first = arrivals.take_while(|arrival| arrival.due < AHEAD);
                first.take(PRIMED_MAX).count()
            })
            .sum();
        span(all * PRESIGN_SLACK) + span(float(first)).min(PRIMING_MAX)
    };
    signers.teams.iter().map(of_team).max().unwrap_or_default()
}
