//! From a checked plan to a summary: sets everything up, drives the load, sums up.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Identity;
use super::callout_log::callout_log;
use super::collecting::{Collecting, Context, Wire};
use super::created;
use super::credentials::{Credential, credentials};
use super::describe;
use super::ending::Ending;
use super::feeds::{priming, start_signers};
use super::folder::{self, RunFolder};
use super::left_over;
use super::meeting::Start;
use super::negatives::{self, Strangers};
use super::org;
use super::patience::Patience;
use super::preflight;
use super::probe::Probe;
use super::progress::{Display, Ui};
use super::ready;
use super::requests::{self, Form};
use super::signers::Signers;
use super::target::{Reached, reach};
use super::written::{self, Writing};
use crate::cli::archive::Archive;
use crate::cli::exit::{Code, Failure};
use crate::cli::files::Folder;
use crate::cli::guard::{Ceiling, KillSwitch};
use crate::cli::interrupt;
use crate::cli::key_folder::KeyFolder;
use crate::cli::machine::{self, Gauges};
use crate::cli::wall;
use crate::client::LateAnswers;
use crate::clock::Clock;
use crate::engine::{
    AccessTokens, CalloutEvent, CreatedIds, CreatedLead, FirstCallouts, Hopeless, Negatives,
    SampleEvent, Stop, TransactionTally,
};
use crate::lead::Leads;
use crate::live::Board;
use crate::plan::{Load, Plan, SalesforceLoad, Shape};
use crate::record::{Collector, Drift, LoadRecorders, Recorder};
use crate::sample::{MetricNames, Traces};
use crate::summary::{FailureExample, PreflightResult, RunState, Stopped, Summary};
use crate::token::{Pool, TokenProvider};
use crate::units::{Nanos, index, whole};

/// Arrivals a second that one I/O thread is trusted with. It can do more; the rest keeps
/// its lateness low.
const PER_IO_WORKER: f64 = 10_000.0;

/// How long callouts under way may take after Ctrl-C.
pub(super) const GRACE: Nanos = Nanos::from_secs(2);

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
    /// Whether it begins when it is ready, or when another is ready as well.
    pub(super) start: Start,
    /// How long a target that is down is waited for, if it is.
    pub(super) wait_for: Option<Nanos>,
    /// Where a log of the callouts goes, if anywhere.
    pub(super) log_callouts: Option<&'j Path>,
    /// The share of the callouts that is written row by row, and in which form.
    pub(super) requests: Option<(f64, Form)>,
    pub(super) stop: Stop,
    /// The file that ends the run, if there is one.
    pub(super) kill_switch: Option<KillSwitch>,
    /// What the run may not pass, where that was not judged beforehand.
    pub(super) ceiling: Option<Ceiling>,
    /// Who else sees the summary of each second.
    pub(super) board: Option<Arc<Board>>,
}

/// What came of it.
pub(super) struct Driven {
    pub(super) summary: Summary,
    pub(super) folder: Folder,
    /// Whether the reports could be written.
    pub(super) written: Result<(), Failure>,
    /// What broke in the generator, if anything; the summary holds what was recorded.
    pub(super) broken: Option<anyhow::Error>,
}

/// Runs a plan.
pub(super) fn drive(job: &Job<'_>) -> Result<Driven, Failure> {
    let plan = job.plan;
    let patience = Patience::new(job.stop.clone(), job.wait_for)?;
    let credentials = credentials(plan, job.keys)?;
    patience.check()?;
    let reached = reach(plan, &credentials, job.keys, &patience, &job.identity.id)?;
    ready::wait(plan, &reached, &patience)?;
    let preflight = preflight::preflight(
        plan,
        &credentials,
        &reached,
        &patience,
        job.identity.entropy,
    )?;
    let cores = index(machine::cores().into());
    let signers = Signers::prepare(plan, &credentials, cores, job.force, &patience)?;
    let strangers = Strangers::of(plan, job.keys)?;
    let run_up = job.start.meet(RUN_UP + priming(plan, &signers))?;
    let folder = RunFolder::create(
        job.out,
        &plan.name,
        wall::since_epoch(),
        job.identity.commit.as_deref(),
    )?;
    interrupt::writing_to(folder.folder.path());
    let begun = Driving::begin(
        job,
        reached,
        signers,
        (&credentials, strangers.as_ref()),
        &folder,
        Beforehand {
            cores,
            run_up,
            preflight,
        },
    );
    match begun {
        Ok(driving) => driving.finish(&folder.folder),
        Err(failure) => {
            folder.forget();
            Err(failure)
        }
    }
}

