//! The collector's thread: once a second it collects and logs, and summarizes if the sink asks for it.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;

use super::failpoint::Failpoint;
use super::orgs;
use super::sink::{Seconds, SecondsFile};
use super::so_far::SoFar;
use super::wakeup::WakeupProbe;
use crate::client::{LateAnswers, OpenSockets};
use crate::clock::Clock;
use crate::engine::{AccessTokens, ExchangeTally, Stop, TransactionTally};
use crate::machine::{self, Gauges};
use crate::on_panic::OnPanic;
use crate::plan::{SalesforceLoad, SigningMode};
use crate::recording::{RecordingEnd, RecordingWriter, RunFacts, WireTally};
use crate::summarize::{Collector, Written};
use crate::summary::{BrokenThreshold, RunState, Summary, TokenEndpointResult};
use crate::token::PoolStats;
use crate::units::{Nanos, float};
use crate::validity::{Clocks, Drift, Health};

/// What the collector needs to make a summary.
pub(super) struct Context {
    /// What is known before the load; a summary adds what is known by then.
    pub(super) facts: RunFacts,
    pub(super) pools: Vec<Arc<PoolStats>>,
    /// The time that the signers had spent when the load began.
    pub(super) signed_before: Nanos,
    /// What each load has done, if it is an org.
    pub(super) orgs: Vec<Option<(SalesforceLoad, Arc<TransactionTally>)>>,
    /// The access tokens of each org that exchanges tokens.
    pub(super) access: Vec<Arc<AccessTokens>>,
    /// One for each load.
    pub(super) late: Vec<LateAnswers>,
    pub(super) gauges: Gauges,
    /// The first reading of all clocks of the machine, if they could be read together.
    pub(super) clocks: Option<Clocks>,
    /// How far the clocks have drifted apart since.
    pub(super) drift: Drift,
    pub(super) wakeup: WakeupProbe,
    pub(super) clock: Clock,
    /// Ends the run if the collector panics.
    pub(super) stop: Stop,
    /// What the kernel says of the connections.
    pub(super) wire: Wire,
    pub(super) failpoint: Failpoint,
}

/// The connections, and the kernel's readings of them.
pub(super) struct Wire {
    sockets: OpenSockets,
    /// Shared with the facts of a summary, which are dropped before the next reading.
    seen: Arc<WireTally>,
}

/// How often the sink is called before the first arrival is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after the end of a second the kernel may be asked for it.
const LOOK_LATE: Nanos = Nanos::from_millis(500);

impl Wire {
    pub(super) fn of(sockets: &OpenSockets) -> Self {
        Self {
            sockets: sockets.clone(),
            seen: Arc::default(),
        }
    }

    /// Asks the kernel. If that fails once, for example without a free file descriptor, asks again in a
    /// second.
    fn look(&mut self, now: Nanos) {
        let seen = Arc::make_mut(&mut self.seen);
        match self.sockets.look() {
            // A reading just after the end of a second belongs to that second.
            Ok(readings) => {
                let second = (now - LOOK_LATE).as_secs();
                seen.look(second, &readings);
            }
            Err(error) => seen.refused(error.to_string()),
        }
    }
}

/// How the interval log is written.
type Log = BufWriter<Box<dyn Write + Send>>;

/// The last summary that was made, which remains if the collector panics.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest(Arc<Mutex<Option<Arc<Summary>>>>);

impl Latest {
    fn put(&self, summary: &Arc<Summary>) {
        *self.0.lock() = Some(Arc::clone(summary));
    }

    pub(super) fn read(&self) -> Option<Summary> {
        self.0.lock().as_deref().cloned()
    }
}

/// The running thread.
pub(super) struct CollectorThread {
    end: Sender<()>,
    thread: JoinHandle<Work>,
    latest: Latest,
    broken: Arc<OnceLock<BrokenThreshold>>,
}

impl CollectorThread {
    pub(super) fn start(
        collector: Collector<Log>,
        context: Context,
        seconds: Box<dyn Seconds>,
    ) -> io::Result<Self> {
        let (end, ended) = bounded(0);
        let latest = Latest::default();
        let broken = Arc::<OnceLock<_>>::default();
        let work = Work {
            collector,
            context,
            seconds,
            latest: latest.clone(),
            broken: Arc::clone(&broken),
        };
        let thread = thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || work.go_on(&ended))?;
        Ok(Self {
            end,
            thread,
            latest,
            broken,
        })
    }

    /// The threshold for which the collector has ended the run, if it has.
    pub(super) fn broken_threshold(&self) -> Option<BrokenThreshold> {
        self.broken.get().cloned()
    }

    /// The last summary that was made, by the time that it is read.
    pub(super) fn latest(&self) -> Latest {
        self.latest.clone()
    }

    /// Collects the rest and summarizes; `None` if the collector panicked.
    pub(super) fn finish(self, state: RunState, elapsed: Nanos) -> Option<Collected> {
        drop(self.end);
        let Work {
            mut collector,
            context,
            seconds,
            ..
        } = self.thread.join().ok()?;
        let facts = context.facts(state, elapsed);
        Some(Collected {
            summary: collector.summarize(&facts),
            facts,
            recording: collector.take_recording(),
            seconds,
        })
    }
}

/// What the collector leaves.
pub(super) struct Collected {
    pub(super) summary: Summary,
    facts: RunFacts,
    recording: Option<RecordingWriter<Box<dyn Write + Send>>>,
    seconds: Box<dyn Seconds>,
}

