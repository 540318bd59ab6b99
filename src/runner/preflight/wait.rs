//! Waits before the load: for a name, a connection, or a target that is not up yet. All waits have a
//! deadline, and end when the user stops the run.

use std::future::{Future, pending};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::engine::Stop;
use crate::plan::Address;
use crate::runner::failure::{FailureKind, RunFailure};
use crate::runner::job::Setting;
use crate::units::Nanos;

/// The time between two tries, so that a starting target is not flooded.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a run waits before it begins, and what ends the wait.
#[derive(Debug)]
pub(in crate::runner) struct Wait {
    stop: Stop,
    limit: Nanos,
    note: fn(&str),
    wall: fn() -> Duration,
    runtime: Runtime,
}

/// Why something was not reached, and whether that may be temporary.
#[derive(Debug)]
pub(in crate::runner) struct NotReached {
    failure: RunFailure,
    may_pass: bool,
}

impl NotReached {
    /// The target is down, but may still be starting.
    pub(in crate::runner) fn for_now(failure: RunFailure) -> Self {
        Self {
            failure,
            may_pass: true,
        }
    }

    /// Why, for a test.
    #[cfg(test)]
    pub(in crate::runner) fn into_failure(self) -> RunFailure {
        self.failure
    }
}

impl From<RunFailure> for NotReached {
    /// A permanent failure, which waiting does not change.
    fn from(failure: RunFailure) -> Self {
        Self {
            failure,
            may_pass: false,
        }
    }
}

impl Wait {
    /// Waits until `stop` is raised, and for a target that is down for `wait_for`.
    pub(in crate::runner) fn new(
        setting: &Setting,
        wait_for: Option<Nanos>,
    ) -> Result<Self, RunFailure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(RunFailure::environment)?;
        Ok(Self {
            stop: setting.stop.clone(),
            note: setting.note,
            wall: setting.wall,
            limit: wait_for.unwrap_or_default(),
            runtime,
        })
    }

    /// How long to wait for a target that is down; zero means not at all.
    pub(in crate::runner) const fn wait_for(&self) -> Nanos {
        self.limit
    }

    /// The wall clock: the time since the Unix epoch.
    pub(in crate::runner) fn wall(&self) -> Duration {
        (self.wall)()
    }

    /// Prints a note for the user.
    pub(in crate::runner) fn note(&self, text: &str) {
        (self.note)(text);
    }

    /// Fails if the user has stopped the run.
    pub(in crate::runner) fn check(&self) -> Result<(), RunFailure> {
        if self.stop.is_raised() {
            return Err(ended());
        }
        Ok(())
    }

    /// Waits for a future, at most for `limit`; `None` after that.
    pub(in crate::runner) fn within<T>(
        &self,
        limit: Duration,
        what: impl Future<Output = T>,
    ) -> Result<Option<T>, RunFailure> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.raised() => Err(ended()),
                found = timeout(limit, what) => Ok(found.ok()),
            }
        })
    }

    /// The same for work that blocks, on a thread that is abandoned after the limit.
    pub(in crate::runner) fn apart<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, RunFailure> {
        let (sender, receiver) = oneshot::channel();
        thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(move || drop(sender.send(work())))
            .map_err(RunFailure::environment)?;
        // A thread that panicked has no result.
        Ok(self.within(limit, receiver)?.and_then(Result::ok))
    }

    /// Tries to reach an address, and again once a second at most while the run may wait.
    pub(in crate::runner) fn reach<T>(
        &self,
        address: &Address,
        mut attempt: impl FnMut() -> Result<T, NotReached>,
    ) -> Result<T, RunFailure> {
        let (began, limit) = (Instant::now(), self.limit);
        let mut tries = 0;
        loop {
            tries += 1;
            let NotReached { failure, may_pass } = match attempt() {
                Ok(reached) => return Ok(reached),
                Err(not_reached) => not_reached,
            };
            let left = limit - began.elapsed().into();
            if !may_pass || tries == 1 && left == Nanos::ZERO {
                return Err(failure);
            }
            if left == Nanos::ZERO {
                return Err(failure.context(format!(
                    "{address} did not come up within the {limit} of --wait-for, in {tries} tries"
                )));
            }
            if tries == 1 {
                self.note(&format!("waiting for {address}, up to {limit}: {failure}"));
            }
            self.within(AGAIN.min(left.as_duration()), pending::<()>())?;
        }
    }
}

/// The user stopped the run before anything was sent.
pub(in crate::runner) fn ended() -> RunFailure {
    let error = anyhow!(
        "ended before the load began: nothing of the load was sent, and there is no report"
    );
    RunFailure::new(FailureKind::Interrupted, error)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::plan::{Host, Scheme};

    fn wait(stop: &Stop, wait_for: Option<Nanos>) -> Wait {
        Wait::new(&Setting::new(stop.clone(), || Duration::ZERO), wait_for).unwrap()
    }

    fn somewhere() -> Address {
        Address::Url {
            scheme: Scheme::Http,
            host: Host::parse("staging.example.com").unwrap(),
            port: 80,
            path: "/".to_owned(),
        }
    }

    // The thread hangs for as long as the test holds the sender.
    #[test]
    fn work_that_hangs_is_left_alone_when_its_time_is_over() {
        let (hold, held) = channel::<()>();
        let wait = wait(&Stop::default(), None);
        let found = wait.apart(Duration::from_millis(20), move || held.recv());
        assert!(found.unwrap().is_none());
        drop(hold);
    }

    #[test]
    fn an_asked_for_end_ends_any_waiting() {
        let (hold, held) = channel::<()>();
        let stop = Stop::default();
        let wait = wait(&stop, Some(Nanos::from_secs(3_600)));
        stop.raise();
        let ended = wait.apart(Duration::MAX, move || held.recv());
        assert_eq!(ended.unwrap_err().kind, FailureKind::Interrupted);
        assert_eq!(wait.check().unwrap_err().kind, FailureKind::Interrupted);
        let down = || {
            Err::<(), _>(NotReached::for_now(RunFailure::environment(anyhow!(
                "down"
            ))))
        };
        let address = somewhere();
        let ended = wait.reach(&address, down).unwrap_err();
        assert_eq!(ended.kind, FailureKind::Interrupted);
        drop(hold);
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        let wait = wait(&Stop::default(), Some(Nanos::from_secs(3_600)));
        let address = somewhere();
        let mut tries = 0;
        let refused = wait.reach(&address, || {
            tries += 1;
            Err::<(), _>(NotReached::from(RunFailure::environment(anyhow!(
                "distrusted"
            ))))
        });
        assert_eq!(refused.unwrap_err().kind, FailureKind::Environment);
        assert_eq!(tries, 1);
    }
}