/// What was found out before the load.
#[derive(Clone, Copy)]
struct Beforehand {
    cores: usize,
    /// The time until the first arrival.
    run_up: Duration,
    preflight: Option<PreflightResult>,
}

/// A run whose clock is set and whose threads are about to start.
pub(super) struct Driving<'j> {
    pub(super) job: &'j Job<'j>,
    pub(super) reached: Reached,
    pub(super) clock: Clock,
    pub(super) tracks: Vec<Track>,
    pub(super) io_workers: usize,
    pub(super) log: Option<Writing<CalloutEvent>>,
    pub(super) requests: Option<(f64, Writing<SampleEvent>)>,
    pub(super) created: Option<(Writing<CreatedLead>, Arc<CreatedIds>)>,
    /// The names of the metrics of `Server-Timing`, as callouts meet them.
    pub(super) server_metrics: MetricNames,
    /// The traces of the callouts, where they carry any.
    pub(super) traces: Option<Traces>,
    /// Who looks whether any callout can succeed, where that may end the run.
    pub(super) first: Option<Arc<FirstCallouts>>,
    pools: Vec<Arc<Pool>>,
    collecting: Collecting<BufWriter<File>>,
}

/// What one load of the run works with.
pub(super) struct Track {
    pub(super) leads: Leads,
    pub(super) late: LateAnswers,
    /// One for each I/O worker.
    pub(super) recorders: Vec<Arc<Recorder>>,
    /// One for each I/O worker.
    pub(super) providers: Vec<TokenProvider>,
    /// What the load's org has done, if it is one.
    pub(super) org: Arc<TransactionTally>,
    /// The access tokens of its org, if it exchanges tokens.
    pub(super) access: Option<Arc<AccessTokens>>,
    /// Its bad tokens, if it sends any.
    pub(super) negatives: Option<Arc<Negatives>>,
}

impl<'j> Driving<'j> {
    fn begin(
        job: &'j Job<'j>,
        reached: Reached,
        signers: Signers,
        (credentials, strangers): (&[Credential], Option<&Strangers>),
        folder: &RunFolder,
        beforehand: Beforehand,
    ) -> Result<Self, Failure> {
        let plan = job.plan;
        let Beforehand {
            cores,
            run_up,
            preflight,
        } = beforehand;
        let io_workers = io_workers(plan, cores);
        let unix_start = wall::since_epoch() + run_up;
        let clock = Clock::new(Instant::now() + run_up, unix_start);
        let log = folder.begin_log(&format!("leadbench {}", plan.name), unix_start)?;
        let signing = signers.facts.clone();
        let (pools, providers) = start_signers(plan, signers.teams, clock, io_workers)?;
        let leads = Leads::new(&plan.lead, job.identity.entropy, wall::date(unix_start));
        let tracks = tracks(plan, &leads, providers, io_workers);
        let mut tracks = with_access(plan, tracks);
        for (number, negatives) in negatives::negatives(plan, credentials, strangers, clock)? {
            tracks[number].negatives = Some(negatives);
        }
        let loads = describe::loads(plan);
        let server_metrics = MetricNames::default();
        let traces = traces(plan, job.identity.entropy);
        let context = Context {
            run: describe::run(job, unix_start, io_workers),
            signing,
            pools: pools.iter().map(|pool| pool.stats()).collect(),
            signed_before: Nanos::ZERO,
            orgs: orgs(plan, &tracks),
            access: distinct_access(&tracks),
            warnings: org::warn_of_plan(plan),
            late: tracks.iter().map(|track| track.late.clone()).collect(),
            thresholds: plan.thresholds.clone(),
            matrix: plan.matrix,
            negative: plan.negative.clone(),
            gauges: Gauges::start(),
            clocks: machine::clocks(),
            drift: Drift::default(),
            probe: Probe::start(clock).map_err(Failure::environment)?,
            clock,
            folder: folder.folder.clone(),
            board: job.board.clone(),
            ending: Ending::new(
                job.stop.clone(),
                job.kill_switch.clone(),
                job.ceiling.clone(),
            ),
            stop: job.stop.clone(),
            loads,
            wire: Wire::of(&reached.sockets),
            traces,
            server_total: plan.target.server_timing.clone(),
            preflight,
        };
        let recorders = plan.loads.iter().zip(&tracks);
        let recorders = recorders.map(|(load, track)| LoadRecorders {
            name: load.name.clone(),
            recorders: track.recorders.clone(),
            turns: load.turns.clone(),
        });
        let collecting = Collecting::start(
            Collector::new(recorders.collect(), log).naming(&server_metrics),
            context,
            Display::new(job.ui, plan.duration()),
        )
        .map_err(Failure::environment)?;
        let log_callouts = job.log_callouts;
        let log = log_callouts.map(|path| callout_log(path, plan, clock));
        let rows = job.requests.map(|(share, form)| {
            let (folder, id) = (&folder.folder, &job.identity.id);
            let writing = requests::requests(folder, id, form, plan, clock, traces.as_ref())?;
            Ok::<_, Failure>((share, writing))
        });
        let created_id = plan.target.request.created_id.as_ref();
        let created = created_id.map(|path| {
            let leads = tracks.iter().map(|track| track.leads.clone()).collect();
            let writing = created::created(&folder.folder, job, leads, clock)?;
            let ids = Arc::new(CreatedIds::new(path, writing.observer()));
            Ok::<_, Failure>((writing, ids))
        });
        Ok(Self {
            job,
            reached,
            clock,
            tracks,
            io_workers,
            log: log.transpose()?,
            requests: rows.transpose()?,
            created: created.transpose()?,
            server_metrics,
            traces,
            first: first_callouts(job),
            pools,
            collecting,
        })
    }