impl Collected {
    /// Marks the end of the recording, and returns the summary.
    pub(super) fn end_recording(mut self) -> Summary {
        let end = RecordingEnd {
            latest: self.facts.latest(Vec::new()),
            measurement: self.summary.measurement.clone(),
            warnings: self.summary.coded_warnings.clone(),
            stopped: self.summary.stopped.clone(),
        };
        let ended = self.recording.map(|recording| recording.end(&end));
        if let Some(Err(error)) = ended {
            self.seconds.write_failed(SecondsFile::Recording, &error);
        }
        self.summary
    }
}

impl Context {
    /// Checks whether the clocks of the machine have drifted apart.
    fn look_at_clocks(&mut self) {
        if let (Some(since), Some(now)) = (self.clocks, machine::clocks()) {
            self.drift = self.drift.seen(since, now);
        }
    }

    /// The time that all signer threads have spent.
    fn signed(&self) -> Nanos {
        self.pools.iter().map(|pool| pool.busy()).sum()
    }

    /// The requests to token endpoints, of all orgs together.
    fn token_endpoint(&self) -> Option<TokenEndpointResult> {
        let tallies = || self.access.iter().map(|access| &access.tally);
        let requests = tallies().map(|tally| tally.requests.get()).sum();
        let spent: Nanos = tallies().map(ExchangeTally::spent).sum();
        let longest = tallies().map(ExchangeTally::longest).max()?;
        Some(TokenEndpointResult {
            requests,
            failed: tallies().map(|tally| tally.failed.get()).sum(),
            mean_ns: float(spent.0) / float(requests.max(1)),
            max_ns: longest.0,
        })
    }

    fn facts(&self, state: RunState, elapsed: Nanos) -> RunFacts {
        let mut facts = self.facts.clone();
        facts.run.state = state;
        facts.elapsed = elapsed;
        if !self.pools.is_empty() {
            let signing = &mut facts.signing;
            signing.tokens_minted = self.pools.iter().map(|pool| pool.minted.get()).sum();
            let available = elapsed.as_secs_f64() * f64::from(signing.threads);
            let busy = (self.signed() - self.signed_before).as_secs_f64();
            signing.utilisation = (available > 0.0).then(|| (busy / available).min(1.0));
        }
        let loads = facts.loads.iter_mut().zip(&self.late).zip(&self.orgs);
        for ((load, late), org) in loads {
            load.late = late.count();
            if let Some((plan, tally)) = org {
                load.salesforce = Some(orgs::result(plan, tally));
                let warning = orgs::warn_of_pace(&load.name, plan, tally, elapsed - load.start);
                facts.warnings.extend(warning);
            }
        }
        facts.token_endpoint = self.token_endpoint();
        facts.wire = Some(Arc::clone(&self.wire.seen));
        facts.health = Health {
            wakeup: self.wakeup.read(),
            drift: self.drift,
            ..self.gauges.read()
        };
        facts
    }
}

/// What the thread works with.
struct Work {
    collector: Collector<Log>,
    context: Context,
    seconds: Box<dyn Seconds>,
    latest: Latest,
    /// The threshold for which the run was ended.
    broken: Arc<OnceLock<BrokenThreshold>>,
}

impl Work {
    /// Collects and logs once a second, until the end.
    fn go_on(mut self, ended: &Receiver<()>) -> Self {
        // Without the collector, the workers' records would grow without limit.
        let stop = self.context.stop.clone();
        let _guard = OnPanic(|| stop.raise());
        let facts = self.context.facts(RunState::Running, Nanos::ZERO);
        let nothing = summarize(&self.collector, &facts, &self.latest);
        self.seconds.begin(&nothing);
        // Time before the first arrival must not count for the seconds after it.
        if self.is_begun(ended) {
            let context = &mut self.context;
            context.gauges = Gauges::start();
            // The tokens that `pipeline` signs before the first second belong to the load.
            if context.facts.signing.mode != SigningMode::Pipeline.to_string() {
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
            let facts = self.context.facts(RunState::Running, now);
            let (progress, written) = self.collector.collect(now, &facts);
            self.tell_of(written);
            if is_last {
                self.seconds.end();
                return self;
            }
            self.end_if_certain_to_fail(now);
            let Self {
                collector,
                seconds,
                latest,
                ..
            } = &mut self;
            let sum = || summarize(collector, &facts, latest);
            seconds.second(&progress, &SoFar::new(&sum));
            // After a stall, the collector skips the seconds that it missed.
            second = now.as_secs().max(second) + 1;
        }
    }

    /// Waits for the instant of the first arrival; returns false if the run ends before.
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

    /// Ends the run if it can no longer keep a threshold that may end it.
    fn end_if_certain_to_fail(&self, now: Nanos) {
        if self.broken.get().is_some() {
            return;
        }
        let facts = &self.context.facts;
        if let Some(broken) = self.collector.certain_failure(facts, now) {
            self.broken.get_or_init(|| broken);
            self.context.stop.raise();
        }
    }

    /// Tells the sink of a file that could not be written.
    fn tell_of(&mut self, written: Written) {
        for (file, written) in [
            (SecondsFile::IntervalLog, written.log),
            (SecondsFile::Recording, written.recording),
        ] {
            if let Err(error) = written {
                self.seconds.write_failed(file, &error);
            }
        }
    }
}

/// The summary of the run so far, which is also kept as the latest.
fn summarize(collector: &Collector<Log>, facts: &RunFacts, latest: &Latest) -> Arc<Summary> {
    let summary = Arc::new(collector.summarize(facts));
    latest.put(&summary);
    summary
}
