//! The summary of a run from its recording, or from those of its shards.

use std::io::Read;

use super::merger::Merger;
use crate::record::NotRecorded;
use crate::recording::{RecordingError, RecordingHead, RecordingReader, Second};
use crate::summary::Summary;
use crate::units::Nanos;

/// How far a shard's clock may be off the whole seconds at which it looks, so that its second still belongs to
/// that of the others.
const OFF_MAX: Nanos = Nanos::from_millis(500);

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

/// Sums up the recordings of the shards of a run, or the one of a run, second by second.
///
/// # Errors
///
/// One of them is damaged.
pub fn recover<R: Read>(
    recordings: Vec<(RecordingHead, RecordingReader<R>)>,
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
    let mut merger = Merger::of(heads).map_err(broken(0, 0))?;
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

/// The end of the second of the run that a look belongs to which was made at this instant.
fn end_of_round(looked: Nanos) -> Nanos {
    Nanos::from_secs((looked + OFF_MAX).as_secs()) + OFF_MAX - Nanos(1)
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
