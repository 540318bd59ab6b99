//! The signer threads: they answer callouts that wait, and sign ahead of those to come.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use tokio::sync::{mpsc, oneshot};

use super::{Minted, Minter, TokenError};
use crate::clock::Clock;
use crate::on_panic::OnPanic;
use crate::secret::opaque_debug;
use crate::units::{Counter, Nanos};

/// How far ahead of its due instant a token is signed.
///
/// Long enough that neither a burst of arrivals nor a signer thread that loses its core for some
/// hundred milliseconds starves a callout; short enough to hold few tokens in memory.
pub const AHEAD: Nanos = Nanos::from_millis(1_000);

/// Signing ahead goes in batches of this length, so that a signer thread wakes fifty
/// times a second and not once for each token.
const BATCH: Nanos = Nanos::from_millis(20);

/// Requests that may wait for a signer. More callouts than this cannot be in flight.
const REQUESTS_MAX: usize = 100_000;

/// How long a signer waits before it offers a token again to a worker that is full.
const FULL_WAIT: Duration = Duration::from_millis(5);

/// The scheduling priority of signer threads: below I/O, which must never wait for RSA.
const NICENESS: i32 = 10;

/// What one signer thread works with.
#[derive(Debug)]
pub struct Signer {
    /// Its own prepared key.
    pub minter: Minter,
    /// What it signs ahead, in order of the due instants.
    pub ahead: Ahead,
}

/// A token that will be needed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SignRequest {
    /// When it may be signed at the earliest: at most [`AHEAD`] before it is due under
    /// `pipeline`, before the start under `presign`.
    pub from: Nanos,
    /// When its iteration is due; it becomes `iat`.
    pub due: Nanos,
    /// The number of the worker that will send it.
    pub worker: usize,
    /// The number of the user that it speaks for; users take turns.
    pub user: u64,
}

/// A request to a signer that an iteration waits for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The second that the token is of, since the Unix epoch; that of the signing if none.
    pub iat: Option<u64>,
    /// The number of the user that it speaks for.
    pub user: u64,
}

impl Ask {
    /// A token minted now.
    pub const fn of_user(user: u64) -> Self {
        Self { iat: None, user }
    }
}

/// A request, and where its token goes.
type Request = (Ask, oneshot::Sender<Minted>);

/// The arrivals that one signer thread signs for ahead of time.
pub struct Ahead {
    /// What is to be signed, in order of the instants from which on it may be.
    pub arrivals: Box<dyn Iterator<Item = SignRequest> + Send>,
    /// Where each worker takes its tokens.
    pub workers: Vec<mpsc::Sender<Minted>>,
}

impl Ahead {
    /// Nothing is signed ahead.
    pub fn nothing() -> Self {
        Self {
            arrivals: Box::new(std::iter::empty()),
            workers: Vec::new(),
        }
    }
}

opaque_debug!(Ahead);

/// What the signer threads have done so far.
#[derive(Debug, Default)]
pub struct PoolStats {
    /// Tokens signed.
    pub minted: Counter,
    busy_ns: Counter,
    has_panicked: AtomicBool,
}

impl PoolStats {
    /// The wall time that all signer threads together spent on them.
    pub fn busy(&self) -> Nanos {
        Nanos(self.busy_ns.get())
    }

    /// Whether one of the threads has ended by a panic, a bug of ours.
    pub fn has_panicked(&self) -> bool {
        self.has_panicked.load(Relaxed)
    }
}

/// The running signer threads; they end when it is dropped.
pub struct Pool {
    requests: Option<Sender<Request>>,
    stats: Arc<PoolStats>,
    users: u64,
    turn: Counter,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts one thread for each signer.
    pub fn start(signers: Vec<Signer>, clock: Clock) -> std::io::Result<Self> {
        let (requests, inbox) = bounded(REQUESTS_MAX);
        let stats = Arc::new(PoolStats::default());
        let users = signers.first().map_or(1, |signer| signer.minter.users());
        let threads = signers
            .into_iter()
            .enumerate()
            .map(|(number, signer)| {
                let worker = Worker {
                    minter: signer.minter,
                    ahead: signer.ahead,
                    inbox: inbox.clone(),
                    stats: Arc::clone(&stats),
                    clock,
                };
                thread::Builder::new()
                    .name(format!("signer-{number}"))
                    .spawn(move || worker.run())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            requests: Some(requests),
            stats,
            users: users.max(1),
            turn: Counter::default(),
            threads,
        })
    }

    /// Asks for a token minted now, for the user whose turn it is; it comes through the
    /// receiver.
    pub fn ask(&self) -> Result<oneshot::Receiver<Minted>, TokenError> {
        self.ask_for(Ask::of_user(self.next_user()))
    }

    /// Asks for a token; it comes through the receiver.
    pub fn ask_for(&self, ask: Ask) -> Result<oneshot::Receiver<Minted>, TokenError> {
        let (sender, receiver) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(TokenError::Stopped)?;
        requests
            .try_send((ask, sender))
            .map_err(|_| TokenError::Stopped)?;
        Ok(receiver)
    }

