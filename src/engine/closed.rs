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
//! - it builds an HTTP client for each user from the system's roots: one is shared, and accepts any
//!   certificate, which is safe for a client that is never used.

use std::sync::Arc;
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use tokio::runtime::Builder;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::iteration::Caller;
use super::schedule::STREAMS_OF_A_LOAD;
use super::users::{VirtualUser, VirtualUsers};
use super::{EngineError, Stop};
use crate::client::Transport;
use crate::clock::Clock;
use crate::plan::UsersLoad;
use crate::secret::opaque_debug;
use crate::units::{Nanos, Seed};

/// What drives closed loads, as reports name it.
pub const ENGINE: &str = "goose 0.19.0";

/// The stream of the seed from which users' first pauses are drawn.
const PAUSE_STREAM: u64 = 3;

/// The pause of a user that is done, until goose takes notice.
const DONE_PAUSE: Duration = Duration::from_millis(50);

/// How long a user goes on within one transaction of goose.
const TRANSACTION: Nanos = Nanos::from_millis(100);

/// How often the kill switch of goose is raised.
const KILL_EVERY: Duration = Duration::from_millis(100);

/// How long after its last callout must have ended goose may take to end its users.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the closed loads of a run work with.
pub struct ClosedRun<T> {
    /// The loads; goose ends all of its users at once, so they share one attack.
    pub loads: Vec<ClosedLoad<T>>,
    /// The run's clock.
    pub clock: Clock,
    /// The seed of the users' first pauses.
    pub seed: Seed,
    /// Threads of the runtime.
    pub io_workers: usize,
    /// How long a callout may take.
    pub callout_limit: Nanos,
    /// How long callouts under way may take after the stop is raised.
    pub grace: Nanos,
    /// Ends the run before its time.
    pub stop: Stop,
}

/// One closed load.
pub struct ClosedLoad<T> {
    /// Its users.
    pub load: UsersLoad,
    /// Its number among all loads of the run.
    pub number: u64,
    /// When it begins.
    pub start: Nanos,
    /// One caller for each virtual user.
    pub callers: Vec<Caller<T>>,
}

/// Runs virtual users until their time is over, their iterations are done, or the stop.
///
/// Blocks the calling thread, which must not be one of a runtime.
pub fn run_closed<T: Transport + Sync + 'static>(run: ClosedRun<T>) -> Result<(), EngineError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(run.io_workers)
        .thread_name("io-goose")
        .enable_all()
        .build()
        .map_err(EngineError::system("runtime"))?;
    let limit = run.callout_limit.as_duration();
    let (stop, grace) = (run.stop.clone(), run.grace.as_duration());
    let clock = run.clock;
    let (loads, members) = members(run);
    let finish = Stop::default();
    let result = runtime.block_on(async {
        let attack = attack(members, clock, finish.clone()).map_err(|error| refused(&error))?;
        let execution = tokio::spawn(attack.execute());
        let mut ends = JoinSet::new();
        for users in &loads {
            let users = Arc::clone(users);
            ends.spawn(async move { users.over().await });
        }
        while ends.join_next().await.is_some() {}
        finish.raise();
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
    if loads.iter().any(|users| users.has_panicked()) {
        return Err(EngineError::Panicked);
    }
    result
}

/// A virtual user as goose runs it: its load, and its own state, locked only by itself.
struct GooseUser<T> {
    users: Arc<VirtualUsers>,
    user: Mutex<VirtualUser<T>>,
}

impl<T: Transport> GooseUser<T> {
    /// What one virtual user does in one transaction of goose: iteration after iteration, for a
    /// while, because goose's own work between transactions costs CPU time.
    ///
    /// A user that is done waits for the others, and then for goose to take notice.
    async fn iterations(&self, clock: &Clock, finish: &Stop) {
        let mut user = self.user.lock().await;
        let until = clock.now() + TRANSACTION;
        loop {
            match self.users.next_iteration(&mut user).await {
                Some(ended) if ended < until => {}
                Some(_) => return,
                None => break,
            }
        }
        finish.raised().await;
        sleep(DONE_PAUSE).await;
    }
}

/// Makes the virtual users of each load.
fn members<T>(mut run: ClosedRun<T>) -> (Vec<Arc<VirtualUsers>>, Arc<[GooseUser<T>]>) {
    let mut loads = Vec::new();
    let mut members = Vec::new();
    for load in std::mem::take(&mut run.loads) {
        let purpose = PAUSE_STREAM + (load.number << STREAMS_OF_A_LOAD);
        let mut rng = run.seed.rng(purpose);
        let users = VirtualUsers::new(load.load, load.start, run.clock, run.stop.clone());
        let users = Arc::new(users);
        let mut callers = load.callers.into_iter();
        // All users draw from one stream, so those of other shards draw too.
        for user in 0..users.all() {
            let caller = users.is_ours(user).then(|| callers.next()).flatten();
            let drawn = users.draw(&mut rng);
            if let Some(caller) = caller {
                members.push(GooseUser {
                    user: Mutex::new(users.user(user, caller, drawn)),
                    users: Arc::clone(&users),
                });
            }
        }
        loads.push(users);
    }
    (loads, members.into())
}

fn attack<T: Transport + Sync + 'static>(
    members: Arc<[GooseUser<T>]>,
    clock: Clock,
    finish: Stop,
) -> Result<GooseAttack, goose::GooseError> {
    // Fails when a logger is there already, which serves as well.
    drop(log::set_logger(&Silent));
    let users = members.len();
    let function: TransactionFunction = Arc::new(move |user| {
        let (members, finish) = (Arc::clone(&members), finish.clone());
        Box::pin(async move {
            match members.get(user.weighted_users_index) {
                Some(member) => member.iterations(&clock, &finish).await,
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

opaque_debug!(ClosedRun<T>);

opaque_debug!(ClosedLoad<T>);
