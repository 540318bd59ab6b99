//! Ctrl-C during a search: it ends the run of the trial, and with it the search.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::engine::Stop;

/// The stop of the search, and of the run that goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    raised: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_raised: bool,
    of_run: Stop,
}

impl Stops {
    /// Ends the run that goes on, and the search.
    pub(super) fn raise(&self) {
        let mut state = self.0.state.lock();
        state.is_raised = true;
        state.of_run.raise();
        self.0.raised.notify_all();
    }

    pub(super) fn is_raised(&self) -> bool {
        self.0.state.lock().is_raised
    }

    /// Waits, until the search is stopped at the latest.
    pub(super) fn wait(&self, at_most: Duration) {
        let mut state = self.0.state.lock();
        if !state.is_raised {
            self.0.raised.wait_for(&mut state, at_most);
        }
    }

    /// The stop of a new run; raised already if the search is.
    pub(super) fn of_run(&self) -> Stop {
        let mut state = self.0.state.lock();
        state.of_run = Stop::default();
        if state.is_raised {
            state.of_run.raise();
        }
        state.of_run.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_a_stop_of_its_own_until_the_search_is_stopped() {
        let stops = Stops::default();
        let first = stops.of_run();
        first.raise();
        let second = stops.of_run();
        assert!(!second.is_raised() && !stops.is_raised());
        stops.raise();
        assert!(second.is_raised() && stops.is_raised());
        assert!(stops.of_run().is_raised());
    }
}
