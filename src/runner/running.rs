//! From a plan to a result: prepares, starts, drives and summarizes a run.

use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::bad_tokens::{self, BadTokenKeys};
use super::collector_thread::{CollectorThread, Context, Wire};
use super::describe;
use super::failure::RunFailure;
use super::job::Job;
use super::lacking;
use super::load_state::{self, LoadState};
use super::orgs;
use super::preflight::{self, Reached, Wait};
use super::signers::Signers;
use super::sink::{Begun, Outlets, RunStart, Sink};
use super::threads::Threads;
use super::tokens::{priming, start_signers};
use super::unfinished;
use super::wakeup::WakeupProbe;
use crate::clock::{Clock, date};
use crate::engine::{EarlyStop, FirstCallouts, Observers};
use crate::lead::Leads;
use crate::machine::{self, Gauges};
use crate::plan::{Load, Plan};
use crate::record::IntervalLog;
use crate::recording::RunFacts;
use crate::sample::{MetricNames, Traces};
use crate::summarize::Collector;
use crate::summary::{
    AnyReasonCode, FailureExample, PreflightResult, ReasonCode, Run, RunState, Stopped, Summary,
    Warning,
};
use crate::token::Pool;
use crate::units::{Nanos, count, index, whole};
use crate::validity::Drift;

/// The planned arrivals a second of one I/O thread. It can do more; the reserve keeps its lateness low.
const PER_IO_WORKER: f64 = 10_000.0;

/// The time between the start of all threads and the first arrival.
const RUN_UP: Duration = Duration::from_millis(100);

/// The result of a run.
#[derive(Debug)]
pub struct RunResult {
    /// What was measured.
    pub summary: Summary,
    /// What failed in the generator, if anything; the summary has what was recorded until then.
    pub broken: Option<anyhow::Error>,
}

/// Runs a plan until it ends or is stopped. Blocks the calling thread, which must not belong to an
/// async runtime.
///
/// # Errors
///
/// The run could not begin: nothing of the load was sent.
pub fn run<S: Sink>(job: &Job<'_>, sink: &mut S) -> Result<RunResult, S::Error> {
    let prepared = Prepared::of(job)?;
    let start = sink.ready(RUN_UP + priming(job.plan, &prepared.signers))?;
    let running = Running::begin(job, prepared, start, sink)?;
    Ok(running.finish(sink)?)
}

/// The results of everything that can fail before the load.
struct Prepared {
    reached: Reached,
    preflight: Option<PreflightResult>,
    signers: Signers,
    bad_token_keys: Option<BadTokenKeys>,
    cores: usize,
}

impl Prepared {
    fn of(job: &Job<'_>) -> Result<Self, RunFailure> {
        let Job { plan, keys, .. } = job;
        let wait = Wait::new(&job.setting, job.wait_for)?;
        wait.check()?;
        lacking::check_features(plan)?;
        let reached = preflight::reach(plan, keys, &wait, &job.identity.id)?;
        preflight::wait_until_ready(plan, &reached, &wait)?;
        let (credentials, entropy) = (&keys.credentials, job.identity.entropy);
        let preflight = preflight::check(plan, credentials, &reached, &wait, entropy)?;
        let cores = index(machine::cores().into());
        Ok(Self {
            reached,
            preflight,
            signers: Signers::prepare(plan, credentials, cores, job.force, &wait)?,
            bad_token_keys: BadTokenKeys::of(plan, keys)?,
            cores,
        })
    }
}

/// A run whose clock is set and whose collector runs.
struct Running<'j> {
    job: &'j Job<'j>,
    threads: Threads<'j>,
    first: Option<Arc<FirstCallouts>>,
    pools: Vec<Arc<Pool>>,
    collector: CollectorThread,
}

impl<'j> Running<'j> {
    /// Sets the clock, and starts the signers and the collector.
    fn begin<S: Sink>(
        job: &'j Job<'j>,
        prepared: Prepared,
        start: RunStart,
        sink: &mut S,
    ) -> Result<Self, S::Error> {
        let plan = job.plan;
        let io_workers = io_workers(plan, prepared.cores);
        let (run_up, unix_start) = begins(job, start.run_up)?;
        let clock = Clock::new(Instant::now() + run_up, unix_start);
        // By the clock that all processes of the run go by; that of this machine dates tokens.
        let unix_start = start.dated.unwrap_or(unix_start);
        let leads = leads(job, unix_start);
        let traces = traces(plan, job.identity.entropy);
        let outlets = sink.begin(&Begun {
            clock,
            unix_start,
            leads: &leads,
            traces,
        })?;
        let run = describe::run(job, unix_start, io_workers);
        let facts = facts(job, &prepared, run, traces);
        let (pools, providers) = start_signers(job, prepared.signers.teams, clock, io_workers)?;
        let first = first_callouts(job);
        let mut loads = LoadState::of_all(plan, leads, providers, io_workers);
        let keys = prepared.bad_token_keys.as_ref();
        for (load, bad) in bad_tokens::negatives(plan, &job.keys.credentials, keys, clock)? {
            loads[load].negatives = Some(bad);
        }
        for (number, load) in (0..).zip(&mut loads) {
            load.observers = observers(number, &outlets, first.as_ref());
        }
        let context = context(job, facts, &pools, &loads, &prepared.reached, clock)?;
        let log = begin_log(&format!("leadbench {}", plan.name), unix_start, outlets.log)?;
        let server_metrics = MetricNames::default();
        let recorders = load_state::recorders(plan, &loads);
        let mut collector = Collector::new(recorders, log).naming(&server_metrics);
        if context.facts.has_ramp {
            collector = collector.watching_ramp(&plan.thresholds);
        }
        if let Some(recording) = outlets.recording {
            let begun = collector.begin_recording(recording, &context.facts);
            begun.map_err(|error| unwritten(error, "could not write the recording"))?;
        }
        let collector = CollectorThread::start(collector, context, outlets.seconds)
            .map_err(RunFailure::environment)?;
        Ok(Self {
            job,
            threads: Threads {
                plan,
                setting: &job.setting,
                reached: prepared.reached,
                clock,
                loads,
                io_workers,
                server_metrics,
                traces,
            },
            first,
            pools,
            collector,
        })
    }

