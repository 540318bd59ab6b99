//! Where a run puts its data while it runs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::RunFailure;
use super::so_far::SoFar;
use crate::clock::Clock;
use crate::engine::{CalloutEvent, CreatedIds, Observer, SampleObserver};
use crate::lead::Leads;
use crate::sample::Traces;
use crate::secret::opaque_debug;
use crate::summarize::Progress;
use crate::summary::{Summary, Warning};

/// Takes the data of a run. It is called on the thread of [`run`](super::run); other threads use the
/// outlets that it opens.
pub trait Sink {
    /// Why the sink, or the run, could not begin.
    type Error: From<RunFailure>;

    /// Called when everything is prepared. Gets the time that the run needs until its first arrival, and
    /// says when it begins: not sooner.
    ///
    /// # Errors
    ///
    /// The other side that should begin at the same time does not.
    fn ready(&mut self, run_up: Duration) -> Result<RunStart, Self::Error> {
        Ok(run_up.into())
    }

    /// Called when the run's clock is set, before any thread starts.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    fn begin(&mut self, begun: &Begun<'_>) -> Result<Outlets, Self::Error>;

    /// Called after the last callout, when nothing writes into the outlets any more; returns warnings
    /// for the summary.
    fn finish(&mut self) -> Vec<Warning> {
        Vec::new()
    }
}

/// When a run begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RunStart {
    /// The time until its first arrival.
    pub run_up: Duration,
    /// When that is for all processes that make the run, since the Unix epoch: it dates the leads. `None` if one
    /// process makes it.
    pub dated: Option<Duration>,
}

impl From<Duration> for RunStart {
    fn from(run_up: Duration) -> Self {
        Self {
            run_up,
            dated: None,
        }
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

/// Where the data of the run goes.
pub struct Outlets {
    /// The interval log: appended to once a second.
    pub log: Box<dyn io::Write + Send>,
    /// The recording: gets each second in one call.
    pub recording: Option<Box<dyn io::Write + Send>>,
    /// Takes each second.
    pub seconds: Box<dyn Seconds>,
    /// Gets each callout.
    pub callouts: Option<Arc<Observer<CalloutEvent>>>,
    /// Gets samples of iterations.
    pub samples: Option<SampleObserver>,
    /// Gets the Ids that the API gives to leads.
    pub created: Option<Arc<CreatedIds>>,
}

/// A file that is written each second.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecondsFile {
    /// The interval log, for other tools.
    IntervalLog,
    /// The recording.
    Recording,
}

/// Takes the seconds of a run, on the collector's thread.
pub trait Seconds: Send {
    /// Called once, with a summary of nothing, before the load begins.
    fn begin(&mut self, _nothing: &Arc<Summary>) {}

    /// Called about once a second before the first arrival is due.
    fn wait(&mut self) {}

    /// Called once a second with the progress of that second. The summary of the run so far is made
    /// when it is asked for.
    fn second(&mut self, progress: &Progress, so_far: &SoFar<'_>);

    /// Called when a file that is written each second could not be written; the run goes on without it.
    fn write_failed(&mut self, _file: SecondsFile, _error: &io::Error) {}

    /// Called after the last second.
    fn end(&mut self) {}
}

/// Takes everything and keeps nothing: for callers that need only the result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Sink for Silent {
    type Error = RunFailure;

    fn begin(&mut self, _: &Begun<'_>) -> Result<Outlets, RunFailure> {
        Ok(Outlets::of(Self))
    }
}

impl Seconds for Silent {
    fn second(&mut self, _: &Progress, _: &SoFar<'_>) {}
}

impl Outlets {
    /// Only the seconds: no log and no single callouts.
    pub fn of(seconds: impl Seconds + 'static) -> Self {
        Self {
            log: Box::new(io::sink()),
            recording: None,
            seconds: Box::new(seconds),
            callouts: None,
            samples: None,
            created: None,
        }
    }
}

opaque_debug!(Outlets);
