//! What was recorded for one second, as data to write, to send and to add up again.
//!
//! Of a histogram only the buckets that hold anything are kept, so a second of a load takes a few
//! kilobytes. Reading adds it to an [`Interval`](super::Interval) without making one.

mod histogram;
mod interval;
mod words;

pub(crate) use histogram::SerialHistogram;
pub(crate) use interval::SerialInterval;
pub(crate) use words::{Meanings, RecordedWords};

/// Why data is not what a recorder recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotRecorded(pub(crate) &'static str);
