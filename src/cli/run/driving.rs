//! From a checked plan to a summary: sets everything up, drives the load, sums up.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Identity;
use super::collecting::{Collecting, Context};
use super::describe::{self, schedule};
use super::feeds::{priming, start_signers};
use super::folder::{self, RunFolder};
use super::probe::Probe;
use super::progress::{Display, Ui};
use super::signers::Signers;
use super::target::{Reached, reach};
use crate::cli::exit::{Code, Failure};
use crate::cli::key_folder::{self, KeyFolder};
use crate::cli::machine::{self, Gauges};
use crate::cli::wall;
use crate::client::{HttpTransport, Keep, LateWatch, SharedPool};
use crate::clock::Clock;
use crate::engine::{self, Arrival, Caller, EngineError, OpenWorker, Stop};
use crate::keys::PrivateKey;
use crate::lead::Leads;
use crate::plan::{Address, Auth, HttpVersion, Lifetime, Plan, Sharing, SigningMode};
use crate::record::{Collector, LoadRecorders, Recorder};
use crate::summary::{RunState, Summary};
use crate::token::{Feed, Pool};
use crate::units::{Nanos, index, whole};

/// Arrivals a second that one I/O thread is trusted with. It can do more; the rest keeps
/// its lateness low.
const PER_IO_WORKER: f64 = 10_000.0;

/// How long callouts under way may take after Ctrl-C.
const GRACE: Nanos = Nanos::from_secs(2);

/// The time between the start of all threads and the first arrival.
const RUN_UP: Duration = Duration::from_millis(100);

/// What is to be run.
pub(super) struct Job<'j> {
    pub(super) plan: &'j Plan,
    pub(super) identity: &'j Identity,
    pub(super) keys: &'j KeyFolder,
    pub(super) out: &'j Path,
    pub(super) ui: Ui,
    /// Whether a plan is run although the signers cannot keep up with it.
    pub(super) force: bool,
    pub(super) stop: Stop,
}

/// What came of it.
pub(super) struct Driven {
    pub(super) summary: Summary,
    pub(super) folder: PathBuf,
    /// Whether the reports could be written.
    pub(super) written: Result<(), Failure>,
    /// What broke in the engine, if anything; the summary holds what was recorded.
    pub(super) broken: Option<EngineError>,
}

/// Runs a plan.
pub(super) fn drive(job: &Job<'_>) -> Result<Driven, Failure> {
    let plan = job.plan;
    let auth = plan
        .auth
        .as_ref()
        .filter(|auth| auth.signing != SigningMode::None);
    let key = auth.map(|auth| load_key(job, auth)).transpose()?;
    let reached = reach(plan, key.as_ref(), job.keys)?;
    let cores = index(machine::cores().into());
    let signers = match (auth, &key) {
        (Some(auth), Some(key)) => Signers::prepare(plan, auth, key, cores, job.force)?,
        _ => Signers::none(),
    };
    let folder = RunFolder::create(
        job.out,
        &plan.name,
        wall::since_epoch(),
        job.identity.commit.as_deref(),
    )?;
    Driving::begin(job, reached, signers, &folder, cores)?.finish(folder.path)
}

/// With the embedded target a missing key pair is made; with any other it is an error.
fn load_key(job: &Job<'_>, auth: &Auth) -> Result<PrivateKey, Failure> {
    let name = key_folder::unique_name(&auth.key)?;
    match job.plan.target.address {
        Address::Url { .. } => job.keys.load_private(&name),
        Address::Embedded(_) => {
            let ensured = job.keys.ensure(&name, crate::keys::KeySize::Rsa2048)?;
            ensured.say(&name, job.keys);
            Ok(ensured.key)
        }
    }
}

/// A run whose clock is set and whose threads are about to start.
struct Driving<'j> {
    job: &'j Job<'j>,
    reached: Reached,
    clock: Clock,
    tracks: Vec<Track>,
    io_workers: usize,
    pool: Option<Arc<Pool>>,
    collecting: Collecting<BufWriter<File>>,
}

/// What one load of the run works with.
struct Track {
    leads: Leads,
    late: LateWatch,
    /// One for each I/O worker.
    recorders: Vec<Arc<Recorder>>,
    /// One for each I/O worker.
    feeds: Vec<Feed>,
}

