//! Waiting before the load: for a name, for a connection, for a target that is not up yet. All of
//! it has a deadline, and ends when the user asks for an end.

use std::future::{Future, pending};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::cli::exit::{Code, Failure};
use crate::cli::stdio;
use crate::engine::Stop;
use crate::plan::Address;
use crate::units::Nanos;

/// The time from one try to the next: a target that is starting is not to be stormed.
const AGAIN: Duration = Duration::from_secs(1);

/// The longest that a target may be waited for: whoever waits longer has forgotten it.
const WAIT_MAX: Nanos = Nanos::from_secs(3_600);

/// How long a run waits before it begins, and what ends its waiting.
#[derive(Debug)]
pub(super) struct Patience {
    stop: Stop,
    wait_for: Nanos,
    runtime: Runtime,
}

/// Why something was not reached, and whether that may pass.
#[derive(Debug)]
pub(super) struct Missed {
    failure: Failure,
    may_pass: bool,
}

impl Missed {
    /// The target is not there; it may be yet to start.
    pub(super) fn for_now(failure: Failure) -> Self {
        Self {
            failure,
            may_pass: true,
        }
    }

    /// Why, for a test.
    #[cfg(test)]
    pub(super) fn into_failure(self) -> Failure {
        self.failure
    }
}

impl From<Failure> for Missed {
    /// It stays as it is, however long one waits.
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            may_pass: false,
        }
    }
}

impl Patience {
    /// Until `stop` is raised, and for a target that is down this long.
    pub(super) fn new(stop: Stop, wait_for: Option<Nanos>) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::environment)?;
        Ok(Self {
            stop,
            wait_for: wait_for.unwrap_or_default(),
            runtime,
        })
    }

    /// How long a target that is down is waited for; zero where it is not.
    pub(super) const fn wait_for(&self) -> Nanos {
        self.wait_for
    }

    /// Fails when the user has asked for an end.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.stop.is_raised() {
            return Err(ended());
        }
        Ok(())
    }

    /// Waits for this, but not longer than `limit`: `None` when that is over.
    pub(super) fn within<T>(
        &self,
        limit: Duration,
        what: impl Future<Output = T>,
    ) -> Result<Option<T>, Failure> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.raised() => Err(ended()),
                found = timeout(limit, what) => Ok(found.ok()),
            }
        })
    }

    /// The same for work that blocks, on a thread that is left alone when the time is over.
    pub(super) fn apart<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let (sender, receiver) = oneshot::channel();
        thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(move || drop(sender.send(work())))
            .map_err(Failure::environment)?;
        // A thread that has died has found nothing either.
        Ok(self.within(limit, receiver)?.and_then(Result::ok))
    }

    /// Tries to reach an address, and again once a second at most while the run may wait.
    pub(super) fn reach<T>(
        &self,
        address: &Address,
        mut attempt: impl FnMut() -> Result<T, Missed>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let mut is_told = false;
        loop {
            let missed = match attempt() {
                Ok(reached) => return Ok(reached),
                Err(missed) => missed,
            };
            let left = self.wait_for - began.elapsed().into();
            if left == Nanos::ZERO || !missed.may_pass {
                return Err(missed.failure);
            }
            if !std::mem::replace(&mut is_told, true) {
                let limit = self.wait_for;
                stdio::note(&format!("waiting for {address}, {limit} at most"));
            }
            self.within(AGAIN.min(left.as_duration()), pending::<()>())?;
        }
    }
}

/// The user asked for an end before anything was sent.
pub(super) fn ended() -> Failure {
    let error = anyhow!(
        "ended before the load began: nothing of the load was sent, and no file was written"
    );
    Failure::new(Code::Interrupted, error).bare()
}

/// Reads how long a target may be waited for.
pub(in crate::cli) fn span(text: &str) -> Result<Nanos, String> {
    let span: Nanos = text.parse().map_err(|error| format!("{error}"))?;
    if span > WAIT_MAX {
        return Err(format!("{span} is too long; write 1h or less"));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::plan::{Host, Scheme};

    fn patience(stop: &Stop, wait_for: Option<Nanos>) -> Patience {
        Patience::new(stop.clone(), wait_for).unwrap()
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
        let patience = patience(&Stop::default(), None);
        let found = patience.apart(Duration::from_millis(20), move || held.recv());
        assert!(found.unwrap().is_none());
        drop(hold);
    }

    #[test]
    fn an_asked_for_end_ends_any_waiting() {
        let (hold, held) = channel::<()>();
        let stop = Stop::default();
        let patience = patience(&stop, Some(WAIT_MAX));
        stop.raise();
        let ended = patience.apart(Duration::MAX, move || held.recv());
        assert_eq!(ended.unwrap_err().code(), Code::Interrupted);
        assert_eq!(patience.check().unwrap_err().code(), Code::Interrupted);
        let down = || Err::<(), _>(Missed::for_now(Failure::environment(anyhow!("down"))));
        let address = somewhere();
        let ended = patience.reach(&address, down).unwrap_err();
        assert_eq!(ended.code(), Code::Interrupted);
        drop(hold);
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        let patience = patience(&Stop::default(), Some(WAIT_MAX));
        let address = somewhere();
        let mut tries = 0;
        let refused = patience.reach(&address, || {
            tries += 1;
            Err::<(), _>(Missed::from(Failure::environment(anyhow!("distrusted"))))
        });
        assert_eq!(refused.unwrap_err().code(), Code::Environment);
        assert_eq!(tries, 1);
    }

    #[test]
    fn an_hour_is_the_longest_wait() {
        assert_eq!(span("90s"), Ok(Nanos::from_secs(90)));
        assert!(span("61min").is_err());
        assert!(span("soon").is_err());
    }
}
