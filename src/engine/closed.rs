//! The closed model: virtual users that wait for their answers, their life owned by goose.
//!
//! This is the only file that names goose. goose launches the users, keeps them going
//! and ends them; callouts, timing, pauses, the end of the run and every figure are ours.
//! Its own HTTP client never sends a byte and its metrics are off.
//!
//! What has to be known of goose 0.19, and is dealt with here:
//! - its `execute()` must never be dropped, or the users live on: it gets a runtime of
//!   its own, which is shut down when a watchdog's patience ends;
//! - its killswitch is forgotten when raised too early: it is raised again and again;
//! - between our end and its own it goes on calling users: they then only sleep;
//! - it logs to stdout unless a logger is there before it: a silent one is;
//! - it takes Ctrl-C for itself unless a handler is there before it: `cli` installs ours;
//! - it builds an HTTP client for each user from the system's roots: one is shared, and
//!   told to believe anyone, which is safe for a client that is never used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use rand::RngExt;
use tokio::runtime::Builder;
use tokio::sync::Mutex;
use tokio::time::{sleep, sleep_until, timeout};

use super::iteration::{Caller, Turn};
use super::{EngineError, Stop};
use crate::client::Transport;
use crate::clock::Clock;
use crate::plan::{UntilUsers, UsersLoad};
use crate::record::Recorder;
use crate::units::{Nanos, Seed, count};

/// What drives closed loads, as reports name it.
pub const ENGINE: &str = "goose 0.19.0";

/// The stream of the seed from which users' first pauses are drawn.
const PAUSE_STREAM: u64 = 3;

/// The pause of a user whose callout failed at once, so that a target that refuses does
/// not turn users into a busy loop.
const FAILURE_PAUSE: Duration = Duration::from_millis(20);

/// The pause of a user that is done, until goose takes notice.
const DONE_PAUSE: Duration = Duration::from_millis(50);

/// How long a user goes on within one transaction of goose.
const TRANSACTION: Nanos = Nanos::from_millis(100);

/// How often goose is told to end.
const KILL_EVERY: Duration = Duration::from_millis(100);

/// How long after its last callout must have ended goose may take to end its users.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a closed load works with.
pub struct ClosedLoad<T> {
    /// The load.
    pub load: UsersLoad,
    /// One caller for each virtual user.
    pub callers: Vec<Caller<T>>,
    /// The run's clock.
    pub clock: Clock,
    /// The seed of the users' first pauses.
    pub seed: Seed,
    /// Threads of the runtime.
    pub io_workers: usize,
    /// How long a callout may take.
    pub callout_limit: Nanos,
    /// How long callouts under way may take after an early stop.
    pub grace: Nanos,
    /// Ends the run before its time.
    pub stop: Stop,
}

/// Runs virtual users until their time is over, their iterations are done, or the stop.
///
/// Blocks the calling thread, which must not be one of a runtime.
pub fn run_closed<T: Transport + Sync + 'static>(closed: ClosedLoad<T>) -> Result<(), EngineError> {
    let system = |what| move |cause| EngineError::System { what, cause };
    let runtime = Builder::new_multi_thread()
        .worker_threads(closed.io_workers)
        .thread_name("io-goose")
        .enable_all()
        .build()
        .map_err(system("runtime"))?;
    let crowd = Arc::new(Crowd::new(&closed));
    let limit = closed.callout_limit.as_duration();
    let (stop, grace) = (closed.stop.clone(), closed.grace.as_duration());
    let seats = seat(closed);
    let result = runtime.block_on(async {
        let attack = attack(Arc::clone(&crowd), seats).map_err(|error| refused(&error))?;
        let execution = tokio::spawn(attack.execute());
        crowd.over().await;
        let killing = async {
            while !execution.is_finished() {
                goose::trigger_killswitch("the load is over");
                sleep(KILL_EVERY).await;
            }
            execution.await
        };
        let out_of_grace = async {
            stop.raised().await;
            sleep(grace).await;
        };
        let killed = tokio::select! {
            biased;
            killed = timeout(limit + PATIENCE, killing) => killed,
            // What is still under way ends with the runtime and is counted as interrupted.
            () = out_of_grace => return Ok(()),
        };
        match killed {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(error))) => Err(refused(&error)),
            Ok(Err(_)) => Err(EngineError::Panicked),
            Err(_) => Err(EngineError::Goose("its users did not end".to_owned())),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    if crowd.panicked.load(Relaxed) {
        return Err(EngineError::Panicked);
    }
    result
}

/// What all virtual users share.
struct Crowd {
    load: UsersLoad,
    clock: Clock,
    stop: Stop,
    /// Raised when no more iterations begin, whatever the reason.
    ending: Stop,
    next_seq: AtomicU64,
    done: AtomicUsize,
    panicked: AtomicBool,
}

/// One virtual user's own state; locked only by itself.
struct Seat<T> {
    caller: Caller<T>,
    recorder: Arc<Recorder>,
    next: Nanos,
    iterations: u64,
}

impl Crowd {
    fn new<T>(closed: &ClosedLoad<T>) -> Self {
        Self {
            load: closed.load,
            clock: closed.clock,
            stop: closed.stop.clone(),
            ending: Stop::default(),
            next_seq: AtomicU64::new(0),
            done: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
        }
    }

