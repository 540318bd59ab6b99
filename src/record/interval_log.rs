//! `intervals.hlog`: the HdrHistogram V2 interval log, appended each second.
//!
//! The format is that of the Java `HistogramLogWriter`, version 1.3, so that its readers,
//! those of other languages and the plotting tools take it. The crate's own writer leaves
//! out the version line and the legend, which some of them need.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::histogram::Histogram;
use super::interval::{Interval, IntervalKey, Period};
use super::packer::Packer;
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::Summary;
use crate::units::{Nanos, float};

/// The unit of the column of maxima: milliseconds.
const MAX_UNIT_NS: f64 = 1e6;

/// What tags of a warm-up have before their outcome.
pub(super) const WARMUP: &str = "warmup.";

/// How the comment begins and ends that tells what was run.
pub(super) const HEAD_BEGIN: &str = "#[leadbench.summary: ";
pub(super) const HEAD_END: &str = "]";

/// How the comment begins, is parted and ends that follows what was appended at once.
pub(super) const MARK_BEGIN: &str = "#[EndOfInterval: ";
pub(super) const MARK_PARTS: &str = " s, ";
pub(super) const MARK_END: &str = " rows]";

/// Appends histograms to a log.
pub struct IntervalLog<W> {
    writer: W,
    packer: Packer,
    line: String,
    /// Rows since the last mark.
    rows: u64,
    /// The time of the last mark.
    ended: Nanos,
}

impl<W: Write> IntervalLog<W> {
    /// Begins a log of a run that starts at `unix_start` after the Unix epoch.
    pub fn begin(mut writer: W, title: &str, unix_start: Duration) -> io::Result<Self> {
        let start = unix_start.as_secs_f64();
        write!(
            writer,
            "#[{title}]\n\
             #[Histogram log format version 1.3]\n\
             #[StartTime: {start:.3} (seconds since epoch)]\n\
             #[BaseTime: {start:.3} (seconds since epoch)]\n\
             #[MaxValueDivisor: 1000000.0]\n\
             \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
        )?;
        writer.flush()?;
        Ok(Self {
            writer,
            packer: Packer::new(),
            line: String::new(),
            rows: 0,
            ended: Nanos::ZERO,
        })
    }

    /// Says what is run, for who has nothing but the log: other readers pass over the comment.
    /// A first mark, before any row, says that marks follow.
    pub(crate) fn head(&mut self, summary: &Summary) -> io::Result<()> {
        let json = serde_json::to_string(summary)?;
        writeln!(self.writer, "{HEAD_BEGIN}{json}{HEAD_END}")?;
        self.end(Nanos::ZERO)
    }

    /// Appends each second of a load, whose name tells it apart where there are several;
    /// `names` are those of the metrics of `Server-Timing`.
    pub(crate) fn append(
        &mut self,
        load: Option<&str>,
        intervals: &[(IntervalKey, Interval)],
        names: &[Arc<str>],
    ) -> io::Result<()> {
        let load = load.map(|load| format!("{load}/")).unwrap_or_default();
        for (key, interval) in with_one_warmup(intervals) {
            let warmup = match key.period {
                Period::Measured => "",
                Period::Settling | Period::Warmup => WARMUP,
            };
            for (outcome, set) in interval.outcomes() {
                for (phase, histogram) in set.iter() {
                    let tag = format!("{load}{warmup}{outcome}.{phase}");
                    self.row(&tag, key.second, histogram)?;
                }
            }
            for (place, histogram) in interval.server_metrics.iter() {
                if let Some(name) = names.get(place) {
                    let tag = format!("{load}{warmup}{}.{}.{name}", Outcome::Ok, Phase::Server);
                    self.row(&tag, key.second, histogram)?;
                }
            }
        }
        Ok(())
    }

    /// Marks the end of a second, with an empty row where it has none: a gap in the run must not
    /// look like a gap in the log.
    pub(crate) fn end_second(&mut self, now: Nanos) -> io::Result<()> {
        if self.rows == 0 {
            let tag = format!("{}.{}", Outcome::Ok, Phase::Latency);
            self.row(&tag, self.ended.as_secs(), &Histogram::default())?;
        }
        self.end(now)
    }

    /// Appends one histogram of one second; the tag holds no comma and no space.
    fn row(&mut self, tag: &str, second: u64, histogram: &Histogram) -> io::Result<()> {
        self.line.clear();
        STANDARD.encode_string(self.packer.pack(histogram)?, &mut self.line);
        let max = float(histogram.max().0) / MAX_UNIT_NS;
        self.rows += 1;
        writeln!(
            self.writer,
            "Tag={tag},{second}.000,{}.000,{max:.3},{}",
            Nanos::SECOND.as_secs(),
            self.line
        )
    }

