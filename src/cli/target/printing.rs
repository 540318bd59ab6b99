//! Printing what arrives, on a thread of its own, so that a slow terminal slows no answer.

use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use crate::cli::exit::Failure;
use crate::cli::stdio;
use crate::target::TargetConfig;

/// How many requests may wait to be printed; what comes beyond them is counted in the ledger.
const WAITING_MAX: usize = 4096;

/// The thread that prints.
pub(super) struct Printing(JoinHandle<Result<(), Failure>>);

impl Printing {
    /// Prints what a target of this configuration takes.
    pub(super) fn into(config: &mut TargetConfig) -> Self {
        let (sender, arrivals) = sync_channel::<String>(WAITING_MAX);
        config.echo = Some(sender);
        Self(thread::spawn(move || {
            arrivals
                .iter()
                .try_for_each(|arrival| stdio::print(&(arrival + "\n")))
        }))
    }

    /// Waits until all is printed; every target of the configuration must have ended.
    pub(super) fn finish(self) -> Result<(), Failure> {
        // A thread that panicked has said so itself.
        self.0.join().unwrap_or(Ok(()))
    }
}
