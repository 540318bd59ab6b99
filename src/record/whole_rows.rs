//! The rows of an interval log that are whole by the second.
//!
//! A kill or a full disk leaves a part of what was written last. By the line it looks whole: half of
//! the callouts of a second then stand for all of them. So the rows between two marks count all or
//! not at all, and where a log has no marks, as those of earlier versions, its last second does not
//! count.

use std::collections::{BTreeSet, HashSet};
use std::io::BufRead;

use super::log_error::LogError;
use super::log_reader::{LogEntry, LogReader, Mark};
use super::log_row::PackedRow;
use crate::summary::Summary;
use crate::units::{Nanos, count};

/// The most that is held back of a log until it is known to be whole: more than a second of 64
/// loads with eight outcomes each has.
const HELD_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What is missing at the end of a log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LeftOut {
    /// Nothing: it ends with the end of an interval.
    #[default]
    Nothing,
    /// What was written after its last whole interval: so many rows, and a line that may be torn.
    Part {
        /// Rows that look whole by the line.
        rows: u64,
    },
    /// The last seconds that it has rows of, for it does not say which of them are whole.
    LastSeconds {
        /// So many.
        seconds: u64,
        /// With so many rows.
        rows: u64,
    },
}

/// Whole rows of a log, as they become known.
pub(crate) struct WholeRows<R> {
    reader: LogReader<R>,
    /// Whether anything has followed the head.
    is_begun: bool,
    kind: LogMarks,
    held: Vec<PackedRow>,
    held_bytes: u64,
    /// What the marks before the last one have said, or the newest second.
    until: Nanos,
    /// The seconds and tags since the last mark.
    seen: BTreeSet<(u64, String)>,
    /// The rows of latencies so far, where there are no marks.
    known: HashSet<u64>,
    twice: u64,
    left_out: LeftOut,
}

/// How it is known what is whole.
enum LogMarks {
    /// A mark follows what is.
    Marked,
    /// Seconds before the last so many are taken for whole.
    Unmarked { held_back: u64 },
}

impl<R: BufRead> WholeRows<R> {
    /// Reads the head of a log.
    pub(crate) fn begin(log: R) -> Result<(Summary, Self), LogError> {
        let mut reader = LogReader::new(log);
        let Some(LogEntry::Head(head)) = reader.next()? else {
            return Err(LogError::NoHead);
        };
        let rows = Self {
            reader,
            is_begun: false,
            // Loads are written one after the other: of the last second of the first of them the
            // others may have nothing.
            kind: LogMarks::Unmarked {
                held_back: if head.loads.len() > 1 { 2 } else { 1 },
            },
            held: Vec::new(),
            held_bytes: 0,
            until: Nanos::ZERO,
            seen: BTreeSet::new(),
            known: HashSet::new(),
            twice: 0,
            left_out: LeftOut::Nothing,
        };
        Ok((*head, rows))
    }

    /// Further rows that are whole; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<PackedRow>>, LogError> {
        while let Some(entry) = self.reader.next()? {
            let is_first = !std::mem::replace(&mut self.is_begun, true);
            match (entry, &self.kind) {
                (LogEntry::Mark(mark), _) if is_first => {
                    self.kind = LogMarks::Marked;
                    self.check(mark)?;
                    self.until = mark.until;
                }
                (LogEntry::Mark(mark), LogMarks::Marked) => {
                    self.check(mark)?;
                    if mark.until > self.until {
                        self.seen.clear();
                    }
                    self.until = mark.until;
                    self.held_bytes = 0;
                    return Ok(Some(std::mem::take(&mut self.held)));
                }
                (LogEntry::Mark(mark), LogMarks::Unmarked { .. }) => {
                    return Err(LogError::Line {
                        line: mark.line,
                        what: "it ends an interval, but there is no such line before the first row",
                    });
                }
                (LogEntry::Row(row), LogMarks::Marked) => {
                    if !self.seen.insert((row.second(), row.tag.clone())) {
                        return Err(LogError::Line {
                            line: row.line,
                            what: "an earlier row has the same second and tag",
                        });
                    }
                    self.hold(*row)?;
                }
                (LogEntry::Row(row), LogMarks::Unmarked { held_back }) => {
                    let held_back = *held_back;
                    let newest = Nanos::from_secs(row.second()).max(self.until);
                    let is_next = newest > self.until;
                    self.until = newest;
                    // What ended late has a row of its own for the same second, but hardly with
                    // the same figures.
                    self.twice += u64::from(row.is_of_latency() && !self.known.insert(row.hash()));
                    self.hold(*row)?;
                    if is_next {
                        return Ok(Some(self.settled(held_back)));
                    }
                }
                // The reader refuses a second one.
                (LogEntry::Head(_), _) => {}
            }
        }
        self.end();
        Ok(None)
    }

    /// What is missing at the end; known once there is nothing more.
    pub(crate) const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Rows that stand in a log without marks a second time, and count a second time.
    pub(crate) const fn twice(&self) -> u64 {
        self.twice
    }

    /// The time since the start of the run of which everything is there.
    pub(crate) fn until(&self) -> Nanos {
        match self.kind {
            LogMarks::Marked => self.until,
            LogMarks::Unmarked { held_back } => {
                Nanos::from_secs((self.until.as_secs() + 1).saturating_sub(held_back))
            }
        }
    }

    fn end(&mut self) {
        let rows = count(self.held.len());
        self.held.clear();
        self.left_out = match self.kind {
            LogMarks::Marked if rows > 0 || self.reader.is_torn => LeftOut::Part { rows },
            LogMarks::Unmarked { held_back } if rows > 0 => LeftOut::LastSeconds {
                seconds: held_back.min(self.until.as_secs() + 1),
                rows,
            },
            LogMarks::Unmarked { .. } if self.reader.is_torn => LeftOut::Part { rows },
            LogMarks::Marked | LogMarks::Unmarked { .. } => LeftOut::Nothing,
        };
    }

    fn hold(&mut self, row: PackedRow) -> Result<(), LogError> {
        self.held_bytes += row.bytes();
        if self.held_bytes > HELD_BYTES_MAX {
            return Err(LogError::Line {
                line: row.line,
                what: "no interval of a log is this long",
            });
        }
        self.held.push(row);
        Ok(())
    }

    /// Whether a mark agrees with the lines before it.
    fn check(&self, mark: Mark) -> Result<(), LogError> {
        let line = mark.line;
        if mark.rows != count(self.held.len()) {
            let what = "its number of rows is not that of the rows before it";
            return Err(LogError::Line { line, what });
        }
        if mark.until < self.until {
            let what = "it ends before the interval that precedes it";
            return Err(LogError::Line { line, what });
        }
        Ok(())
    }

    /// Takes the rows of seconds that are over.
    fn settled(&mut self, held_back: u64) -> Vec<PackedRow> {
        let first_held = (self.until.as_secs() + 1).saturating_sub(held_back);
        let held = std::mem::take(&mut self.held);
        let (settled, held): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|row| row.second() < first_held);
        self.held_bytes = held.iter().map(PackedRow::bytes).sum();
        self.held = held;
        settled
    }
}
