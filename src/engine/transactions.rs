//! A Salesforce org: transactions that make their callouts one after the other.
//!
//! Workers are what the org runs at once. Within a transaction the model is closed, because the
//! next callout waits for the last. What a limit of Salesforce takes away is counted.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::drain::drain;
use super::iteration::{Caller, DueIteration};
use super::slots::{Offer, Slot, Slots};
use super::{Arrival, EngineError, Stop, Timer};
use crate::client::Transport;
use crate::clock::Clock;
use crate::plan::{
    CALLOUT_TIME_MAX, CALLOUTS_MAX, Overflow, Release, SalesforceLimit, SalesforceLoad,
};
use crate::record::Recorder;
use crate::secret::opaque_debug;
use crate::units::{Counter, Nanos};

/// The pause of a worker whose callout failed at once, so that a target that refuses does not
/// turn transactions into a busy loop.
const FAILURE_PAUSE: Duration = Duration::from_millis(20);

/// What an org did and what it lost; shared by all its workers.
#[derive(Debug, Default)]
pub struct TransactionTally {
    next: Counter,
    /// Transactions begun.
    pub transactions: Counter,
    /// Transactions that came to their own end, and not to that of the load.
    pub finished: Counter,
    /// Callouts made again by a Finalizer.
    pub re_enqueued: Counter,
    lost: [Counter; SalesforceLimit::ALL.len()],
    /// Leads of transactions that were due and that the end of the load cut short.
    cut_off: Counter,
}

impl TransactionTally {
    /// Leads never posted, or given up, by the limit that took them.
    pub fn lost(&self) -> impl Iterator<Item = (SalesforceLimit, u64)> {
        SalesforceLimit::ALL
            .iter()
            .copied()
            .zip(self.lost.iter().map(Counter::get))
    }

    /// Leads that were due and that the end of the load came before.
    pub fn left_over(&self, load: &SalesforceLoad) -> u64 {
        let in_backlog = match load.release {
            Release::Backlog {
                leads: Some(leads), ..
            } => leads - load.leads_of(self.next.get()).start,
            Release::Backlog { leads: None, .. }
            | Release::Conversions { .. }
            | Release::Stream { .. } => 0,
        };
        in_backlog + self.cut_off.get()
    }

    /// Counts leads whose jobs run only after the end of the load.
    pub fn leave_over(&self, leads: u64) {
        self.cut_off.add(leads);
    }

    fn lose(&self, limit: SalesforceLimit, leads: u64) {
        let place = SalesforceLimit::ALL.iter().position(|one| *one == limit);
        if let Some(lost) = place.and_then(|place| self.lost.get(place)) {
            lost.add(leads);
        }
    }
}

/// One I/O thread's share of an org.
pub struct TransactionLoad<C> {
    /// The load.
    pub load: Arc<SalesforceLoad>,
    /// When it begins, since the start of the run.
    pub start: Nanos,
    /// Its share of the transactions that are released at known instants.
    pub releases: Box<dyn Iterator<Item = Arrival> + Send>,
    /// Leads that are converted at these instants, and lost at once.
    pub rolled_back: Box<dyn Iterator<Item = Nanos> + Send>,
    /// Makes a caller for a new worker of the org; called on the thread itself.
    pub caller: C,
    /// Where it records.
    pub recorder: Arc<Recorder>,
    /// What the whole org did.
    pub tally: Arc<TransactionTally>,
    /// The run's clock.
    pub clock: Clock,
    /// Its share of the transactions at once.
    pub workers: usize,
    /// How long callouts under way may take after the stop is raised.
    pub grace: Nanos,
    /// Ends the run before its time.
    pub stop: Stop,
}

impl<C, T> TransactionLoad<C>
where
    C: FnMut() -> Caller<T>,
    T: Transport + 'static,
{
    /// Runs this share on the current runtime.
    pub async fn run(mut self, mut timer: Timer) -> Result<(), EngineError> {
        let slots = Arc::new(Slots::new(self.workers, Overflow::Queue));
        let mut tasks = JoinSet::new();
        let stop = self.stop.clone();
        let mut wait = async |clock: &Clock, until| {
            tokio::select! {
                biased;
                () = stop.raised() => Ok(false),
                woken = timer.wait(clock, until) => woken
                    .map(|()| true)
                    .map_err(EngineError::system("timer")),
            }
        };
        if let Release::Backlog { quiet, .. } = self.load.release {
            if wait(&self.clock, self.start + quiet).await? {
                for _ in 0..self.workers {
                    let worker = self.worker();
                    tasks.spawn(worker.work_off_backlog());
                }
            }
            return drain(&slots, tasks, &self.stop, self.grace).await;
        }
        for due in self.rolled_back.by_ref() {
            if !wait(&self.clock, due).await? {
                break;
            }
            let leads = self.load.per_conversion();
            self.tally.transactions.count();
            self.tally.lose(SalesforceLimit::FutureCalls, leads);
        }
        while let Some(release) = self.releases.next() {
            if !wait(&self.clock, release.due).await? {
                break;
            }
            let iteration = DueIteration::of(release);
            match slots.offer(iteration, || self.clock.now()) {
                Offer::Taken | Offer::Queued => {}
                Offer::NeedsSlot => {
                    let worker = self.worker();
                    tasks.spawn(worker.serve(iteration, Slot(Arc::clone(&slots))));
                }
                Offer::Dropped => self.recorder.dropped(iteration.due),
            }
        }
        drain(&slots, tasks, &self.stop, self.grace).await
    }

    fn worker(&mut self) -> TransactionWorker<T> {
        TransactionWorker {
            caller: (self.caller)(),
            load: Arc::clone(&self.load),
            tally: Arc::clone(&self.tally),
            stop: self.stop.clone(),
            end: self.start + self.load.over,
        }
    }
}