    /// Marks the end of what was appended at once: all that had ended `until` then, since the
    /// start of the run, and how many rows that are. Hands everything to the operating system, so
    /// that a kill loses a second at most.
    pub(crate) fn end(&mut self, until: Nanos) -> io::Result<()> {
        let (seconds, rest) = (until.as_secs(), until.0 % Nanos::SECOND.0);
        let rows = std::mem::take(&mut self.rows);
        self.ended = until;
        writeln!(
            self.writer,
            "{MARK_BEGIN}{seconds}.{rest:09}{MARK_PARTS}{rows}{MARK_END}"
        )?;
        self.writer.flush()
    }
}

impl<W> std::fmt::Debug for IntervalLog<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IntervalLog").finish_non_exhaustive()
    }
}

/// The intervals with what settles and what warms up as one: both have the same tags, and no tag
/// may stand twice for one second.
fn with_one_warmup(intervals: &[(IntervalKey, Interval)]) -> Vec<(IntervalKey, Cow<'_, Interval>)> {
    let mut logged: Vec<(IntervalKey, Cow<'_, Interval>)> = Vec::new();
    for (key, interval) in intervals {
        let is_unmeasured = key.period != Period::Measured;
        let known = logged.last_mut().filter(|(known, _)| {
            is_unmeasured && known.second == key.second && known.period != Period::Measured
        });
        match known {
            Some((_, known)) => known.to_mut().merge(interval),
            None => logged.push((*key, Cow::Borrowed(interval))),
        }
    }
    logged
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    fn a_log() -> (Vec<u8>, Histogram) {
        let mut histogram = Histogram::default();
        for ms in 1..=100 {
            histogram.record(Nanos::from_millis(ms));
        }
        let mut bytes = Vec::new();
        let mut log = IntervalLog::begin(&mut bytes, "test", Duration::from_millis(1_500)).unwrap();
        log.row("ok.latency", 7, &histogram).unwrap();
        log.end(Nanos(8_000_012_345)).unwrap();
        (bytes, histogram)
    }

    #[test]
    fn what_is_appended_reads_back() {
        let (bytes, histogram) = a_log();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("#[StartTime: 1.500 (seconds since epoch)]\n"));
        assert!(text.ends_with("\n#[EndOfInterval: 8.000012345 s, 1 rows]\n"));
        let row: Vec<&str> = text.lines().rev().nth(1).unwrap().split(',').collect();
        assert_eq!(row[..3], ["Tag=ok.latency", "7.000", "1.000"]);
        assert_eq!(row[3], "100.000");
        let read: hdrhistogram::Histogram<u32> = Deserializer::new()
            .deserialize(&mut STANDARD.decode(row[4]).unwrap().as_slice())
            .unwrap();
        assert_eq!(read, histogram.to_hdr());
    }

    // So does the reader of Python's `hdrh`, which was tried by hand.
    // The collector looks a moment after the second has ended, and once more when the run ends.
    #[test]
    fn an_empty_row_begins_where_the_last_mark_was() {
        let mut bytes = Vec::new();
        let mut log = IntervalLog::begin(&mut bytes, "test", Duration::ZERO).unwrap();
        for ended in [1_000_200_000, 2_000_100_000, 2_030_000_000] {
            log.end_second(Nanos(ended)).unwrap();
        }
        drop(log);
        let text = String::from_utf8(bytes).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("Tag="));
        let begins: Vec<_> = rows.map(|row| row.split(',').nth(1).unwrap()).collect();
        assert_eq!(begins, ["0.000", "1.000", "2.000"]);
    }

    #[test]
    fn another_reader_passes_over_the_marks() {
        let (bytes, _) = a_log();
        let text = String::from_utf8(bytes).unwrap();
        // The crate's reader knows no legend.
        let (before, rest) = text.split_once("\"StartTimestamp\"").unwrap();
        let rest = rest.split_once('\n').unwrap().1;
        let log = format!("{before}{rest}");
        let entries = IntervalLogIterator::new(log.as_bytes());
        let rows = entries.filter(|entry| matches!(entry, Ok(LogEntry::Interval(_))));
        assert_eq!(rows.count(), 1);
        assert!(IntervalLogIterator::new(log.as_bytes()).all(|entry| entry.is_ok()));
    }
}
