//! Where a run puts what it learns while it goes on.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use crate::clock::Clock;
use crate::engine::{CalloutEvent, CreatedIds, Observer, SampleObserver};
use crate::lead::Leads;
use crate::sample::Traces;
use crate::summarize::Progress;
use crate::summary::{Summary, Warning};

/// Takes what a run learns. It is asked on the thread that runs [`run`](super::run); what it opens
/// for the load is then used by others.
pub trait Sink {
    /// Why the sink, or the run, could not begin.
    type Error: From<Failure>;

    /// Called when everything is prepared: the time that the run needs from now to its first
    /// arrival goes in, the time that it takes comes out, no shorter.
    ///
    /// # Errors
    ///
    /// Whoever else is to begin at the same time does not.
    fn ready(&mut self, run_up: Duration) -> Result<Duration, Self::Error> {
        Ok(run_up)
    }

    /// Called when the run's clock is set, before any thread starts.
    ///
    /// # Errors
    ///
    /// What is to be written cannot be.
    fn begin(&mut self, begun: &Begun<'_>) -> Result<Outlets, Self::Error>;

    /// Called when the last callout has ended, and nobody writes into the outlets any more; gives
    /// what the reader of the summary must know.
    fn finish(&mut self) -> Vec<Warning> {
        Vec::new()
    }
}

/// A run whose clock is set.
#[derive(Debug)]
pub struct Begun<'b> {
    /// The run's clock.
    pub clock: Clock,
    /// When its zero is, since the Unix epoch.
    pub unix_start: Duration,
    /// The leads of each load.
    pub leads: &'b [Leads],
    /// The traces of the callouts, where they carry any.
    pub traces: Option<Traces>,
}

/// Where what the run learns goes.
pub struct Outlets {
    /// The interval log: appended to once a second.
    pub log: Box<dyn io::Write + Send>,
    /// Who takes the summary of each second.
    pub seconds: Box<dyn Seconds>,
    /// Who sees each callout.
    pub callouts: Option<Arc<Observer<CalloutEvent>>>,
    /// Who gets iterations as they were measured.
    pub samples: Option<SampleObserver>,
    /// Where the Ids are known that the API gives to leads.
    pub created: Option<Arc<CreatedIds>>,
}

/// Takes the sums of a run, on the thread that makes them.
pub trait Seconds: Send {
    /// Called once, with a summary of nothing, before the load begins.
    fn begin(&mut self, _nothing: &Arc<Summary>) {}

    /// Called about once a second while nothing is due yet.
    fn wait(&mut self) {}

    /// Called once a second: what was done since the last, and the sum of all.
    fn second(&mut self, progress: &Progress, summary: &Arc<Summary>);

    /// Called when the interval log could not be written; the run goes on.
    fn log_failed(&mut self, _error: &io::Error) {}

    /// Called after the last second.
    fn end(&mut self) {}
}

/// Takes everything and keeps nothing: for whoever wants the result alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Sink for Silent {
    type Error = Failure;

    fn begin(&mut self, _: &Begun<'_>) -> Result<Outlets, Failure> {
        Ok(Outlets::of(Self))
    }
}

impl Seconds for Silent {
    fn second(&mut self, _: &Progress, _: &Arc<Summary>) {}
}

impl Outlets {
    /// Seconds alone: no log, and no callout by itself.
    pub fn of(seconds: impl Seconds + 'static) -> Self {
        Self {
            log: Box::new(io::sink()),
            seconds: Box::new(seconds),
            callouts: None,
            samples: None,
            created: None,
        }
    }
}

impl std::fmt::Debug for Outlets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlets").finish_non_exhaustive()
    }
}
