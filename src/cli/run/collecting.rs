//! The collector's thread: once a second it gathers, logs, checkpoints and shows.

use std::io::Write;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::ending::{Ending, LOOK_EVERY};
use super::folder::{INTERVALS, SUMMARY};
use super::org;
use super::probe::Probe;
use super::progress::Display;
use crate::cli::files::Folder;
use crate::cli::machine::{self, Gauges};
use crate::cli::{failpoint, stdio};
use crate::client::{LateAnswers, OpenSockets};
use crate::clock::Clock;
use crate::engine::{AccessTokens, ExchangeTally, Stop, TransactionTally};
use crate::live::Board;
use crate::plan::{Matrix, Negative, SalesforceLoad, SigningMode, Threshold};
use crate::record::{Clocks, Collector, Drift, Facts, Health, LoadFacts, Progress, WireTally};
use crate::sample::Traces;
use crate::summary::{PreflightResult, Run, RunState, Signing, Summary, TokenEndpointResult};
use crate::token::PoolStats;
use crate::units::{Nanos, float};

/// What the collector needs to know to sum up.
pub(super) struct Context {
    pub(super) run: Run,
    pub(super) signing: Signing,
    pub(super) pools: Vec<Arc<PoolStats>>,
    /// What the signers had spent when the load began.
    pub(super) signed_before: Nanos,
    pub(super) loads: Vec<LoadFacts>,
    /// For each load that is an org, what it has done.
    pub(super) orgs: Vec<Option<(SalesforceLoad, Arc<TransactionTally>)>>,
    /// The access tokens of each org that exchanges tokens.
    pub(super) access: Vec<Arc<AccessTokens>>,
    /// What was known of the plan beforehand.
    pub(super) warnings: Vec<String>,
    /// One for each load.
    pub(super) late: Vec<LateAnswers>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) matrix: Option<Matrix>,
    pub(super) negative: Option<Negative>,
    pub(super) gauges: Gauges,
    /// What all clocks of the machine said at first, if they could be read together.
    pub(super) clocks: Option<Clocks>,
    /// How far they went apart since.
    pub(super) drift: Drift,
    pub(super) probe: Probe,
    pub(super) clock: Clock,
    pub(super) folder: Folder,
    /// Who else sees the summary of each second.
    pub(super) board: Option<Arc<Board>>,
    /// What may end the run early.
    pub(super) ending: Ending,
    /// Ends the run when nobody gathers any more.
    pub(super) stop: Stop,
    /// What the kernel says of the connections.
    pub(super) wire: Wire,
    /// The traces of the callouts, where they carry any.
    pub(super) traces: Option<Traces>,
    /// The metrics of `Server-Timing` that are the server's whole time.
    pub(super) server_total: Vec<String>,
    /// The callout that was made before the load, if one was.
    pub(super) preflight: Option<PreflightResult>,
}

/// The connections, and what the kernel has said of them.
pub(super) struct Wire {
    sockets: OpenSockets,
    /// Shared with the facts of a summary, which are gone before the next look.
    seen: Arc<WireTally>,
}

/// How long after the end of a second the kernel may be asked for it.
const LOOK_LATE: Nanos = Nanos::from_millis(500);

impl Wire {
    pub(super) fn of(sockets: &OpenSockets) -> Self {
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
struct Watch(Stop);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.raise();
        }
    }
}

/// The running thread.
pub(super) struct Collecting<W> {
    end: Sender<()>,
    thread: JoinHandle<(Collector<W>, Context)>,
}

impl<W: Write + Send + 'static> Collecting<W> {
    pub(super) fn start(
        collector: Collector<W>,
        context: Context,
        display: Display,
    ) -> std::io::Result<Self> {
        let (end, ended) = bounded(0);
        let thread = thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || collect(collector, context, display, &ended))?;
        Ok(Self { end, thread })
    }

    /// Gathers the rest and sums up; `None` when the collector itself panicked.
    pub(super) fn finish(self, state: RunState, elapsed: Nanos) -> Option<Summary> {
        drop(self.end);
        let (mut collector, context) = self.thread.join().ok()?;
        Complaint::default().about(INTERVALS, collector.end(elapsed));
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
            let result = org::result(plan, tally);
            let span = elapsed - load.start;
            warnings.extend(org::warn_of_pace(&load.name, plan, tally, span));
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
                wakeup: self.probe.read(),
                drift: self.drift,
                ..self.gauges.read()
            },
        }
    }
}

fn collect<W: Write>(
    mut collector: Collector<W>,
    mut context: Context,
    mut display: Display,
    ended: &Receiver<()>,
) -> (Collector<W>, Context) {
    let _watch = Watch(context.stop.clone());
    let mut second = 1;
    let mut complaint = Complaint::default();
    // A kill within the first second leaves a summary too.
    let nothing = collector.summarize(&context.facts(RunState::Running, Nanos::ZERO));
    complaint.about(INTERVALS, collector.begin(&nothing));
    let begun = checkpoint(&context, nothing);
    complaint.about(SUMMARY, begun);
    // What was spent before the first arrival is no share of the seconds that follow.
    if is_begun(&mut context, ended) {
        context.gauges = Gauges::start();
        // What `pipeline` signs ahead of the first second is the load's own need.
        if context.signing.mode != SigningMode::Pipeline.to_string() {
            context.signed_before = context.signed();
        }
    }
    loop {
        let pause = context.clock.until(Nanos::from_secs(second));
        let is_last = ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
        let now = context.clock.now();
        if second > 1 {
            failpoint::reach("collector");
        }
        context.look_at_clocks();
        context.wire.look(now);
        let (progress, logged) = collector.collect(now, &context.gauges.read());
        complaint.about(INTERVALS, logged);
        if is_last {
            display.finish();
            return (collector, context);
        }
        let summary = collector.summarize(&context.facts(RunState::Running, now));
        display.show(&progress, &summary);
        context.ending.look(&progress);
        complaint.about(SUMMARY, checkpoint(&context, summary));
        // A collector that was kept off its core skips what it has missed.
        second = now.as_secs().max(second) + 1;
    }
}

/// Waits for the first arrival's instant; whether it came, and no end before.
fn is_begun(context: &mut Context, ended: &Receiver<()>) -> bool {
    loop {
        context.ending.look(&Progress::default());
        let run_up = context.clock.until(Nanos::ZERO);
        if ended.recv_timeout(run_up.min(LOOK_EVERY)) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
        if run_up <= LOOK_EVERY {
            return true;
        }
    }
}

/// Writes the summary so far, so that a kill leaves one that is a second old at most.
fn checkpoint(context: &Context, summary: Summary) -> std::io::Result<()> {
    let json = serde_json::to_vec(&summary)?;
    if let Some(board) = &context.board {
        board.show(summary);
    }
    context.folder.replace(SUMMARY, &json)
}

/// Says once that a file cannot be written; the run goes on.
#[derive(Default)]
struct Complaint {
    is_made: bool,
}

impl Complaint {
    fn about(&mut self, file: &str, written: std::io::Result<()>) {
        if let (Err(error), false) = (written, self.is_made) {
            self.is_made = true;
            stdio::note(&format!(
                "warning: could not write {file}: {error}; the run goes on"
            ));
        }
    }
}
