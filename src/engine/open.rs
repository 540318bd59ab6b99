//! The open model: arrivals that do not wait for answers.
//!
//! Each worker is one thread with one runtime, its own connections, its own recorder and
//! its own share of the schedule. Nothing on the hot path is shared between workers.

use std::sync::Arc;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::iteration::{Caller, Turn};
use super::slots::{Offer, Slots};
use super::{Alarm, Arrival, EngineError, Stop};
use crate::client::Transport;
use crate::clock::Clock;
use crate::plan::Overflow;
use crate::record::Recorder;
use crate::token::Feed;
use crate::units::Nanos;

/// What one worker works with.
pub struct OpenWorker<A, C> {
    /// Its share of the schedule.
    pub arrivals: A,
    /// Makes a caller for a new slot; called on the worker's own thread.
    pub caller: C,
    /// Its feed of tokens, for arrivals that are dropped.
    pub feed: Feed,
    /// Where it records.
    pub recorder: Arc<Recorder>,
    /// The run's clock.
    pub clock: Clock,
    /// Callouts at once.
    pub max_in_flight: usize,
    /// What becomes of an arrival that finds every slot taken.
    pub overflow: Overflow,
    /// How long callouts under way may take after an early stop.
    pub grace: Nanos,
    /// Ends the run before its time.
    pub stop: Stop,
}

/// Runs one thread for each group of workers until the last callout of each has ended.
///
/// A group holds one worker of each load, which share the thread and its runtime.
pub fn run_open<A, C, T>(groups: Vec<Vec<OpenWorker<A, C>>>) -> Result<(), EngineError>
where
    A: Iterator<Item = Arrival> + Send + 'static,
    C: FnMut() -> Caller<T> + Send + 'static,
    T: Transport + 'static,
{
    let stop = groups
        .iter()
        .flatten()
        .next()
        .map(|first| first.stop.clone());
    let mut threads = Vec::new();
    for (number, group) in groups.into_iter().enumerate() {
        let spawned = thread::Builder::new()
            .name(format!("io-{number}"))
            .spawn(move || run_group(group));
        match spawned {
            Ok(thread) => threads.push(thread),
            Err(cause) => {
                if let Some(stop) = stop {
                    stop.raise();
                }
                for thread in threads {
                    drop(thread.join());
                }
                return Err(EngineError::System {
                    what: "thread",
                    cause,
                });
            }
        }
    }
    let mut result = Ok(());
    for thread in threads {
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => result = Err(error),
            Err(_) => result = Err(EngineError::Panicked),
        }
    }
    result
}

/// Runs workers side by side on a runtime of this thread.
fn run_group<A, C, T>(group: Vec<OpenWorker<A, C>>) -> Result<(), EngineError>
where
    A: Iterator<Item = Arrival> + Send + 'static,
    C: FnMut() -> Caller<T> + Send + 'static,
    T: Transport + 'static,
{
    let system = |what| move |cause| EngineError::System { what, cause };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(system("runtime"))?;
    runtime.block_on(async {
        let mut group = group.into_iter();
        let Some(first) = group.next() else {
            return Ok(());
        };
        let alarm = || Alarm::kernel().map_err(system("timer"));
        let first_alarm = alarm()?;
        let mut others = JoinSet::new();
        for worker in group {
            others.spawn(worker.run(alarm()?));
        }
        let mut result = first.run(first_alarm).await;
        while let Some(ended) = others.join_next().await {
            result = result.and(ended.unwrap_or(Err(EngineError::Panicked)));
        }
        result
    })
}

impl<A, C, T> OpenWorker<A, C>
where
    A: Iterator<Item = Arrival>,
    C: FnMut() -> Caller<T>,
    T: Transport + 'static,
{
    /// Runs this worker on the current runtime.
    pub async fn run(mut self, mut alarm: Alarm) -> Result<(), EngineError> {
        let slots = Arc::new(Slots::new(self.max_in_flight, self.overflow));
        let mut tasks = JoinSet::new();
        let stop = self.stop.clone();
        while let Some(arrival) = self.arrivals.next() {
            tokio::select! {
                biased;
                () = stop.raised() => break,
                woken = alarm.wait(&self.clock, arrival.due) => {
                    woken.map_err(|cause| EngineError::System { what: "timer", cause })?;
                }
            }
            self.begin(arrival, &slots, &mut tasks);
        }
        drain(&slots, tasks, &self.stop, self.grace).await
    }

    /// Hands an arrival that is due to a slot, or puts it in line for one.
    fn begin(&mut self, arrival: Arrival, slots: &Arc<Slots>, tasks: &mut JoinSet<()>) {
        let turn = Turn {
            seq: arrival.seq,
            due: arrival.due,
            queued: None,
        };
        self.recorder.planned(turn.due);
        match slots.offer(turn, || self.clock.now()) {
            Offer::Taken => {}
            Offer::NeedsSlot => {
                tasks.spawn(serve((self.caller)(), turn, Arc::clone(slots)));
            }
            Offer::Queued => self.recorder.queued(turn.due),
            Offer::Dropped => {
                self.feed.skip();
                self.recorder.dropped(turn.due);
            }
        }
    }
}

impl<A, C> std::fmt::Debug for OpenWorker<A, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenWorker").finish_non_exhaustive()
    }
}

/// Waits for the callouts under way; after an early stop, not longer than the grace.
async fn drain(
    slots: &Slots,
    mut tasks: JoinSet<()>,
    stop: &Stop,
    grace: Nanos,
) -> Result<(), EngineError> {
    slots.close();
    let mut panicked = false;
    let mut all = async || {
        while let Some(ended) = tasks.join_next().await {
            panicked |= ended.is_err();
        }
    };
    tokio::select! {
        () = all() => {}
        () = stop.raised() => {
            slots.abandon();
            // What is still under way then is counted as interrupted.
            drop(timeout(grace.as_duration(), all()).await);
        }
    }
    if panicked {
        Err(EngineError::Panicked)
    } else {
        Ok(())
    }
}

/// One slot: its first turn, and then whatever comes.
async fn serve<T: Transport>(mut caller: Caller<T>, first: Turn, slots: Arc<Slots>) {
    let mut turn = Some(first);
    while let Some(due) = turn {
        let started = caller.clock.now();
        caller.iterate(due, started).await;
        caller.end_transaction();
        turn = slots.next().await;
    }
}
