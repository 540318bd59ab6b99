//! The summary of a run from its recording, or from those of its shards.

use std::io::Read;

use super::lockstep::end_of_round;
use super::merger::Merger;
use crate::record::NotRecorded;
use crate::recording::{RecordingError, RecordingHead, RecordingReader, Second};
use crate::summary::Summary;
use crate::units::Nanos;

/// What was made of recordings.
#[derive(Debug)]
pub struct Recovered {
    /// The summary. If a recording has no end, it says that it is partial.
    pub summary: Summary,
    /// For each recording the bytes that are left out at its end, of a second that is not whole.
    pub cut: Vec<u64>,
}

/// Why recordings cannot be added up: the place of the one that cannot be read, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct NotMerged {
    /// Its place among the recordings.
    pub place: usize,
    /// What is wrong.
    pub error: RecordingError,
}

/// A recording that is read second by second.
struct Source<R> {
    reader: RecordingReader<R>,
    /// The second that is read and not yet added.
    next: Option<Second>,
    at: u64,
}

/// Sums up the recordings of all shards of a run, second by second.
///
/// # Errors
///
/// One of them is damaged.
pub fn recover_all<R: Read>(
    recordings: Vec<(RecordingHead, RecordingReader<R>)>,
) -> Result<Recovered, NotMerged> {
    added(recordings, true)
}

/// Sums up one recording: of a run, or of a shard to look at it alone.
///
/// # Errors
///
/// One of them is damaged.
pub fn recover<R: Read>(
    recording: (RecordingHead, RecordingReader<R>),
) -> Result<Recovered, NotMerged> {
    added(vec![recording], false)
}

fn added<R: Read>(
    recordings: Vec<(RecordingHead, RecordingReader<R>)>,
    is_whole: bool,
) -> Result<Recovered, NotMerged> {
    let (heads, readers): (Vec<_>, Vec<_>) = recordings.into_iter().unzip();
    let broken = |place: usize, at: u64| {
        move |NotRecorded(what): NotRecorded| NotMerged {
            place,
            error: RecordingError::Damaged {
                at,
                what: what.to_owned(),
            },
        }
    };
    let mut merger = Merger::of(heads, is_whole).map_err(broken(0, 0))?;
    let mut sources: Vec<Source<R>> = Vec::new();
    for (place, reader) in readers.into_iter().enumerate() {
        let mut source = Source {
            reader,
            next: None,
            at: 0,
        };
        source.read(place)?;
        sources.push(source);
    }
    let is_one = sources.len() == 1;
    while let Some(first) = sources.iter().filter_map(Source::until).min() {
        let round = if is_one { first } else { end_of_round(first) };
        let mut until = first;
        for (place, source) in sources.iter_mut().enumerate() {
            while let Some(second) = source.next.take_if(|second| second.until <= round) {
                until = until.max(second.until);
                merger
                    .add(place, &second)
                    .map_err(broken(place, source.at))?;
                source.read(place)?;
                if is_one {
                    break;
                }
            }
        }
        merger.end_second(until);
    }
    for (place, source) in sources.iter().enumerate() {
        if let Some(end) = source.reader.end() {
            merger.end(place, end);
        }
    }
    Ok(Recovered {
        summary: merger.summary(),
        cut: sources.iter().map(|source| source.reader.cut()).collect(),
    })
}

impl<R: Read> Source<R> {
    fn until(&self) -> Option<Nanos> {
        self.next.as_ref().map(|second| second.until)
    }

    fn read(&mut self, place: usize) -> Result<(), NotMerged> {
        self.at = self.reader.at();
        let next = self.reader.next_second();
        self.next = next.map_err(|error| NotMerged { place, error })?;
        Ok(())
    }
}
