//! From a checked plan to a summary: sets everything up, drives the load, sums up.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use super::Identity;
use super::collecting::{Collecting, Context};
use super::feeds::{priming, start_signers};
use super::folder::{self, RunFolder};
use super::progress::{Display, Ui};
use super::redact;
use super::signers::Signers;
use super::target::{Reached, reach};
use crate::cli::exit::{Code, Failure};
use crate::cli::key_folder::{self, KeyFolder};
use crate::cli::machine::{self, Gauges};
use crate::cli::{stdio, wall};
use crate::client::{HttpTransport, LateWatch};
use crate::clock::Clock;
use crate::engine::{self, Caller, EngineError, OpenWorker, Schedule, Stop};
use crate::keys::PrivateKey;
use crate::lead::Leads;
use crate::plan::{Address, Auth, Plan, RateLoad, Shape, SigningMode};
use crate::record::{Collector, Recorder};
use crate::summary::{LoadSummary, Model, Run, RunState, Summary};
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
    let reached = reach(plan, key.as_ref())?;
    let cores = index(machine::cores().into());
    let signers = match (auth, &key) {
        (Some(auth), Some(key)) => Signers::prepare(plan, auth, key, cores)?,
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
            if ensured.made {
                stdio::note(&format!(
                    "made a key pair {name} (2048 bits) in {}",
                    job.keys.path().display()
                ));
            }
            Ok(ensured.key)
        }
    }
}