    /// Waits until no more iterations are to begin.
    async fn over(&self) {
        let time_is_up = async {
            match self.load.until {
                UntilUsers::Duration(span) => sleep_until(self.clock.instant(span)).await,
                UntilUsers::Iterations(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_is_up => {}
            () = self.stop.raised() => {}
            () = self.ending.raised() => {}
        }
        self.ending.raise();
    }

    /// What one virtual user does in one transaction of goose: turn after turn, for a
    /// while, because goose's own work between transactions costs CPU time.
    async fn turns<T: Transport>(&self, seat: &Mutex<Seat<T>>) {
        let mut seat = seat.lock().await;
        if self.ending.is_raised() || self.is_done(&seat) {
            sleep(DONE_PAUSE).await;
            return;
        }
        let until = self.clock.now() + TRANSACTION;
        while let Some(ended) = self.turn(&mut seat).await
            && ended < until
        {}
    }

    /// One turn: its pause, then its iteration. Tells when that ended; `None` when there
    /// is no further turn.
    async fn turn<T: Transport>(&self, seat: &mut Seat<T>) -> Option<Nanos> {
        if self.ending.is_raised() || self.is_done(seat) {
            return None;
        }
        let mut now = self.clock.now();
        if seat.next > now {
            tokio::select! {
                biased;
                () = self.ending.raised() => return None,
                () = sleep_until(self.clock.instant(seat.next)) => {}
            }
            now = self.clock.now();
        }
        let watch = Watch(self);
        seat.recorder.planned(now);
        let turn = Turn {
            seq: self.next_seq.fetch_add(1, Relaxed),
            due: now,
            queued: None,
        };
        let ended = seat.caller.iterate(turn, now).await;
        let pause = if ended.outcome.is_ok() {
            self.load.think
        } else {
            self.load.think.max(FAILURE_PAUSE.into())
        };
        seat.next = ended.at + pause;
        seat.iterations += 1;
        if self.is_done(seat) {
            self.one_is_done();
        }
        drop(watch);
        Some(ended.at)
    }

    const fn is_done<T>(&self, seat: &Seat<T>) -> bool {
        match self.load.until {
            UntilUsers::Duration(_) => false,
            UntilUsers::Iterations(each) => seat.iterations >= each,
        }
    }

    fn one_is_done(&self) {
        if self.done.fetch_add(1, Relaxed) + 1 >= self.load.users {
            self.ending.raise();
        }
    }
}

/// Notices a panic in an iteration, which goose itself would swallow with the user.
struct Watch<'c>(&'c Crowd);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.panicked.store(true, Relaxed);
            self.0.one_is_done();
        }
    }
}

/// Gives each user a seat. With a pause to draw from, first callouts are spread over it,
/// so that users do not march in step.
fn seat<T>(closed: ClosedLoad<T>) -> Arc<[Mutex<Seat<T>>]> {
    let mut rng = closed.seed.rng(PAUSE_STREAM);
    closed
        .callers
        .into_iter()
        .map(|caller| {
            Mutex::new(Seat {
                recorder: Arc::clone(&caller.recorder),
                caller,
                next: Nanos(rng.random_range(0..=closed.load.think.0)),
                iterations: 0,
            })
        })
        .collect()
}

fn attack<T: Transport + Sync + 'static>(
    crowd: Arc<Crowd>,
    seats: Arc<[Mutex<Seat<T>>]>,
) -> Result<GooseAttack, goose::GooseError> {
    // Fails when a logger is there already, which serves as well.
    drop(log::set_logger(&Silent));
    let users = seats.len();
    let function: TransactionFunction = Arc::new(move |user| {
        let (crowd, seats) = (Arc::clone(&crowd), Arc::clone(&seats));
        Box::pin(async move {
            match seats.get(user.weighted_users_index) {
                Some(seat) => crowd.turns(seat).await,
                None => sleep(DONE_PAUSE).await,
            }
            Ok(())
        })
    });
    let client = GooseClientBuilder::new()
        .without_cookies()
        .accept_invalid_certs(true)
        .gzip(false);
    Ok(GooseAttack::initialize_with_config(configuration(users))?
        .set_client_builder_without_cookies(client)?
        .register_scenario(Scenario::new("leads").register_transaction(Transaction::new(function))))
}

/// Nothing is measured, printed, served or written by goose.
fn configuration(users: usize) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    // Required, and never used: no request is made through goose.
    configuration.host = Some("http://127.0.0.1/".to_owned());
    configuration.users = Some(users);
    configuration.increase_rate = Some("100000".to_owned());
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_telnet = true;
    configuration.no_gzip = true;
    configuration.accept_invalid_certs = true;
    configuration.quiet = 1;
    configuration
}

fn refused(error: &goose::GooseError) -> EngineError {
    EngineError::Goose(error.to_string())
}

/// A logger that says nothing: without one goose installs its own, which writes to stdout.
struct Silent;

impl log::Log for Silent {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

impl<T> std::fmt::Debug for ClosedLoad<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClosedLoad")
            .field("load", &self.load)
            .field("users", &count(self.callers.len()))
            .finish_non_exhaustive()
    }
}