    fn finish(self, folder: &Folder) -> Result<Driven, Failure> {
        let driven = self.drive();
        let (mut state, elapsed) = self.ended(driven.is_ok());
        let hopeless = self.first.as_ref().and_then(|first| first.found());
        if hopeless.is_some() {
            state = RunState::Stopped;
        }
        // The pools' threads end with the last providers.
        let signers: Vec<_> = self.pools.iter().map(|pool| pool.stats()).collect();
        drop((self.tracks, self.pools));
        let mut broken = driven.err().map(anyhow::Error::from);
        if signers.iter().any(|signers| signers.has_panicked()) {
            broken.get_or_insert_with(|| anyhow::anyhow!("a signer thread panicked"));
        }
        let mut told = Vec::new();
        if let Some(log) = self.log {
            told.extend(log.finish());
        }
        if let Some((_, rows)) = self.requests {
            told.extend(rows.finish());
        }
        if let Some((writing, ids)) = self.created {
            let found = ids.account();
            drop(ids);
            let path = self.job.plan.target.request.created_id.as_deref();
            told.extend(created::missing(path.unwrap_or_default(), &found));
            told.extend(writing.finish());
        }
        let mut summary = if let Some(summary) = self.collecting.finish(state, elapsed) {
            summary
        } else {
            broken.get_or_insert_with(|| anyhow::anyhow!("the collector panicked"));
            last_checkpoint(folder.path())?
        };
        summary.warnings.extend(told);
        if state == RunState::Finished {
            let left = left_over::warnings(&self.job.plan.loads, &summary);
            summary.warnings.extend(left);
        }
        summary.stopped = hopeless.map(stopped);
        // What failed in the warm-up is in no figure, and is why the run was ended all the same.
        if let (Some(stopped), []) = (&summary.stopped, summary.failures.as_slice()) {
            summary.failures.push(FailureExample {
                outcome: stopped.outcome.clone(),
                status: stopped.status,
                message: stopped.reason.clone().unwrap_or_default(),
                first_at_ns: 0,
                count: stopped.count,
            });
        }
        if let Some(error) = &broken {
            summary.run.state = RunState::Running;
            let told = format!("the run broke, and this is what was measured of it: {error}");
            summary.warnings.push(told);
        }
        let written = folder::write_reports(folder, &summary);
        if broken.is_none() {
            written::complete(folder, &summary);
        }
        Ok(Driven {
            written,
            summary,
            folder: folder.clone(),
            broken,
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
}

/// Looks whether any callout can succeed, where the plan wants that.
fn first_callouts(job: &Job<'_>) -> Option<Arc<FirstCallouts>> {
    let early_stop = job.plan.target.early_stop;
    early_stop.then(|| Arc::new(FirstCallouts::new(job.stop.clone())))
}

/// The same for the summary.
fn stopped(hopeless: Hopeless) -> Stopped {
    Stopped {
        code: if hopeless.alike {
            Stopped::ALIKE
        } else {
            Stopped::DIFFERENT
        }
        .to_owned(),
        count: hopeless.count,
        outcome: hopeless.outcome.to_string(),
        status: hopeless.status,
        reason: hopeless.reason,
    }
}

/// The traces of a run's callouts, where they are to carry any.
fn traces(plan: &Plan, run: u64) -> Option<Traces> {
    let sampled = plan.target.request.traceparent?;
    Some(Traces::new(plan.lead.seed.0, run, sampled))
}

/// The summary that a collector wrote at its last second, which is all that is left of a run whose
/// collector has panicked.
fn last_checkpoint(folder: &Path) -> Result<Summary, Failure> {
    let kept = Archive::read(folder).map_err(|_| {
        let lost = anyhow::anyhow!("the collector panicked before it had written anything");
        Failure::new(Code::Internal, lost)
    })?;
    Ok(kept.summary)
}

/// A recorder for one worker of a load.
fn recorder(load: &Load) -> Recorder {
    let recorder = Recorder::new(load.measured_from()).ending(load.end());
    match &load.turns {
        Some(turns) => recorder.in_turns(turns.clone()),
        None => recorder,
    }
}

/// What each load works with; its access and bad tokens are given to it later.
fn tracks(
    plan: &Plan,
    leads: &Leads,
    providers: Vec<Vec<TokenProvider>>,
    io_workers: usize,
) -> Vec<Track> {
    let loads = plan.loads.iter().zip(0..).zip(providers);
    let track = |((load, number), providers): ((&Load, u64), Vec<TokenProvider>)| Track {
        leads: leads.clone().of_load(number),
        late: LateAnswers::default(),
        recorders: (0..io_workers).map(|_| Arc::new(recorder(load))).collect(),
        providers,
        org: Arc::default(),
        access: None,
        negatives: None,
    };
    loads.map(track).collect()
}

/// Gives loads the access tokens of their org; those that sign alike are one org.
fn with_access(plan: &Plan, mut tracks: Vec<Track>) -> Vec<Track> {
    for load in 0..tracks.len() {
        let Some(auth) = plan.auth_of(load) else {
            continue;
        };
        let Some(exchange) = &auth.exchange else {
            continue;
        };
        let alike = (0..load).find(|other| {
            plan.auth_of(*other)
                .is_some_and(|other| other.mints_like(auth))
        });
        let known = alike.and_then(|other| tracks[other].access.clone());
        let fresh = || Arc::new(AccessTokens::new(exchange, auth.users(), plan.lead.seed));
        tracks[load].access = Some(known.unwrap_or_else(fresh));
    }
    tracks
}

/// The access tokens of each org.
fn distinct_access(tracks: &[Track]) -> Vec<Arc<AccessTokens>> {
    let mut orgs: Vec<Arc<AccessTokens>> = Vec::new();
    for access in tracks.iter().filter_map(|track| track.access.as_ref()) {
        if !orgs.iter().any(|known| Arc::ptr_eq(known, access)) {
            orgs.push(Arc::clone(access));
        }
    }
    orgs
}

/// What the orgs among the loads have done, beside their plans.
fn orgs(plan: &Plan, tracks: &[Track]) -> Vec<Option<(SalesforceLoad, Arc<TransactionTally>)>> {
    let org = |(load, track): (&Load, &Track)| match &load.shape {
        Shape::Salesforce(org) => Some((org.clone(), Arc::clone(&track.org))),
        Shape::Rate(_) | Shape::Users(_) => None,
    };
    plan.loads.iter().zip(tracks).map(org).collect()
}

/// Half of the cores at most, for the other half signs, and no more than the rate asks for.
fn io_workers(plan: &Plan, cores: usize) -> usize {
    let half = (cores / 2).max(1);
    plan.engine.io_workers.unwrap_or_else(|| {
        if plan.users() + plan.transactions() > 0 {
            return half;
        }
        let wanted = index(whole((plan.peak_per_s() / PER_IO_WORKER).ceil()));
        wanted.clamp(1, half)
    })
}