/// A run whose clock is set and whose threads are about to start.
struct Driving<'j> {
    job: &'j Job<'j>,
    reached: Reached,
    clock: Clock,
    leads: Leads,
    late: LateWatch,
    recorders: Vec<Arc<Recorder>>,
    io_workers: usize,
    pool: Option<Arc<Pool>>,
    feeds: Vec<Feed>,
    collecting: Collecting<BufWriter<File>>,
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
        let recorders: Vec<_> = (0..io_workers)
            .map(|_| Arc::new(Recorder::new(plan.load.warmup)))
            .collect();
        let late = LateWatch::default();
        let signing = signers.facts.clone();
        let (pool, feeds) = start_signers(plan, signers.minters, clock, io_workers)?;
        let context = Context {
            run: describe(job, unix_start, io_workers),
            signing,
            pool: pool.as_ref().map(|pool| pool.stats()),
            asked_per_s: asked(plan),
            thresholds: plan.thresholds.clone(),
            late: late.clone(),
            gauges: Gauges::start(),
            clock,
            folder: folder.path.clone(),
        };
        let collecting = Collecting::start(
            Collector::new(recorders.clone(), log),
            context,
            Display::new(job.ui, plan.load.duration()),
        )
        .map_err(Failure::environment)?;
        Ok(Self {
            leads: Leads::new(plan.lead, job.identity.entropy, wall::date(unix_start)),
            job,
            reached,
            clock,
            late,
            recorders,
            io_workers,
            pool,
            feeds,
            collecting,
        })
    }

    fn finish(self, folder: PathBuf) -> Result<Driven, Failure> {
        let driven = match self.job.plan.load.shape {
            Shape::Rate(load) => self.drive_open(load),
            Shape::Users(load) => self.drive_closed(load),
        };
        let (state, elapsed) = self.ended(driven.is_ok());
        // The pool's threads end with the last feed.
        drop((self.feeds, self.pool));
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
        let now = self.clock.now();
        let planned = self.job.plan.load.duration().unwrap_or(now);
        if self.job.stop.is_raised() {
            (RunState::Interrupted, planned.min(now))
        } else if is_whole {
            (RunState::Finished, planned)
        } else {
            (RunState::Finished, planned.min(now))
        }
    }

    fn drive_open(&self, load: RateLoad) -> Result<(), EngineError> {
        let schedule = Schedule::new(load, self.job.plan.lead.seed);
        let workers = (0..self.io_workers)
            .map(|number| {
                let feed = self.feed(number);
                let make = self.caller_maker(number, &feed);
                OpenWorker {
                    arrivals: schedule.shard(number, self.io_workers),
                    caller: make,
                    feed,
                    recorder: Arc::clone(&self.recorders[number]),
                    clock: self.clock,
                    max_in_flight: share(load.max_in_flight, number, self.io_workers),
                    overflow: load.overflow,
                    grace: GRACE,
                    stop: self.job.stop.clone(),
                }
            })
            .collect();
        engine::run_open(workers)
    }

    #[cfg(feature = "goose")]
    fn drive_closed(&self, load: crate::plan::UsersLoad) -> Result<(), EngineError> {
        let closed = engine::ClosedLoad {
            load,
            callers: self.closed_callers(load.users),
            clock: self.clock,
            seed: self.job.plan.lead.seed,
            io_workers: self.io_workers,
            callout_limit: self.job.plan.target.timeout,
            grace: GRACE,
            stop: self.job.stop.clone(),
        };
        engine::run_closed(closed)
    }

    #[cfg(not(feature = "goose"))]
    #[expect(clippy::unused_self, reason = "the other build needs it")]
    fn drive_closed(&self, _: crate::plan::UsersLoad) -> Result<(), EngineError> {
        Err(EngineError::Goose(
            "this build is without it; virtual users need the feature \"goose\"".to_owned(),
        ))
    }

    fn feed(&self, number: usize) -> Feed {
        self.feeds.get(number).map_or(Feed::None, Feed::share)
    }

    /// What makes the callers of one worker, on the worker's own thread.
    fn caller_maker(
        &self,
        number: usize,
        feed: &Feed,
    ) -> impl FnMut() -> Caller<HttpTransport> + Send + use<> {
        let feed = feed.share();
        let (endpoint, form) = (self.reached.endpoint.clone(), self.reached.form.clone());
        let limit = self.job.plan.target.timeout;
        let (clock, late) = (self.clock, self.late.clone());
        let leads = self.leads.clone();
        let recorder = Arc::clone(&self.recorders[number]);
        let retry_on_401 = self
            .job
            .plan
            .auth
            .as_ref()
            .is_some_and(|auth| auth.retry_on_401);
        move || Caller {
            transport: HttpTransport::new(
                endpoint.clone(),
                form.clone(),
                limit,
                clock,
                late.clone(),
            ),
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
    fn closed_callers(&self, users: usize) -> Vec<Caller<HttpTransport>> {
        let mut makers: Vec<_> = (0..self.io_workers)
            .map(|number| self.caller_maker(number, &self.feed(number)))
            .collect();
        let workers = makers.len();
        (0..users).map(|user| makers[user % workers]()).collect()
    }
}

/// Half of the cores at most, for the other half signs, and no more than the rate asks for.
fn io_workers(plan: &Plan, cores: usize) -> usize {
    let half = (cores / 2).max(1);
    plan.engine.io_workers.unwrap_or(match plan.load.shape {
        Shape::Rate(load) => {
            let wanted = index(whole((load.rate.as_per_second() / PER_IO_WORKER).ceil()));
            wanted.clamp(1, half)
        }
        Shape::Users(_) => half,
    })
}

/// One worker's share of a number, the first ones taking the rest; at least 1.
fn share(whole: usize, number: usize, workers: usize) -> usize {
    (whole / workers + usize::from(number < whole % workers)).max(1)
}

fn asked(plan: &Plan) -> Option<f64> {
    match plan.load.shape {
        Shape::Rate(load) => Some(load.rate.as_per_second()),
        Shape::Users(_) => None,
    }
}

fn describe(job: &Job<'_>, unix_start: Duration, io_workers: usize) -> Run {
    let (plan, identity) = (job.plan, job.identity);
    let (model, engine) = match plan.load.shape {
        Shape::Rate(_) => (Model::Open, "native"),
        Shape::Users(_) => (Model::Closed, CLOSED_ENGINE),
    };
    Run {
        id: identity.id.clone(),
        scenario: plan.name.clone(),
        scenario_file: identity.scenario_file.clone(),
        scenario_sha256: identity.scenario_sha256.clone(),
        state: RunState::Running,
        started_at: wall::date(unix_start).format(&Rfc3339).unwrap_or_default(),
        duration_ns: 0,
        command: identity.command.clone(),
        commit: identity.commit.clone(),
        labels: identity.labels.clone(),
        overrides: plan
            .overrides
            .iter()
            .map(redact::override_without_query)
            .collect(),
        seed: plan.lead.seed.0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: engine.to_owned(),
        model,
        target: plan.target.address.to_string(),
        load: LoadSummary {
            name: plan.load.name.clone(),
            description: plan.load.to_string(),
            warmup_ns: plan.load.warmup.0,
            io_workers: u32::try_from(io_workers).unwrap_or(u32::MAX),
        },
        machine: machine::describe(),
    }
}

#[cfg(feature = "goose")]
const CLOSED_ENGINE: &str = engine::CLOSED_ENGINE;
#[cfg(not(feature = "goose"))]
const CLOSED_ENGINE: &str = "none";
