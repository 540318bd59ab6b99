//! Writes a recording.

use std::io::{self, Write};
use std::sync::Arc;

use super::frame::{FrameKind, pack};
use super::second::Recorded;
use super::{LatestFacts, RecordingEnd, RecordingHead, SCHEMA, WireTally};
use crate::record::{Interval, IntervalKey, SerialInterval};
use crate::units::Nanos;

/// Writes a recording: each frame in one call, so that whoever takes it can send it on as it is.
pub struct RecordingWriter<W> {
    out: W,
    frame: Vec<u8>,
}

impl<W: Write> RecordingWriter<W> {
    /// Begins a recording with what is run.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn begin(out: W, head: &RecordingHead) -> io::Result<Self> {
        let mut writer = Self {
            out,
            frame: format!("{SCHEMA}\n").into_bytes(),
        };
        let json = serde_json::to_vec(head)?;
        writer.write(FrameKind::Head, &json)?;
        Ok(writer)
    }

    /// Appends what was recorded until an instant, by load and by the second that it belongs to.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn second(
        &mut self,
        until: Nanos,
        loads: &[Vec<(IntervalKey, Interval)>],
        metrics: &[Arc<str>],
        wire: Option<&WireTally>,
        latest: &LatestFacts,
    ) -> io::Result<()> {
        let serial =
            |(key, interval): &(IntervalKey, Interval)| (*key, SerialInterval::from(interval));
        let loads = loads.iter().map(|load| load.iter().map(serial).collect());
        let recorded = Recorded {
            until,
            loads: loads.collect(),
            metrics: metrics.iter().map(ToString::to_string).collect(),
            wire: wire.map(WireTally::serial).unwrap_or_default(),
            latest: serde_json::to_string(latest)?,
        };
        let bytes = postcard::to_stdvec(&recorded).map_err(io::Error::other)?;
        self.write(FrameKind::Second, &bytes)
    }

    /// Marks the end.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn end(mut self, end: &RecordingEnd) -> io::Result<()> {
        let json = serde_json::to_vec(end)?;
        self.write(FrameKind::End, &json)
    }

    fn write(&mut self, kind: FrameKind, content: &[u8]) -> io::Result<()> {
        pack(kind, content, &mut self.frame)?;
        let written = self.out.write_all(&self.frame);
        self.frame.clear();
        written?;
        self.out.flush()
    }
}

impl<W> std::fmt::Debug for RecordingWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingWriter").finish_non_exhaustive()
    }
}
