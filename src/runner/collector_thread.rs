//! The collector's thread: once a second it gathers, logs, sums up, and hands the sum over.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;

use super::failpoint::Failpoint;
use super::orgs;
use super::sink::Seconds;
use super::wakeup::WakeupProbe;
use crate::client::{LateAnswers, OpenSockets};
use crate::clock::Clock;
use crate::engine::{AccessTokens, ExchangeTally, Stop, TransactionTally};
use crate::machine::{self, Gauges};
use crate::plan::{Matrix, Negative, SalesforceLoad, SigningMode, Threshold};
use crate::sample::Traces;
use crate::summarize::{Collector, Facts, LoadFacts, WireTally};
use crate::summary::{
    PreflightResult, Run, RunState, Signing, Summary, TokenEndpointResult, Warning,
};
use crate::token::PoolStats;
use crate::units::{Nanos, float};
use crate::validity::{Clocks, Drift, Health};

/// What the collector needs to know to sum up.
pub(in crate::runner) struct Context {
    pub(in crate::runner) run: Run,
    pub(in crate::runner) signing: Signing,
    pub(in crate::runner) pools: Vec<Arc<PoolStats>>,
    /// What the signers had spent when the load began.
    pub(in crate::runner) signed_before: Nanos,
    pub(in crate::runner) loads: Vec<LoadFacts>,
    /// For each load that is an org, what it has done.
    pub(in crate::runner) orgs: Vec<Option<(SalesforceLoad, Arc<TransactionTally>)>>,
    /// The access tokens of each org that exchanges tokens.
    pub(in crate::runner) access: Vec<Arc<AccessTokens>>,
    /// What was known of the plan beforehand.
    pub(in crate::runner) warnings: Vec<Warning>,
    /// One for each load.
    pub(in crate::runner) late: Vec<LateAnswers>,
    pub(in crate::runner) thresholds: Vec<Threshold>,
    pub(in crate::runner) matrix: Option<Matrix>,
    pub(in crate::runner) negative: Option<Negative>,
    pub(in crate::runner) gauges: Gauges,
    /// What all clocks of the machine said at first, if they could be read together.
    pub(in crate::runner) clocks: Option<Clocks>,
    /// How far they went apart since.
    pub(in crate::runner) drift: Drift,
    pub(in crate::runner) wakeup: WakeupProbe,
    pub(in crate::runner) clock: Clock,
    /// Ends the run when nobody gathers any more.
    pub(in crate::runner) stop: Stop,
    /// What the kernel says of the connections.
    pub(in crate::runner) wire: Wire,
    /// The traces of the callouts, where they carry any.
    pub(in crate::runner) traces: Option<Traces>,
    /// The metrics of `Server-Timing` that are the server's whole time.
    pub(in crate::runner) server_total: Vec<String>,
    /// The callout that was made before the load, if one was.
    pub(in crate::runner) preflight: Option<PreflightResult>,
    pub(in crate::runner) failpoint: Failpoint,
}

/// The connections, and what the kernel has said of them.
pub(in crate::runner) struct Wire {
    sockets: OpenSockets,
    /// Shared with the facts of a summary, which are gone before the next look.
    seen: Arc<WireTally>,
}

/// How often the sink is asked while nothing is due yet.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after the end of a second the kernel may be asked for it.
const LOOK_LATE: Nanos = Nanos::from_millis(500);

impl Wire {
    pub(in crate::runner) fn of(sockets: &OpenSockets) -> Self {
        Self {
            sockets: sockets.clone(),
            seen: Arc::default(),
        }
    }

    /// Asks the kernel. Where it refuses once, as for want of a file descriptor, it is asked
    /// again in a second.
    fn look(&mut self, now: Nanos) {
        let seen = Arc::make_mut(&mut self.seen);
        match self.sockets.look() {
            // What is seen just after a second has ended is of that second.
            Ok(readings) => {
                let second = (now - LOOK_LATE).as_secs();
                seen.look(second, &readings);
            }
            Err(error) => seen.refused(error.to_string()),
        }
    }
}

/// Ends the run when the collector panics: what the workers record would grow without end.
struct PanicGuard(Stop);

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.raise();
        }
    }
}

/// How the interval log is written.
type Log = BufWriter<Box<dyn Write + Send>>;

/// The summary of the last second: all that is left of a run whose collector has panicked.
#[derive(Clone, Debug, Default)]
pub(in crate::runner) struct Latest(Arc<Mutex<Option<Arc<Summary>>>>);

impl Latest {
    fn put(&self, summary: &Arc<Summary>) {
        let mut latest = self.0.lock();
        *latest = Some(Arc::clone(summary));
    }

    pub(in crate::runner) fn read(&self) -> Option<Summary> {
        let latest = self.0.lock();
        latest.as_deref().cloned()
    }
}

/// The running thread.
pub(in crate::runner) struct CollectorThread {
    end: Sender<()>,
    thread: JoinHandle<Work>,
    latest: Latest,
}

impl CollectorThread {
    pub(in crate::runner) fn start(
        collector: Collector<Log>,
        context: Context,
        seconds: Box<dyn Seconds>,
    ) -> io::Result<Self> {
        let (end, ended) = bounded(0);
        let latest = Latest::default();
        let work = Work {
            collector,
            context,
            seconds,
            latest: latest.clone(),
        };
        let thread = thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || work.go_on(&ended))?;
        Ok(Self {
            end,
            thread,
            latest,
        })
    }

    /// The summary of the last second, wherever it is by then.
    pub(in crate::runner) fn latest(&self) -> Latest {
        self.latest.clone()
    }

    /// Gathers the rest and sums up; `None` when the collector itself panicked.
    pub(in crate::runner) fn finish(self, state: RunState, elapsed: Nanos) -> Option<Summary> {
        drop(self.end);
        let Work {
            mut collector,
            context,
            mut seconds,
            ..
        } = self.thread.join().ok()?;
        if let Err(error) = collector.end(elapsed) {
            seconds.log_failed(&error);
        }
        Some(collector.summarize(&context.facts(state, elapsed)))
    }
}

