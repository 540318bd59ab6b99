//! The open model: arrivals that do not wait for answers.
//!
//! Each worker has its own connections, its own recorder and its own share of the schedule.

use std::pin::pin;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::drain::drain;
use super::iteration::{Caller, DueIteration};
use super::slots::{Offer, Slot, Slots};
use super::{Arrival, EngineError, Stop, Timer};
use crate::client::Transport;
use crate::clock::Clock;
use crate::plan::Overflow;
use crate::record::Recorder;
use crate::secret::opaque_debug;
use crate::token::TokenProvider;
use crate::units::Nanos;

/// What one worker works with.
pub struct OpenWorker<A, C> {
    /// Its share of the schedule.
    pub arrivals: A,
    /// Makes a caller for a new slot; called on the worker's own thread.
    pub caller: C,
    /// Its provider of tokens, for arrivals that are dropped.
    pub provider: TokenProvider,
    /// Where it records.
    pub recorder: Arc<Recorder>,
    /// The run's clock.
    pub clock: Clock,
    /// Callouts at once.
    pub max_in_flight: usize,
    /// What becomes of an arrival that finds every slot taken.
    pub overflow: Overflow,
    /// How far apart the instants are at which due arrivals are sent; zero sends each at its own.
    pub tick: Nanos,
    /// How long callouts under way may take after the stop is raised.
    pub grace: Nanos,
    /// Ends the run before its time.
    pub stop: Stop,
}

impl<A, C, T> OpenWorker<A, C>
where
    A: Iterator<Item = Arrival>,
    C: FnMut() -> Caller<T>,
    T: Transport + 'static,
{
    /// Runs this worker on the current runtime.
    pub async fn run(mut self, mut timer: Timer) -> Result<(), EngineError> {
        let slots = Arc::new(Slots::new(self.max_in_flight, self.overflow));
        let mut tasks = JoinSet::new();
        let stop = self.stop.clone();
        let mut stopped = pin!(stop.raised());
        let mut next = self.arrivals.next();
        while let Some(first) = next {
            let sent_at = end_of_tick(first.due, self.tick);
            tokio::select! {
                biased;
                () = &mut stopped => break,
                woken = timer.wait(&self.clock, sent_at) => {
                    woken.map_err(EngineError::system("timer"))?;
                }
            }
            while let Some(arrival) = next.filter(|arrival| arrival.due <= sent_at) {
                self.begin(arrival, &slots, &mut tasks);
                next = self.arrivals.next();
            }
        }
        drain(&slots, tasks, &self.stop, self.grace).await
    }

    /// Hands an arrival that is due to a slot, or puts it in line for one.
    fn begin(&mut self, arrival: Arrival, slots: &Arc<Slots>, tasks: &mut JoinSet<()>) {
        let iteration = DueIteration::of(arrival);
        match slots.offer(iteration, || self.clock.now()) {
            Offer::Taken => {}
            Offer::NeedsSlot => {
                tasks.spawn(serve((self.caller)(), iteration, Slot(Arc::clone(slots))));
            }
            Offer::Queued => self.recorder.queued(iteration.due),
            Offer::Dropped => {
                self.provider.skip();
                self.recorder.dropped(iteration.due);
            }
        }
    }
}

opaque_debug!(OpenWorker<A, C>);

/// When an arrival is sent: at the end of its tick, or when it is due if there is no tick. Ticks count
/// from the start of the run, so that all loads and threads send at the same instants.
const fn end_of_tick(due: Nanos, tick: Nanos) -> Nanos {
    if tick.0 == 0 {
        due
    } else {
        Nanos(due.0.div_ceil(tick.0).saturating_mul(tick.0))
    }
}

/// One slot: its first iteration, and then whatever comes.
async fn serve<T: Transport>(mut caller: Caller<T>, first: DueIteration, slot: Slot) {
    let mut iteration = Some(first);
    while let Some(due) = iteration {
        let started = caller.clock.now();
        caller.iterate(due, started).await;
        caller.end_transaction();
        iteration = slot.0.next().await;
    }
}
