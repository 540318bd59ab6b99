//! Who signs for whom: the signer threads started, and each I/O worker given its feed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::signers::Signers;
use crate::cli::exit::Failure;
use crate::clock::Clock;
use crate::engine::Schedule;
use crate::plan::{Plan, RateLoad, Shape, SigningMode};
use crate::token::{AHEAD, Ahead, Feed, Minted, Minter, Pool, Signer};
use crate::units::{Nanos, float, index, whole};

/// The longest that signing ahead may delay the first arrival.
const PRIMING_MAX: Duration = Duration::from_secs(2);

/// Starts the signer threads and gives each I/O worker its feed.
pub(super) fn start_signers(
    plan: &Plan,
    minters: Vec<Minter>,
    clock: Clock,
    io_workers: usize,
) -> Result<(Option<Arc<Pool>>, Vec<Feed>), Failure> {
    let Some(auth) = plan.auth.as_ref().filter(|_| !minters.is_empty()) else {
        return Ok((None, Vec::new()));
    };
    let threads = minters.len();
    let ahead = match (auth.signing, plan.load.shape) {
        (SigningMode::Pipeline, Shape::Rate(load)) => Some(load),
        (SigningMode::Pipeline, Shape::Users(_)) | (SigningMode::Jit | SigningMode::None, _) => {
            None
        }
    };
    let mut inboxes: Vec<Vec<_>> = (0..io_workers).map(|_| Vec::new()).collect();
    let signers = minters
        .into_iter()
        .enumerate()
        .map(|(signer, minter)| Signer {
            minter,
            ahead: ahead.map_or_else(Ahead::nothing, |load| {
                let schedule = Schedule::new(load, plan.lead.seed);
                sign_ahead(schedule, load, (signer, threads), &mut inboxes)
            }),
        })
        .collect();
    let pool = Arc::new(Pool::start(signers, clock).map_err(Failure::environment)?);
    let feeds = inboxes
        .into_iter()
        .map(|inbox| match (auth.signing, ahead) {
            (SigningMode::Pipeline, Some(_)) => Feed::ahead(inbox, Arc::clone(&pool)),
            (SigningMode::Pipeline, None) => Feed::Prefetch {
                next: None,
                pool: Arc::clone(&pool),
                // A tenth of the validity: a token that waited longer is not what an org
                // would have sent.
                max_age_s: auth.valid_for.as_secs() / 10,
            },
            (SigningMode::Jit | SigningMode::None, _) => Feed::Jit(Arc::clone(&pool)),
        })
        .collect();
    Ok((Some(pool), feeds))
}

/// The share of one signer: of each worker's arrivals every `signers`-th, so that a worker
/// that takes from its signers in turn gets its tokens in due order.
fn sign_ahead(
    schedule: Schedule,
    load: RateLoad,
    (signer, signers): (usize, usize),
    inboxes: &mut [Vec<mpsc::Receiver<Minted>>],
) -> Ahead {
    let workers = inboxes.len();
    // Twice what is signed ahead on average, so that bursts fit as well.
    let ahead = load.rate.as_per_second() * AHEAD.as_secs_f64();
    let room = index(whole(
        2.0 * ahead / float(crate::units::count(signers * workers)),
    )) + 64;
    let mut senders = Vec::new();
    for inbox in inboxes {
        let (sender, receiver) = mpsc::channel(room);
        senders.push(sender);
        inbox.push(receiver);
    }
    let arrivals = schedule.arrivals().filter_map(move |arrival| {
        let seq = index(arrival.seq);
        let is_mine = (seq / workers) % signers == signer;
        is_mine.then_some((arrival.due, seq % workers))
    });
    Ahead {
        arrivals: Box::new(arrivals),
        workers: senders,
    }
}

/// How long the signers need for the first tokens, so that the first arrivals find theirs.
pub(super) fn priming(plan: &Plan, signers: &Signers) -> Duration {
    let (Shape::Rate(load), Some(per_s)) = (plan.load.shape, signers.facts.calibrated_per_s) else {
        return Duration::ZERO;
    };
    let tokens = load.rate.as_per_second() * AHEAD.as_secs_f64();
    let seconds = tokens / (per_s * f64::from(signers.facts.threads.max(1)));
    Nanos(whole(seconds * 1e9)).as_duration().min(PRIMING_MAX)
}