    /// Drives the load to its end, and sums up.
    fn finish(self, sink: &mut impl Sink) -> Result<RunResult, RunFailure> {
        let driven = self.threads.drive();
        let (mut state, elapsed) = ended(self.job, self.threads.clock, driven.is_ok());
        let early_stop = self.first.as_ref().and_then(|first| first.found());
        let early_stop = early_stop
            .map(stopped)
            .or_else(|| self.collector.broken_threshold().map(Stopped::from));
        if early_stop.is_some() {
            state = RunState::Stopped;
        }
        // The pools' threads end with the last providers, and the sink's with the last observers.
        let signers: Vec<_> = self.pools.iter().map(|pool| pool.stats()).collect();
        drop((self.threads, self.pools));
        let mut broken = driven.err().map(anyhow::Error::from);
        if signers.iter().any(|signers| signers.has_panicked()) {
            broken.get_or_insert_with(|| anyhow::anyhow!("a signer thread panicked"));
        }
        let told = sink.finish();
        let latest = self.collector.latest();
        let note = |summary: &mut Summary| {
            summary.warn(told);
            if state == RunState::Finished {
                let left = unfinished::warnings(&self.job.plan.loads, summary);
                summary.warn(left);
            }
            if let Some(early_stop) = early_stop {
                note_early_stop(summary, early_stop);
            }
        };
        let Some(mut collected) = self.collector.finish(state, elapsed) else {
            broken.get_or_insert_with(|| anyhow::anyhow!("the collector panicked"));
            let lost = || RunFailure::internal("the collector panicked before it had summed up");
            let mut summary = latest.read().ok_or_else(lost)?;
            note(&mut summary);
            return Ok(RunResult::of(summary, broken));
        };
        note(&mut collected.summary);
        let summary = if broken.is_none() {
            collected.end_recording()
        } else {
            collected.summary
        };
        Ok(RunResult::of(summary, broken))
    }
}

impl RunResult {
    /// The result of a run, which may have broken.
    fn of(mut summary: Summary, broken: Option<anyhow::Error>) -> Self {
        if let Some(error) = &broken {
            note_break(&mut summary, error);
        }
        Self { summary, broken }
    }
}

/// Puts an early stop into the summary. Failures in the warm-up are not counted, but one of them may be
/// the reason for the stop, so it becomes the example of a failure if there is no other.
fn note_early_stop(summary: &mut Summary, stopped: Stopped) {
    if summary.failures.is_empty() && stopped.threshold.is_none() {
        summary.failures.push(FailureExample {
            outcome: stopped.outcome.clone(),
            status: stopped.status,
            message: stopped.reason.clone().unwrap_or_default(),
            first_at_ns: 0,
            count: stopped.count,
        });
    }
    summary.stopped = Some(stopped);
}

/// How long it takes until the load begins, and when that is, since the Unix epoch.
fn begins(job: &Job<'_>, run_up: Duration) -> Result<(Duration, Duration), RunFailure> {
    let now = (job.setting.wall)();
    let Some(at) = job.start_at else {
        return Ok((run_up, now + run_up));
    };
    match at.checked_sub(now) {
        Some(left) if left >= run_up => {
            let left_text = Nanos::from(left);
            (job.setting.note)(&format!("ready; the load begins in {left_text}"));
            Ok((left, at))
        }
        left => {
            let late = Nanos::from(now + run_up) - Nanos::from(at);
            let was = if left.is_some() {
                "is too soon"
            } else {
                "is over"
            };
            let error = anyhow::anyhow!("the start {was}: this process was ready {late} late");
            Err(RunFailure::environment(error).hint("name a later --start-at"))
        }
    }
}

/// Marks the summary of a run that leadbench itself broke: the run did not come to its end.
fn note_break(summary: &mut Summary, error: &anyhow::Error) {
    summary.run.state = RunState::Running;
    let told = format!("leadbench failed during the run, so the figures are partial: {error}");
    summary.warn([Warning::new(ReasonCode::RunBroke, told)]);
}

