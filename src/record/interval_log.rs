//! `intervals.hlog`: the HdrHistogram V2 interval log, appended each second.
//!
//! The format is that of the Java `HistogramLogWriter`, version 1.3, so that its readers,
//! those of other languages and the plotting tools take it. The crate's own writer leaves
//! out the version line and the legend, which some of them need.

use std::borrow::Cow;
use std::collections::BTreeSet;
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
use crate::units::{Nanos, float};

/// The unit of the column of maxima: milliseconds.
const MAX_UNIT_NS: f64 = 1e6;

/// What tags of a warm-up have before their outcome.
const WARMUP: &str = "warmup.";

/// Appends histograms to a log.
pub struct IntervalLog<W> {
    writer: W,
    packer: Packer,
    line: String,
    /// When the last second ended.
    ended: Nanos,
    /// The seconds since then that have a row, or will have one.
    rowed: BTreeSet<u64>,
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
            ended: Nanos::ZERO,
            rowed: BTreeSet::new(),
        })
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
            let tally = &interval.tally;
            if tally.planned > tally.settled + tally.dropped {
                self.rowed.insert(key.second);
            }
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

    /// Ends a second, with an empty row for each one in which nothing was due: a gap in the run must not look
    /// like a gap in the log. Hands everything to the operating system.
    ///
    /// The collector may look late, when a callout of the next second has ended already, or seconds late.
    pub(crate) fn end_second(&mut self, now: Nanos) -> io::Result<()> {
        let mut rowed = std::mem::take(&mut self.rowed);
        let begun = self.ended.as_secs();
        // The run may end within a second.
        let ended = now.as_secs().max(begun + 1);
        let tag = format!("{}.{}", Outcome::Ok, Phase::Latency);
        for second in (begun..ended).filter(|second| !rowed.contains(second)) {
            self.row(&tag, second, &Histogram::default())?;
        }
        self.rowed = rowed.split_off(&ended);
        self.ended = now;
        self.writer.flush()
    }

    /// Appends one histogram of one second; the tag holds no comma and no space.
    fn row(&mut self, tag: &str, second: u64, histogram: &Histogram) -> io::Result<()> {
        self.line.clear();
        STANDARD.encode_string(self.packer.pack(histogram)?, &mut self.line);
        let max = float(histogram.max().0) / MAX_UNIT_NS;
        self.rowed.insert(second);
        writeln!(
            self.writer,
            "Tag={tag},{second}.000,{}.000,{max:.3},{}",
            Nanos::SECOND.as_secs(),
            self.line
        )
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
        log.ended = Nanos::from_secs(7);
        log.row("ok.latency", 7, &histogram).unwrap();
        log.end_second(Nanos(8_000_012_345)).unwrap();
        (bytes, histogram)
    }

    #[test]
    fn what_is_appended_reads_back() {
        let (bytes, histogram) = a_log();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("#[StartTime: 1.500 (seconds since epoch)]\n"));
        let row: Vec<&str> = text.lines().next_back().unwrap().split(',').collect();
        assert_eq!(row[..3], ["Tag=ok.latency", "7.000", "1.000"]);
        assert_eq!(row[3], "100.000");
        let read: hdrhistogram::Histogram<u32> = Deserializer::new()
            .deserialize(&mut STANDARD.decode(row[4]).unwrap().as_slice())
            .unwrap();
        assert_eq!(read, histogram.to_hdr());
    }

    /// The seconds of the rows of a log: each look has when it ended, and the seconds that it has rows of.
    fn rows_of(looks: &[(u64, &[u64])]) -> Vec<u64> {
        let mut bytes = Vec::new();
        let mut log = IntervalLog::begin(&mut bytes, "test", Duration::ZERO).unwrap();
        for (ended_ms, seconds) in looks {
            for second in *seconds {
                log.row("ok.latency", *second, &Histogram::default())
                    .unwrap();
            }
            log.end_second(Nanos::from_millis(*ended_ms)).unwrap();
        }
        drop(log);
        let text = String::from_utf8(bytes).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("Tag="));
        let begins = rows.map(|row| row.split(',').nth(1).unwrap());
        begins
            .map(|begin| begin.strip_suffix(".000").unwrap().parse().unwrap())
            .collect()
    }

    // The collector looks a moment after the second has ended, and once more when the run ends.
    #[test]
    fn an_empty_row_begins_where_the_last_second_ended() {
        assert_eq!(
            rows_of(&[(1_200, &[]), (2_100, &[]), (2_130, &[])]),
            [0, 1, 2]
        );
    }

    #[test]
    fn a_second_has_its_empty_row_though_the_next_one_has_begun() {
        let looks: &[(u64, &[u64])] = &[
            (1_000, &[0]),
            (2_000, &[]),
            (3_010, &[3]),
            (4_000, &[]),
            (5_000, &[]),
        ];
        assert_eq!(rows_of(looks), [0, 1, 3, 2, 4]);
    }

    // A row stands at the second in which its callouts were due.
    #[test]
    fn a_second_whose_callouts_have_not_ended_waits_for_its_rows() {
        let mut begun = Interval::default();
        begun.tally.planned = 1;
        let key = IntervalKey::at(Nanos::ZERO, Period::Measured);
        let mut bytes = Vec::new();
        let mut log = IntervalLog::begin(&mut bytes, "test", Duration::ZERO).unwrap();
        log.append(None, &[(key, begun)], &[]).unwrap();
        log.end_second(Nanos::from_secs(1)).unwrap();
        drop(log);
        assert!(!String::from_utf8(bytes).unwrap().contains("Tag="));
    }

    #[test]
    fn seconds_that_the_collector_slept_through_have_their_rows() {
        assert_eq!(rows_of(&[(1_000, &[0]), (4_200, &[2, 4])]), [0, 2, 4, 1, 3]);
    }

    // So does the reader of Python's `hdrh`, which was tried by hand.
    #[test]
    fn another_reader_reads_the_log() {
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