impl<'j> Driving<'j> {
    fn begin(
        job: &'j Job<'j>,
        reached: Reached,
        signers: Signers,
        folder: &RunFolder,
        cores: usize,
    ) -> Result<Self, Failure> {
        let plan = job.plan;
        let io_workers = io_workers(plan, cores);
        let run_up = RUN_UP + priming(plan, &signers);
        let unix_start = wall::since_epoch() + run_up;
        let clock = Clock::new(Instant::now() + run_up, unix_start);
        let log = folder.begin_log(&format!("leadbench {}", plan.name), unix_start)?;
        let signing = signers.facts.clone();
        let (pool, feeds) = start_signers(plan, signers.minters, clock, io_workers)?;
        let leads = Leads::new(plan.lead, job.identity.entropy, wall::date(unix_start));
        let tracks: Vec<_> = plan
            .loads
            .iter()
            .zip(0..)
            .zip(feeds)
            .map(|((load, number), feeds)| Track {
                leads: leads.clone().of_load(number),
                late: LateWatch::default(),
                recorders: (0..io_workers)
                    .map(|_| Arc::new(Recorder::new(load.measured_from()).ending(load.end())))
                    .collect(),
                feeds,
            })
            .collect();
        let loads = describe::loads(plan);
        let context = Context {
            run: describe::run(job, unix_start, io_workers),
            signing,
            pool: pool.as_ref().map(|pool| pool.stats()),
            signed_before: Nanos::ZERO,
            late: tracks.iter().map(|track| track.late.clone()).collect(),
            thresholds: plan.thresholds.clone(),
            gauges: Gauges::start(),
            probe: Probe::start(clock).map_err(Failure::environment)?,
            clock,
            folder: folder.path.clone(),
            loads,
        };
        let recorders = plan.loads.iter().zip(&tracks);
        let recorders = recorders.map(|(load, track)| LoadRecorders {
            name: load.name.clone(),
            recorders: track.recorders.clone(),
        });
        let collecting = Collecting::start(
            Collector::new(recorders.collect(), log),
            context,
            Display::new(job.ui, plan.duration()),
        )
        .map_err(Failure::environment)?;
        Ok(Self {
            job,
            reached,
            clock,
            tracks,
            io_workers,
            pool,
            collecting,
        })
    }

    fn finish(self, folder: PathBuf) -> Result<Driven, Failure> {
        let driven = self.drive();
        let (state, elapsed) = self.ended(driven.is_ok());
        // The pool's threads end with the last feed.
        drop((self.tracks, self.pool));
        let summary = self.collecting.finish(state, elapsed).ok_or_else(|| {
            Failure::new(Code::Internal, anyhow::anyhow!("the collector panicked"))
        })?;
        Ok(Driven {
            written: folder::write_reports(&folder, &summary),
            summary,
            folder,
            broken: driven.err(),
        })
    }

    /// How the load ended, and how long it had lasted.
    ///
    /// A load that came to its end lasted as long as planned, though its last answer may
    /// have come sooner: ten arrivals in ten seconds are one a second.
    fn ended(&self, is_whole: bool) -> (RunState, Nanos) {
        let raised = self.job.stop.raised_at();
        let now = raised.map_or_else(|| self.clock.now(), |at| self.clock.at(at));
        let plan = self.job.plan;
        let planned = plan
            .duration()
            .unwrap_or_else(|| plan.last_known_end().max(now));
        if self.job.stop.is_raised() {
            (RunState::Interrupted, planned.min(now))
        } else if is_whole {
            (RunState::Finished, planned)
        } else {
            (RunState::Finished, planned.min(now))
        }
    }

    /// Open loads go on threads of their own, closed ones on goose's; both at once.
    fn drive(&self) -> Result<(), EngineError> {
        let open = self.open_groups();
        if self.job.plan.users() == 0 {
            return engine::run_open(open);
        }
        std::thread::scope(|scope| {
            let closed = scope.spawn(|| self.drive_closed());
            let open = engine::run_open(open);
            open.and(closed.join().unwrap_or(Err(EngineError::Panicked)))
        })
    }

    /// For each I/O thread one worker of each open load.
    fn open_groups(
        &self,
    ) -> Vec<
        Vec<
            OpenWorker<
                impl Iterator<Item = Arrival> + Send + use<>,
                impl FnMut() -> Caller<HttpTransport> + Send + use<>,
            >,
        >,
    > {
        let plan = self.job.plan;
        let loads: Vec<_> = plan.open_loads().collect();
        if loads.is_empty() {
            return Vec::new();
        }
        let group = |worker| {
            let shared = self.shared_pool();
            let shared = shared.as_ref();
            loads
                .iter()
                .map(|&(number, _, load)| OpenWorker {
                    arrivals: schedule(plan, number, load).shard(worker, self.io_workers),
                    caller: self.caller_maker(number, worker, shared),
                    feed: self.feed(number, worker),
                    recorder: Arc::clone(&self.tracks[number].recorders[worker]),
                    clock: self.clock,
                    max_in_flight: share(load.max_in_flight, worker, self.io_workers),
                    overflow: load.overflow,
                    grace: GRACE,
                    stop: self.job.stop.clone(),
                })
                .collect()
        };
        (0..self.io_workers).map(group).collect()
    }

