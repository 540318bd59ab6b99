//! A run that is one side of a duel: when it begins, and that it ends with the duel.

use std::io::{self, BufRead as _};
use std::time::Duration;

use anyhow::anyhow;
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::cli::exit::{Code, Failure, OrFail as _};
use crate::cli::stdio;

/// What a run prints when it is ready, before its run-up in nanoseconds.
const READY: &str = "ready";

/// When a run begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(in crate::cli) enum Start {
    /// As soon as it is ready.
    AtOnce,
    /// When the other side is ready as well.
    Together,
}

impl Start {
    /// Waits for the other side if both begin together, and returns the run-up of both: the time to the
    /// first arrival.
    ///
    /// # Errors
    ///
    /// The duel that started the run has ended.
    pub(super) fn meet(self, run_up: Duration) -> Result<Duration, Failure> {
        if self == Self::AtOnce {
            return Ok(run_up);
        }
        stdio::print(&ready(run_up))?;
        let mut word = String::new();
        io::stdin()
            .lock()
            .read_line(&mut word)
            .or_fail(|| "could not read the start of the round".to_owned())?;
        let agreed = word.trim().parse().map(Duration::from_nanos);
        agreed.map_err(|_| {
            let ended = anyhow!("the duel ended before this run could begin");
            Failure::new(Code::Interrupted, ended)
        })
    }
}

fn ready(run_up: Duration) -> String {
    format!("{READY} {}\n", run_up.as_nanos())
}

/// Reads the run-up of a run from its line.
pub(in crate::cli) fn run_up(said: &str) -> Option<Duration> {
    let (ready, nanos) = said.trim().split_once(' ')?;
    let nanos = nanos.parse().ok()?;
    (ready == READY).then_some(Duration::from_nanos(nanos))
}

/// Asks the system to end this process when its parent ends.
pub(in crate::cli) fn end_with_parent() -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_says_is_understood() {
        let span = Duration::from_millis(130);
        assert_eq!(run_up(&ready(span)), Some(span));
        assert_eq!(run_up("{\"schema_version\": 1}"), None);
    }
}
