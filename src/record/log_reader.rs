//! Reads an interval log as a stranger's file: every length is checked before it is believed.
//!
//! The crate's own reader takes the length that a histogram claims and makes room for it, up
//! to four gigabytes for forty bytes. Here a line, what it unpacks to and what it claims are
//! bounded first, and only histograms of this recorder's own bounds are taken.

use std::collections::BTreeSet;
use std::io::{BufRead, Read as _};

use super::interval_log::{HEAD_BEGIN, HEAD_END, MARK_BEGIN, MARK_END, MARK_PARTS};
use super::log_error::LogError;
use super::log_row::{PackedRow, SECOND_MAX, row};
use crate::plan::LOADS_MAX;
use crate::summary::Summary;
use crate::units::{Nanos, count};

/// The longest line: a second of one phase has some kilobytes.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// Seconds that a log may leave out, all together: a row is made for each of them. This
/// recorder leaves out none, but for those in which it did not run.
const SILENT_MAX: u64 = 24 * 3600;

/// Kinds of rows, by load, part, outcome and phase: a histogram is kept for each. It is what 64
/// loads need that have a warm-up and fail in three ways.
const TAGS_MAX: usize = 8_192;

/// A line that says something.
pub(super) enum LogEntry {
    /// What was run.
    Head(Box<Summary>),
    /// One second of one phase, still packed.
    Row(Box<PackedRow>),
    /// The end of what was written at once.
    Mark(Mark),
}

/// The end of what was written at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mark {
    /// Its line, counted from 1.
    pub(super) line: u64,
    /// All that had ended until then, since the start of the run, is written by now.
    pub(super) until: Nanos,
    /// The rows since the last mark.
    pub(super) rows: u64,
}

/// The lines of a log.
pub(super) struct LogReader<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    extent: Extent,
    has_head: bool,
    /// Whether the last line lacks its end, as a kill may leave it; it is passed over.
    pub(super) is_torn: bool,
}

impl<R: BufRead> LogReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
            number: 0,
            extent: Extent::default(),
            has_head: false,
            is_torn: false,
        }
    }

    /// The next line that says something; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<LogEntry>, LogError> {
        loop {
            self.line.clear();
            self.number += 1;
            let line = self.number;
            let mut reader = self.reader.by_ref().take(LINE_MAX);
            if reader.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            let Some(text) = self.line.strip_suffix(b"\n") else {
                if count(self.line.len()) >= LINE_MAX {
                    let what = "it is longer than any line of a log";
                    return Err(LogError::Line { line, what });
                }
                self.is_torn = true;
                return Ok(None);
            };
            let broken = |what| LogError::Line { line, what };
            let text = std::str::from_utf8(text).map_err(|_| broken("it is not text"))?;
            let entry = entry(text, line).map_err(broken)?;
            if let Some(LogEntry::Row(row)) = &entry {
                self.extent.add(&row.tag, row.second()).map_err(broken)?;
            }
            if matches!(entry, Some(LogEntry::Head(_)))
                && std::mem::replace(&mut self.has_head, true)
            {
                return Err(broken("a second log begins here"));
            }
            if entry.is_some() {
                return Ok(entry);
            }
        }
    }
}

/// What a summary of the rows needs room for.
#[derive(Default)]
struct Extent {
    /// The second after the last that a row was of.
    next_second: u64,
    /// How many seconds before it had no row when the next one came.
    silent: u64,
    /// What kinds of rows there are.
    tags: BTreeSet<String>,
}

impl Extent {
    fn add(&mut self, tag: &str, second: u64) -> Result<(), &'static str> {
        if !self.tags.contains(tag) {
            self.tags.insert(tag.to_owned());
        }
        self.silent += second.saturating_sub(self.next_second);
        self.next_second = self.next_second.max(second + 1);
        if self.silent > SILENT_MAX {
            return Err("it leaves out more than a day, all holes together");
        }
        if self.tags.len() > TAGS_MAX {
            return Err("it has more kinds of rows than a run can have");
        }
        Ok(())
    }
}

fn entry(text: &str, line: u64) -> Result<Option<LogEntry>, &'static str> {
    let head = text.strip_prefix(HEAD_BEGIN);
    if let Some(json) = head.and_then(|rest| rest.strip_suffix(HEAD_END)) {
        let summary: Summary =
            serde_json::from_str(json).map_err(|_| "its summary cannot be read")?;
        if summary.loads.len() > LOADS_MAX {
            return Err("it names more loads than a run can have");
        }
        return Ok(Some(LogEntry::Head(Box::new(summary))));
    }
    if let Some(rest) = text.strip_prefix(MARK_BEGIN) {
        let (until, rows) = mark(rest).ok_or("its end of an interval cannot be read")?;
        return Ok(Some(LogEntry::Mark(Mark { line, until, rows })));
    }
    // Comments and the legend.
    if text.is_empty() || text.starts_with(['#', '"']) {
        return Ok(None);
    }
    let row = row(text, line)?;
    Ok(Some(LogEntry::Row(Box::new(row))))
}

/// Until when, and how many rows: `5.003000000 s, 42 rows]`.
fn mark(rest: &str) -> Option<(Nanos, u64)> {
    let (until, rows) = rest.strip_suffix(MARK_END)?.split_once(MARK_PARTS)?;
    let (seconds, rest) = until.split_once('.')?;
    let seconds: u64 = seconds.parse().ok().filter(|it| *it <= SECOND_MAX)?;
    let rest: u64 = rest.parse().ok().filter(|_| rest.len() == 9)?;
    Some((Nanos::from_secs(seconds) + Nanos(rest), rows.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_written_and_else_refused() {
        let read = |text: &str| LogReader::new(text.as_bytes()).next();
        let Ok(Some(LogEntry::Mark(mark))) = read("#[EndOfInterval: 5.003000001 s, 42 rows]\n")
        else {
            panic!("it is a mark")
        };
        assert_eq!((mark.line, mark.rows), (1, 42));
        assert_eq!(mark.until, Nanos(5_003_000_001));
        for wrong in [
            "5 s, 42 rows]",
            "5.003 s, 42 rows]",
            "5.003000001 s]",
            "",
            "9999999999.000000000 s, 1 rows]",
        ] {
            let refused = read(&format!("#[EndOfInterval: {wrong}\n")).err().unwrap();
            assert_eq!(
                refused.to_string(),
                "line 1: its end of an interval cannot be read"
            );
        }
    }

    #[test]
    fn a_torn_last_line_is_passed_over_and_told() {
        let mut reader = LogReader::new("#[x]\nTag=ok.latency,1.000,1.0".as_bytes());
        assert!(reader.next().unwrap().is_none());
        assert!(reader.is_torn);
    }

    #[test]
    fn a_log_of_ever_new_kinds_of_rows_is_refused() {
        let mut extent = Extent::default();
        for number in 0..TAGS_MAX {
            extent.add(&format!("Tag={number}/ok.wait"), 0).unwrap();
        }
        extent.add("Tag=0/ok.wait", 1).unwrap();
        let refused = extent.add("Tag=ok.wait", 1).unwrap_err();
        assert!(refused.contains("more kinds of rows"), "{refused}");
    }

    #[test]
    fn a_day_may_be_left_out_and_no_second_more() {
        let mut extent = Extent::default();
        extent.add("", 0).unwrap();
        extent.add("", SILENT_MAX + 1).unwrap();
        // What comes late fills a hole but makes none.
        extent.add("", 7).unwrap();
        extent.add("", SILENT_MAX + 2).unwrap();
        assert!(extent.add("", SILENT_MAX + 4).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_do_more_than_be_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = LogReader::new(bytes.as_slice());
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