    #[cfg(feature = "goose")]
    fn drive_closed(&self) -> Result<(), EngineError> {
        let plan = self.job.plan;
        let loads = plan
            .closed_loads()
            .map(|(number, load, users)| engine::ClosedLoad {
                load: users.clone(),
                number: crate::units::count(number),
                start: load.start,
                callers: self.closed_callers(number, users.users()),
            });
        engine::run_closed(engine::ClosedRun {
            loads: loads.collect(),
            clock: self.clock,
            seed: plan.lead.seed,
            io_workers: self.io_workers,
            callout_limit: plan.target.timeout,
            grace: GRACE,
            stop: self.job.stop.clone(),
        })
    }

    #[cfg(not(feature = "goose"))]
    #[expect(clippy::unused_self, reason = "the other build needs it")]
    fn drive_closed(&self) -> Result<(), EngineError> {
        Err(EngineError::Goose(
            "this build is without it; virtual users need the feature \"goose\"".to_owned(),
        ))
    }

    /// Connections for all callers of one runtime, if they share any.
    fn shared_pool(&self) -> Option<SharedPool> {
        let connections = &self.job.plan.target.connections;
        let is_http2 = connections.http == HttpVersion::Http2;
        (connections.pool == Sharing::Shared).then(|| SharedPool::new(is_http2))
    }

    fn feed(&self, load: usize, worker: usize) -> Feed {
        let feeds = &self.tracks[load].feeds;
        feeds.get(worker).map_or(Feed::None, Feed::share)
    }

    /// What makes the callers of one worker, on the worker's own thread.
    fn caller_maker(
        &self,
        load: usize,
        worker: usize,
        shared: Option<&SharedPool>,
    ) -> impl FnMut() -> Caller<HttpTransport> + Send + use<> {
        let shared = shared.cloned();
        let keep = match self.job.plan.target.connections.lifetime {
            Lifetime::KeepAlive => Keep::Alive,
            Lifetime::PerTransaction => Keep::ForTransaction,
            Lifetime::PerCallout => Keep::ForCallout,
        };
        let track = &self.tracks[load];
        let feed = self.feed(load, worker);
        let (endpoint, form) = (self.reached.endpoint.clone(), self.reached.form.clone());
        let limit = self.job.plan.target.timeout;
        let (clock, late) = (self.clock, track.late.clone());
        let leads = track.leads.clone();
        let recorder = Arc::clone(&track.recorders[worker]);
        let retry_on_401 = self
            .job
            .plan
            .auth
            .as_ref()
            .is_some_and(|auth| auth.retry_on_401);
        let transport = move || {
            let (endpoint, form) = (endpoint.clone(), form.clone());
            let own = HttpTransport::new(endpoint, form, limit, clock, late.clone()).keeping(keep);
            match &shared {
                Some(pool) => own.sharing(pool),
                None => own,
            }
        };
        move || Caller {
            transport: transport(),
            feed: feed.share(),
            leads: leads.writer(),
            recorder: Arc::clone(&recorder),
            clock,
            retry_on_401,
        }
    }
}

#[cfg(feature = "goose")]
impl Driving<'_> {
    /// One caller for each virtual user, spread over the recorders.
    fn closed_callers(&self, load: usize, users: usize) -> Vec<Caller<HttpTransport>> {
        let shared = self.shared_pool();
        let mut makers: Vec<_> = (0..self.io_workers)
            .map(|worker| self.caller_maker(load, worker, shared.as_ref()))
            .collect();
        let workers = makers.len();
        (0..users).map(|user| makers[user % workers]()).collect()
    }
}

/// Half of the cores at most, for the other half signs, and no more than the rate asks for.
fn io_workers(plan: &Plan, cores: usize) -> usize {
    let half = (cores / 2).max(1);
    plan.engine.io_workers.unwrap_or_else(|| {
        if plan.users() > 0 {
            return half;
        }
        let wanted = index(whole((plan.peak_per_s() / PER_IO_WORKER).ceil()));
        wanted.clamp(1, half)
    })
}

/// One worker's share of a number, the first ones taking the rest; at least 1.
fn share(whole: usize, number: usize, workers: usize) -> usize {
    (whole / workers + usize::from(number < whole % workers)).max(1)
}