opaque_debug!(TransactionLoad<C>);

/// One of the transactions that the org runs at once.
struct TransactionWorker<T> {
    caller: Caller<T>,
    load: Arc<SalesforceLoad>,
    tally: Arc<TransactionTally>,
    stop: Stop,
    end: Nanos,
}

impl<T: Transport> TransactionWorker<T> {
    /// Transaction after transaction, for as long as there are leads and time.
    async fn work_off_backlog(mut self) {
        while !self.is_over() {
            let transaction = self.tally.next.count();
            if self.load.leads_of(transaction).is_empty() {
                return;
            }
            self.transact(transaction, None).await;
        }
    }

    /// The transactions that are released to it.
    async fn serve(mut self, first: DueIteration, slot: Slot) {
        let mut next = Some(first);
        while let Some(iteration) = next {
            // What had to wait for another transaction waited in the org, not for the target.
            let due = iteration.queued.is_none().then_some(iteration.due);
            if due.is_some() || !self.is_over() {
                self.transact(iteration.seq, due).await;
            } else {
                self.cut_off(self.load.leads_of(iteration.seq));
            }
            next = slot.0.next().await;
        }
    }

    fn is_over(&self) -> bool {
        self.stop.is_raised() || self.caller.clock.now() >= self.end
    }

    /// One transaction: its callouts one after the other, within the limits.
    async fn transact(&mut self, transaction: u64, mut due: Option<Nanos>) {
        self.tally.transactions.count();
        let leads = self.load.leads_of(transaction);
        let mut left = CALLOUT_TIME_MAX;
        for (made, lead) in (0..).zip(leads.clone()) {
            if made == CALLOUTS_MAX {
                self.tally.lose(SalesforceLimit::Callouts, leads.end - lead);
                break;
            }
            if left == Nanos::ZERO {
                self.tally
                    .lose(SalesforceLimit::CalloutTime, leads.end - lead);
                break;
            }
            if due.is_none() && self.is_over() {
                self.cut_off(lead..leads.end);
                self.caller.end_transaction();
                return;
            }
            let spent = self.call(lead, due.take(), left).await;
            left = left - spent;
        }
        self.tally.finished.count();
        self.caller.end_transaction();
    }

    /// Posts one lead, and again where a Finalizer says so; tells how long the callout of
    /// this transaction took.
    async fn call(&mut self, lead: u64, due: Option<Nanos>, limit: Nanos) -> Nanos {
        let (is_ok, spent) = self.post(lead, due, limit).await;
        if is_ok {
            return spent;
        }
        for _ in 0..self.load.re_enqueue {
            if self.stop.is_raised() {
                return spent;
            }
            // Each is a job, and so a transaction, of its own.
            self.caller.end_transaction();
            self.tally.transactions.count();
            self.tally.re_enqueued.count();
            if self.post(lead, None, CALLOUT_TIME_MAX).await.0 {
                return spent;
            }
        }
        if self.load.re_enqueue > 0 {
            self.tally.lose(SalesforceLimit::Finalizer, 1);
        }
        spent
    }

    async fn post(&mut self, lead: u64, due: Option<Nanos>, limit: Nanos) -> (bool, Nanos) {
        let started = self.caller.clock.now();
        let iteration = DueIteration {
            seq: lead,
            due: due.unwrap_or(started),
            queued: None,
            limit: Some(limit),
        };
        let ended = self.caller.iterate(iteration, started).await;
        let is_ok = ended.outcome.is_ok();
        if !is_ok {
            tokio::time::sleep(FAILURE_PAUSE).await;
        }
        (is_ok, ended.at - started)
    }

    fn cut_off(&self, leads: Range<u64>) {
        let leads = leads.end.saturating_sub(leads.start);
        self.tally.cut_off.add(leads);
    }
}