/// The leads of each load.
fn leads(job: &Job<'_>, unix_start: Duration) -> Vec<Leads> {
    let plan = job.plan;
    let leads = Leads::new(&plan.lead, job.identity.entropy, date(unix_start));
    (0..count(plan.loads.len()))
        .map(|load| leads.clone().of_load(load))
        .collect()
}

/// What the collector reads once a second.
fn context(
    job: &Job<'_>,
    facts: RunFacts,
    pools: &[Arc<Pool>],
    loads: &[LoadState],
    reached: &Reached,
    clock: Clock,
) -> Result<Context, RunFailure> {
    Ok(Context {
        facts,
        pools: pools.iter().map(|pool| pool.stats()).collect(),
        signed_before: Nanos::ZERO,
        orgs: load_state::orgs(job.plan, loads),
        access: load_state::distinct_access(loads),
        late: loads.iter().map(|load| load.late.clone()).collect(),
        gauges: Gauges::start(),
        clocks: machine::clocks(),
        drift: Drift::default(),
        wakeup: WakeupProbe::start(clock).map_err(RunFailure::environment)?,
        clock,
        stop: job.setting.stop.clone(),
        wire: Wire::of(&reached.sockets),
        failpoint: job.setting.failpoint.clone(),
    })
}

/// What is known of a run before its load.
fn facts(job: &Job<'_>, prepared: &Prepared, run: Run, traces: Option<Traces>) -> RunFacts {
    let plan = job.plan;
    RunFacts {
        run,
        loads: describe::loads(plan),
        signing: prepared.signers.facts.clone(),
        token_endpoint: None,
        thresholds: plan.thresholds.clone(),
        elapsed: Nanos::ZERO,
        health: Gauges::start().read(),
        negative: plan.negative.clone(),
        matrix: plan.matrix,
        warnings: orgs::warn_of_plan(plan),
        wire: None,
        traces,
        server_total: plan.target.server_timing.clone(),
        preflight: prepared.preflight,
        has_ramp: plan.loads.iter().any(Load::has_ramp),
    }
}

/// How the load ended, and how long it lasted.
///
/// A load that reached its end lasted as long as planned, even if its last answer came earlier: ten
/// arrivals in ten seconds are one a second.
fn ended(job: &Job<'_>, clock: Clock, is_whole: bool) -> (RunState, Nanos) {
    let stop = &job.setting.stop;
    let raised_at = stop.raised_at();
    let now = raised_at.map_or_else(|| clock.now(), |at| clock.at(at));
    let planned = job.plan.duration();
    let planned = planned.unwrap_or_else(|| job.plan.last_known_end().max(now));
    match (stop.is_raised(), is_whole) {
        (true, _) => (RunState::Interrupted, planned.min(now)),
        (false, true) => (RunState::Finished, planned),
        (false, false) => (RunState::Finished, planned.min(now)),
    }
}

/// Begins the interval log, which also checks before the load that writing works.
fn begin_log(
    title: &str,
    unix_start: Duration,
    log: Box<dyn Write + Send>,
) -> Result<IntervalLog<BufWriter<Box<dyn Write + Send>>>, RunFailure> {
    let begun = IntervalLog::begin(BufWriter::new(log), title, unix_start);
    begun.map_err(|error| unwritten(error, "could not write the interval log"))
}

fn unwritten(error: std::io::Error, what: &'static str) -> RunFailure {
    RunFailure::environment(anyhow::Error::new(error).context(what))
        .hint("free some space, or allow this user to write there")
}

/// The check that any callout can succeed, if the plan wants it.
fn first_callouts(job: &Job<'_>) -> Option<Arc<FirstCallouts>> {
    let early_stop = job.plan.target.early_stop;
    early_stop.then(|| Arc::new(FirstCallouts::new(job.setting.stop.clone())))
}

/// Who sees the callouts of a load.
fn observers(load: u64, outlets: &Outlets, first: Option<&Arc<FirstCallouts>>) -> Observers {
    Observers {
        load,
        sampled: outlets.samples.clone(),
        events: outlets.callouts.clone(),
        first: first.cloned(),
        created: outlets.created.clone(),
    }
}

/// An early stop, for the summary.
fn stopped(early_stop: EarlyStop) -> Stopped {
    let code = if early_stop.alike {
        ReasonCode::FirstCalloutsFailedAlike
    } else {
        ReasonCode::FirstCalloutsFailed
    };
    Stopped {
        code: AnyReasonCode::Known(code),
        count: early_stop.count,
        outcome: early_stop.outcome.to_string(),
        status: early_stop.status,
        reason: early_stop.reason,
        threshold: None,
    }
}

/// The traces of a run's callouts, if the plan wants them.
fn traces(plan: &Plan, run: u64) -> Option<Traces> {
    let sampled = plan.target.request.traceparent?;
    Some(Traces::new(plan.lead.seed.0, run, sampled))
}

/// At most half of the cores, because the other half signs, and not more than the rate needs.
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
