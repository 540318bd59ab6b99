//! A thread that only wakes up on time, to measure how late the machine wakes it.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;

use crate::clock::Clock;
use crate::record::Histogram;
use crate::units::Nanos;

/// The time between two wake-ups: short enough for a p99 of a run of ten seconds, and long enough to
/// cost nothing.
const EVERY: Nanos = Nanos::from_millis(10);

/// The running thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct WakeupProbe {
    delays: Arc<Mutex<Histogram>>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WakeupProbe {
    /// Wakes from the start of the run on.
    pub(super) fn start(clock: Clock) -> std::io::Result<Self> {
        let delays = Arc::new(Mutex::new(Histogram::default()));
        let (end, ended) = bounded(0);
        let thread = thread::Builder::new().name("probe".to_owned()).spawn({
            let delays = Arc::clone(&delays);
            move || wake(clock, &delays, &ended)
        })?;
        Ok(Self {
            delays,
            end: Some(end),
            thread: Some(thread),
        })
    }

    /// How late it was at the 99th percentile, and at most.
    pub(super) fn read(&self) -> Option<(Nanos, Nanos)> {
        let delays = self.delays.lock();
        Some((delays.at(0.99)?, delays.max()))
    }
}

impl Drop for WakeupProbe {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the probe does not matter for the run.
            drop(thread.join());
        }
    }
}

fn wake(clock: Clock, delays: &Mutex<Histogram>, ended: &Receiver<()>) {
    let mut due = EVERY;
    while ended.recv_timeout(clock.until(due)) == Err(RecvTimeoutError::Timeout) {
        let now = clock.now();
        let mut delays = delays.lock();
        // Each instant counts, because a long stall makes all instants within it late.
        while due <= now {
            delays.record(now - due);
            due += EVERY;
        }
    }
}
