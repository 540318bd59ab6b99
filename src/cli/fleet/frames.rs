//! What a share of a trial does with its recording: it sends it, and keeps nothing.

use std::io;
use std::time::Duration;

use crate::cli::exit::Failure;
use crate::runner::{Begun, Outlets, RunStart, Silent, Sink};

/// Sends the frames of the recording.
pub(super) struct FramesOnly<'m> {
    meet: &'m (dyn Fn(Duration) -> Result<RunStart, Failure> + Sync),
    frames: Option<Box<dyn io::Write + Send>>,
}

impl<'m> FramesOnly<'m> {
    /// `meet` says when the run begins.
    pub(super) fn new(
        meet: &'m (dyn Fn(Duration) -> Result<RunStart, Failure> + Sync),
        frames: Box<dyn io::Write + Send>,
    ) -> Self {
        Self {
            meet,
            frames: Some(frames),
        }
    }
}

impl Sink for FramesOnly<'_> {
    type Error = Failure;

    fn ready(&mut self, run_up: Duration) -> Result<RunStart, Failure> {
        (self.meet)(run_up)
    }

    fn begin(&mut self, _: &Begun<'_>) -> Result<Outlets, Failure> {
        Ok(Outlets {
            recording: self.frames.take(),
            ..Outlets::of(Silent)
        })
    }
}
