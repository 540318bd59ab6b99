//! Reads a recording that may come from anywhere.

use std::io::Read;

use super::frame::{self, FrameKind, FrameRead};
use super::second::{Recorded, Second};
use super::{LatestFacts, RecordingEnd, RecordingError, RecordingHead, SCHEMA};
use crate::record::NotRecorded;
use crate::units::{Nanos, count};

/// How much longer than its number of seconds a recording may last: each second has a frame, but for those
/// in which the whole machine stood still.
const HOLES_MAX: Nanos = Nanos::from_secs(24 * 3600);

/// More than happens in any run.
const COUNT_MAX: u64 = 1 << 48;

/// Reads a recording frame by frame.
pub struct RecordingReader<R> {
    from: R,
    /// Where the next frame begins.
    at: u64,
    loads: usize,
    until: Nanos,
    seconds: u64,
    end: Option<RecordingEnd>,
    cut: u64,
}

impl<R: Read> RecordingReader<R> {
    /// Reads what was run.
    ///
    /// # Errors
    ///
    /// It is not a recording, or not one that this version reads.
    pub fn begin(mut from: R) -> Result<(RecordingHead, Self), RecordingError> {
        let first = first_line(&mut from)?;
        let at = count(first.len()) + 1;
        if first != SCHEMA.as_bytes() {
            let name = String::from_utf8_lossy(&first);
            let is_other = name.starts_with("leadbench.recording/");
            return Err(if is_other {
                RecordingError::OtherVersion(name.into_owned())
            } else {
                RecordingError::NotARecording
            });
        }
        let damaged = |what: String| RecordingError::Damaged { at, what };
        let found = frame::read(&mut from)?.map_err(|what| damaged(what.to_owned()))?;
        let (content, bytes) = match found {
            FrameRead::Frame(FrameKind::Head, content, bytes) => (content, bytes),
            FrameRead::Frame(..) => {
                return Err(damaged("its first frame must say what was run".to_owned()));
            }
            FrameRead::Cut(_) => return Err(RecordingError::NoHead),
        };
        let head: RecordingHead =
            serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))?;
        if let Some(fault) = head.fault() {
            return Err(damaged(fault.to_owned()));
        }
        head.words
            .meanings()
            .map_err(|error| damaged(error.to_string()))?;
        let reader = Self {
            from,
            at: at + bytes,
            loads: head.facts.loads.len(),
            until: Nanos::ZERO,
            seconds: 0,
            end: None,
            cut: 0,
        };
        Ok((head, reader))
    }

    /// The next second; `None` at the end, which [`end`](Self::end) then tells of.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn next_second(&mut self) -> Result<Option<Second>, RecordingError> {
        if self.end.is_some() || self.cut > 0 {
            return Ok(None);
        }
        let at = self.at;
        let damaged = |what: String| RecordingError::Damaged { at, what };
        let found = frame::read(&mut self.from)?.map_err(|what| damaged(what.to_owned()))?;
        match found {
            FrameRead::Cut(bytes) => {
                self.cut = bytes;
                Ok(None)
            }
            FrameRead::Frame(FrameKind::Head, ..) => {
                Err(damaged("a second recording begins here".to_owned()))
            }
            FrameRead::Frame(FrameKind::End, content, _) => {
                let end: RecordingEnd =
                    serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))?;
                if end.latest.loads.len() != self.loads {
                    return Err(damaged("it has other loads than its head".to_owned()));
                }
                let mut rest = [0];
                if self.from.read(&mut rest)? > 0 {
                    return Err(damaged("something follows its end".to_owned()));
                }
                self.end = Some(end);
                Ok(None)
            }
            FrameRead::Frame(FrameKind::Second, content, bytes) => {
                let second = self.second(&content).map_err(damaged)?;
                self.at += bytes;
                Ok(Some(second))
            }
        }
    }

    /// Where the next frame begins, in bytes.
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// How the run ended; `None` if it was cut off, or if the end is not read yet.
    pub const fn end(&self) -> Option<&RecordingEnd> {
        self.end.as_ref()
    }

    /// The bytes behind its last whole second, of one that was being written when it was cut off.
    pub const fn cut(&self) -> u64 {
        self.cut
    }

    fn second(&mut self, content: &[u8]) -> Result<Second, String> {
        let recorded = postcard::from_bytes::<Recorded>(content);
        let recorded = recorded.map_err(|_| "the content of a frame is damaged".to_owned())?;
        let latest: LatestFacts = serde_json::from_slice(recorded.latest.as_bytes())
            .map_err(|error| error.to_string())?;
        let second = Second {
            until: recorded.until,
            latest,
            recorded,
        };
        self.check(&second).map_err(|error| error.to_string())?;
        Ok(second)
    }

    fn check(&mut self, second: &Second) -> Result<(), NotRecorded> {
        let until = second.until;
        if second.recorded.loads.len() != self.loads || second.latest.loads.len() != self.loads {
            return Err(NotRecorded("it has other loads than its head"));
        }
        if until < self.until {
            return Err(NotRecorded("it ends before the second that precedes it"));
        }
        self.seconds += 1;
        if until > Nanos::from_secs(self.seconds) + HOLES_MAX {
            return Err(NotRecorded(
                "it leaves out more than a day, all holes together",
            ));
        }
        let orgs = || {
            second
                .latest
                .loads
                .iter()
                .filter_map(|load| load.salesforce.as_ref())
        };
        let lost = orgs().flat_map(|org| org.lost.values());
        let made = orgs().flat_map(|org| [&org.transactions, &org.re_enqueued, &org.left_over]);
        let late = second.latest.loads.iter().map(|load| &load.late);
        if lost.chain(made).chain(late).any(|count| *count > COUNT_MAX) {
            return Err(NotRecorded("it counts more than can happen in a run"));
        }
        // A callout is recorded in a second that has begun.
        let last = until.as_secs() + 1;
        if second.intervals().any(|(_, key, _)| key.second > last) {
            return Err(NotRecorded("it records something before it happened"));
        }
        self.until = until;
        Ok(())
    }
}

/// The first line, without its end, as far as it may be the name of a format.
fn first_line(from: &mut impl Read) -> Result<Vec<u8>, RecordingError> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() <= SCHEMA.len() + 8 {
        if from.read(&mut byte)? == 0 || byte[0] == b'\n' {
            break;
        }
        line.push(byte[0]);
    }
    Ok(line)
}

impl<R> std::fmt::Debug for RecordingReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingReader").finish_non_exhaustive()
    }
}