impl Context {
    /// Looks whether the clocks of the machine have gone apart.
    fn look_at_clocks(&mut self) {
        if let (Some(since), Some(now)) = (self.clocks, machine::clocks()) {
            self.drift = self.drift.seen(since, now);
        }
    }

    /// The time that all signer threads have spent.
    fn signed(&self) -> Nanos {
        self.pools.iter().map(|pool| pool.busy()).sum()
    }

    /// What was asked of token endpoints, of all orgs together.
    fn token_endpoint(&self) -> Option<TokenEndpointResult> {
        let tallies = || self.access.iter().map(|access| access.tally());
        let requests = tallies().map(ExchangeTally::requests).sum();
        let spent: Nanos = tallies().map(ExchangeTally::spent).sum();
        let longest = tallies().map(ExchangeTally::longest).max()?;
        Some(TokenEndpointResult {
            requests,
            failed: tallies().map(ExchangeTally::failed).sum(),
            mean_ns: float(spent.0) / float(requests.max(1)),
            max_ns: longest.0,
        })
    }

    fn facts(&self, state: RunState, elapsed: Nanos) -> Facts {
        let mut signing = self.signing.clone();
        if !self.pools.is_empty() {
            signing.tokens_minted = self.pools.iter().map(|pool| pool.minted()).sum();
            let available = elapsed.as_secs_f64() * f64::from(signing.threads);
            let busy = (self.signed() - self.signed_before).as_secs_f64();
            signing.utilisation = (available > 0.0).then(|| (busy / available).min(1.0));
        }
        let mut warnings = self.warnings.clone();
        let mut org = |load: &LoadFacts, org: &Option<(SalesforceLoad, Arc<TransactionTally>)>| {
            let (plan, tally) = org.as_ref()?;
            let result = orgs::result(plan, tally);
            let span = elapsed - load.start;
            warnings.extend(orgs::warn_of_pace(&load.name, plan, tally, span));
            Some(result)
        };
        let loads = self
            .loads
            .iter()
            .zip(&self.late)
            .zip(&self.orgs)
            .map(|((load, late), plan)| LoadFacts {
                late: late.count(),
                salesforce: org(load, plan),
                ..load.clone()
            })
            .collect();
        Facts {
            run: Run {
                state,
                ..self.run.clone()
            },
            loads,
            warnings,
            signing,
            token_endpoint: self.token_endpoint(),
            thresholds: self.thresholds.clone(),
            matrix: self.matrix,
            negative: self.negative.clone(),
            elapsed,
            wire: Some(Arc::clone(&self.wire.seen)),
            traces: self.traces,
            server_total: self.server_total.clone(),
            preflight: self.preflight,
            health: Health {
                wakeup: self.wakeup.read(),
                drift: self.drift,
                ..self.gauges.read()
            },
        }
    }
}

/// What the thread works with.
struct Work {
    collector: Collector<Log>,
    context: Context,
    seconds: Box<dyn Seconds>,
    latest: Latest,
}

impl Work {
    /// Gathers, logs and sums up once a second, until the end.
    fn go_on(mut self, ended: &Receiver<()>) -> Self {
        let _guard = PanicGuard(self.context.stop.clone());
        let nothing = self.sum(RunState::Running, Nanos::ZERO);
        let begun = self.collector.begin(&nothing);
        self.log(begun);
        self.seconds.begin(&nothing);
        // What was spent before the first arrival is no share of the seconds that follow.
        if self.is_begun(ended) {
            let context = &mut self.context;
            context.gauges = Gauges::start();
            // What `pipeline` signs ahead of the first second is the load's own need.
            if context.signing.mode != SigningMode::Pipeline.to_string() {
                context.signed_before = context.signed();
            }
        }
        let mut second = 1;
        loop {
            let pause = self.context.clock.until(Nanos::from_secs(second));
            let is_last = ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
            let now = self.context.clock.now();
            if second > 1 {
                self.context.failpoint.reach("collector");
            }
            self.context.look_at_clocks();
            self.context.wire.look(now);
            let (progress, logged) = self.collector.collect(now, &self.context.gauges.read());
            self.log(logged);
            if is_last {
                self.seconds.end();
                return self;
            }
            let summary = self.sum(RunState::Running, now);
            self.seconds.second(&progress, &summary);
            // A collector that was kept off its core skips what it has missed.
            second = now.as_secs().max(second) + 1;
        }
    }

    /// Waits for the first arrival's instant; whether it came, and no end before.
    fn is_begun(&mut self, ended: &Receiver<()>) -> bool {
        loop {
            self.seconds.wait();
            let run_up = self.context.clock.until(Nanos::ZERO);
            if ended.recv_timeout(run_up.min(LOOK_EVERY)) != Err(RecvTimeoutError::Timeout) {
                return false;
            }
            if run_up <= LOOK_EVERY {
                return true;
            }
        }
    }

    fn sum(&self, state: RunState, elapsed: Nanos) -> Arc<Summary> {
        let summary = self
            .collector
            .summarize(&self.context.facts(state, elapsed));
        let summary = Arc::new(summary);
        self.latest.put(&summary);
        summary
    }

    fn log(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.seconds.log_failed(&error);
        }
    }
}
