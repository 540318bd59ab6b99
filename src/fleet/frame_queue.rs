//! Frames as they come in, to be read as one recording.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use parking_lot::Mutex;

/// The frames of one agent that are not read yet. Whoever reads must know that a whole frame is there: the
/// end of the queue looks like the end of the recording.
#[derive(Clone, Debug, Default)]
pub struct FrameQueue(Arc<Mutex<VecDeque<u8>>>);

impl FrameQueue {
    /// Adds a frame.
    pub fn push(&self, frame: &[u8]) {
        self.0.lock().extend(frame);
    }
}

impl Read for FrameQueue {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.lock().read(into)
    }
}