    /// How many users have tokens of their own.
    pub const fn users(&self) -> u64 {
        self.users
    }

    /// The number of the user whose turn it is.
    pub fn next_user(&self) -> u64 {
        if self.users == 1 {
            return 0;
        }
        self.turn.count() % self.users
    }

    /// What the threads have done so far.
    pub fn stats(&self) -> Arc<PoolStats> {
        Arc::clone(&self.stats)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.requests = None;
        for thread in self.threads.drain(..) {
            // The statistics, which outlive the pool, record a panic.
            drop(thread.join());
        }
    }
}

opaque_debug!(Pool);

struct Worker {
    minter: Minter,
    ahead: Ahead,
    inbox: Receiver<Request>,
    stats: Arc<PoolStats>,
    clock: Clock,
}

impl Worker {
    fn run(mut self) {
        let stats = Arc::clone(&self.stats);
        let _guard = OnPanic(|| stats.has_panicked.store(true, Relaxed));
        // If the kernel refuses, the priority stays as it is; the lag will show it.
        rustix::process::setpriority_process(None, NICENESS).unwrap_or_default();
        // A key that cannot sign is counted when a callout needs it.
        self.minter.warm_up().unwrap_or_default();
        let arrivals = std::mem::replace(&mut self.ahead.arrivals, Box::new(std::iter::empty()));
        for next in arrivals {
            if self.sign_ahead(next).is_break() {
                return;
            }
        }
        while let Ok(callout) = self.inbox.recv() {
            self.answer(callout);
        }
    }

    /// Signs for one arrival to come, and meanwhile for callouts that wait. Breaks when the pool ends.
    fn sign_ahead(&mut self, next: SignRequest) -> ControlFlow<()> {
        if self.clock.now() < next.from {
            let batch_end = next.from + BATCH;
            while self.clock.now() < batch_end {
                match self.inbox.recv_timeout(self.clock.until(batch_end)) {
                    Ok(callout) => self.answer(callout),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
                }
            }
        }
        loop {
            match self.inbox.try_recv() {
                Ok(callout) => self.answer(callout),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
            }
        }
        let Some(minted) = self.mint(self.clock.unix_seconds(next.due), next.user) else {
            return ControlFlow::Continue(());
        };
        self.deliver(next.worker, minted)
    }

    /// Hands a token to its worker; while the worker is full, callouts that wait go first.
    fn deliver(&mut self, worker: usize, mut minted: Minted) -> ControlFlow<()> {
        let Some(inbox) = self.ahead.workers.get(worker).cloned() else {
            return ControlFlow::Continue(());
        };
        loop {
            match inbox.try_send(minted) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {
                    return ControlFlow::Continue(());
                }
                Err(mpsc::error::TrySendError::Full(back)) => minted = back,
            }
            match self.inbox.recv_timeout(FULL_WAIT) {
                Ok(callout) => self.answer(callout),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
            }
        }
    }

    /// Signs for a callout that waits, unless it has given up.
    fn answer(&mut self, (ask, callout): Request) {
        if callout.is_closed() {
            return;
        }
        let now = || self.clock.unix_seconds(self.clock.now());
        let iat = ask.iat.unwrap_or_else(now);
        if let Some(minted) = self.mint(iat, ask.user) {
            drop(callout.send(minted));
        }
    }

    /// Mints and counts; `None` if the signature failed, which the waiting iteration sees as a
    /// closed channel and counts as `signing`.
    fn mint(&mut self, iat: u64, user: u64) -> Option<Minted> {
        let minted = self.minter.mint(iat, user).ok()?;
        self.stats.minted.count();
        self.stats.busy_ns.add(minted.wall.0);
        Some(minted)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::keys::PrivateKey;
    use crate::plan::{Auth, TokenSource};
    use crate::token::Claims;

    const PEM: &[u8] = include_bytes!("../../tests/fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

    fn pool(arrivals: Box<dyn Iterator<Item = SignRequest> + Send>) -> Pool {
        let key = PrivateKey::from_pem(PEM).unwrap().prepare().unwrap();
        let auth = Auth::of(TokenSource::NamedCredential, "k");
        let signer = Signer {
            minter: Minter::new(key, Claims::new(&auth)),
            ahead: Ahead {
                arrivals,
                workers: Vec::new(),
            },
        };
        Pool::start(vec![signer], Clock::new(Instant::now(), Duration::ZERO)).unwrap()
    }

    #[test]
    fn a_signer_that_panics_is_told_by_the_books() {
        let pool = pool(Box::new(std::iter::from_fn(|| panic!("a bug"))));
        let stats = pool.stats();
        drop(pool);
        assert!(stats.has_panicked());
    }

    #[test]
    fn signers_that_end_with_their_pool_have_not_panicked() {
        let pool = pool(Box::new(std::iter::empty()));
        let stats = pool.stats();
        drop(pool);
        assert!(!stats.has_panicked());
    }
}
