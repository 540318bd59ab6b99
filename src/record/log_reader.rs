//! Reads an interval log as a stranger's file: every length is checked before it is believed.
//!
//! The crate's own reader takes the length that a histogram claims and makes room for it, up
//! to four gigabytes for forty bytes. Here a line, what it unpacks to and what it claims are
//! bounded first, and only histograms of this recorder's own bounds are taken.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::Deserializer;

use super::Histogram;
use super::interval_log::{HEAD_BEGIN, HEAD_END, MARK_BEGIN, MARK_END, MARK_PARTS};
use crate::phase::Phase;
use crate::plan::LOADS_MAX;
use crate::sample::Outcome;
use crate::summary::Summary;
use crate::units::{Nanos, count};

/// The longest line: a second of one phase has some kilobytes.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// The most that a histogram unpacks to: nine bytes for each of its 33 thousand counts are
/// less.
const UNPACKED_MAX: u64 = 512 * 1024;

/// The last second of a log: no run is longer than a month.
const SECOND_MAX: u64 = 31 * 24 * 3600;

/// Seconds that a log may leave out, all together: a row is made for each of them. This
/// recorder leaves out none, but for those in which it did not run.
const SILENT_MAX: u64 = 24 * 3600;

/// Kinds of rows, by load, part, outcome and phase: a histogram is kept for each. It is what 64
/// loads need that have a warm-up and fail in three ways.
const TAGS_MAX: usize = 8_192;

/// How a packed histogram and the one in it begin (HdrHistogram, encoding V2).
const PACKED_COOKIE: u32 = 0x1c84_9314;
const COOKIE: u32 = 0x1c84_9313;

/// The fields before the counts: cookie, length, offset, digits, bounds and a ratio.
const HEAD_BYTES: usize = 40;

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The operating system says so.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// A line is not what this recorder writes.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// It is of an earlier version, or of another tool.
    #[error("it does not say what was run")]
    NoHead,
}

/// A line that says something.
pub(super) enum Entry {
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

/// A row whose histogram has not been looked at: it may be left out.
pub(super) struct PackedRow {
    /// Its line, counted from 1.
    pub(super) line: u64,
    /// Its tag, as it is written.
    pub(super) tag: String,
    of: Place,
    packed: String,
}

/// What a row is of.
struct Place {
    load: Option<String>,
    is_warmup: bool,
    outcome: Outcome,
    phase: Phase,
    metric: Option<String>,
    second: u64,
}

impl PackedRow {
    /// The second that it is of.
    pub(super) const fn second(&self) -> u64 {
        self.of.second
    }

    /// Whether it tells how many callouts ended.
    pub(super) fn is_of_latency(&self) -> bool {
        self.of.phase == Phase::Latency && self.of.metric.is_none()
    }

    /// What tells it from other rows.
    pub(super) fn hash(&self) -> u64 {
        let all = (&self.tag, self.of.second, &self.packed);
        BuildHasherDefault::<DefaultHasher>::default().hash_one(all)
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        count(self.packed.len() + self.tag.len())
    }

    /// Unpacks its histogram.
    pub(super) fn unpack(self) -> Result<Row, LogError> {
        let line = self.line;
        let histogram = histogram(&self.packed).map_err(|what| LogError::Line { line, what })?;
        let Place {
            load,
            is_warmup,
            outcome,
            phase,
            metric,
            second,
        } = self.of;
        Ok(Row {
            load,
            is_warmup,
            outcome,
            phase,
            metric,
            second,
            histogram,
        })
    }
}

/// One second of one phase of one outcome.
pub(super) struct Row {
    /// The load, where there are several.
    pub(super) load: Option<String>,
    pub(super) is_warmup: bool,
    pub(super) outcome: Outcome,
    pub(super) phase: Phase,
    /// The metric of `Server-Timing`, where the row is of one and not of the phase.
    pub(super) metric: Option<String>,
    pub(super) second: u64,
    pub(super) histogram: Histogram,
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
    pub(super) fn next(&mut self) -> Result<Option<Entry>, LogError> {
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
            let text = std::str::from_utf8(text).map_err(|_| broken("it is no text"))?;
            let entry = entry(text, line).map_err(broken)?;
            if let Some(Entry::Row(row)) = &entry {
                self.extent.add(&row.tag, row.second()).map_err(broken)?;
            }
            if matches!(entry, Some(Entry::Head(_))) && std::mem::replace(&mut self.has_head, true)
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

fn entry(text: &str, line: u64) -> Result<Option<Entry>, &'static str> {
    let head = text.strip_prefix(HEAD_BEGIN);
    if let Some(json) = head.and_then(|rest| rest.strip_suffix(HEAD_END)) {
        let summary: Summary =
            serde_json::from_str(json).map_err(|_| "its summary cannot be read")?;
        if summary.loads.len() > LOADS_MAX {
            return Err("it names more loads than a run can have");
        }
        return Ok(Some(Entry::Head(Box::new(summary))));
    }
    if let Some(rest) = text.strip_prefix(MARK_BEGIN) {
        let (until, rows) = mark(rest).ok_or("its end of an interval cannot be read")?;
        return Ok(Some(Entry::Mark(Mark { line, until, rows })));
    }
    // Comments and the legend.
    if text.is_empty() || text.starts_with(['#', '"']) {
        return Ok(None);
    }
    let row = row(text, line)?;
    Ok(Some(Entry::Row(Box::new(row))))
}

/// Until when, and how many rows: `5.003000000 s, 42 rows]`.
fn mark(rest: &str) -> Option<(Nanos, u64)> {
    let (until, rows) = rest.strip_suffix(MARK_END)?.split_once(MARK_PARTS)?;
    let (seconds, rest) = until.split_once('.')?;
    let seconds: u64 = seconds.parse().ok().filter(|it| *it <= SECOND_MAX)?;
    let rest: u64 = rest.parse().ok().filter(|_| rest.len() == 9)?;
    Some((Nanos::from_secs(seconds) + Nanos(rest), rows.parse().ok()?))
}

fn row(text: &str, line: u64) -> Result<PackedRow, &'static str> {
    let mut fields = text.split(',');
    let mut field = || fields.next().ok_or("it has too few columns");
    let tag = field()?.strip_prefix("Tag=").ok_or("it has no tag")?;
    let (start, length, longest, packed) = (field()?, field()?, field()?, field()?);
    if fields.next().is_some() {
        return Err("it has too many columns");
    }
    let second = whole_seconds(start)
        .filter(|second| *second <= SECOND_MAX)
        .ok_or("its start is no second of a run")?;
    if whole_seconds(length) != Some(1) {
        return Err("its interval is not a second long");
    }
    let is_span = |span: f64| span.is_finite() && span >= 0.0;
    if !longest.parse().is_ok_and(is_span) {
        return Err("its longest span is none");
    }
    let unknown = "its tag is not one that is written here";
    let (load, rest) = match tag.rsplit_once('/') {
        Some((load, rest)) => (Some(load.to_owned()), rest),
        None => (None, tag),
    };
    let measured = rest.strip_prefix("warmup.");
    let (outcome, phase) = measured.unwrap_or(rest).split_once('.').ok_or(unknown)?;
    let (phase, metric) = match phase.split_once('.') {
        Some((phase, metric)) => (phase, Some(metric.to_owned())),
        None => (phase, None),
    };
    let outcome = Outcome::parse(outcome).ok_or(unknown)?;
    let phase = Phase::parse(phase).ok_or(unknown)?;
    if metric.is_some() && (phase, outcome) != (Phase::Server, Outcome::Ok) {
        return Err(unknown);
    }
    Ok(PackedRow {
        line,
        tag: tag.to_owned(),
        of: Place {
            load,
            is_warmup: measured.is_some(),
            outcome,
            phase,
            metric,
            second,
        },
        packed: packed.to_owned(),
    })
}

/// Seconds as this recorder writes them: `5.000`.
fn whole_seconds(text: &str) -> Option<u64> {
    let whole = text.strip_suffix(".000")?;
    let is_number = whole.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|_| is_number)
}

/// Unpacks a histogram of this recorder's own kind.
fn histogram(packed: &str) -> Result<Histogram, &'static str> {
    let broken = "its histogram is broken";
    let packed = STANDARD.decode(packed).map_err(|_| broken)?;
    let (cookie, rest) = take_u32(&packed).ok_or(broken)?;
    let (length, packed) = take_u32(rest).ok_or(broken)?;
    if cookie != PACKED_COOKIE || u64::from(length) != count(packed.len()) {
        return Err(broken);
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed)
        .take(UNPACKED_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| broken)?;
    let (cookie, rest) = take_u32(&bytes).ok_or(broken)?;
    let (length, _) = take_u32(rest).ok_or(broken)?;
    let counts = bytes.len().checked_sub(HEAD_BYTES).ok_or(broken)?;
    if count(bytes.len()) > UNPACKED_MAX || cookie != COOKIE || u64::from(length) != count(counts) {
        return Err(broken);
    }
    if !Histogram::has_own_bounds(&bytes[12..32]) {
        return Err("its histogram has other bounds than those that are written here");
    }
    let read = Deserializer::new().deserialize(&mut bytes.as_slice());
    Ok(Histogram::from_hdr(read.map_err(|_| broken)?))
}

fn take_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*first), rest))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    /// A histogram as a stranger may have packed it.
    fn packed(inner: &[u8]) -> String {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(inner).unwrap();
        let packed = encoder.finish().unwrap();
        let length = u32::try_from(packed.len()).unwrap();
        let head = [PACKED_COOKIE.to_be_bytes(), length.to_be_bytes()].concat();
        STANDARD.encode([head, packed].concat())
    }

    fn inner(length: u32, digits: u32, high: u64, counts: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [COOKIE, length, 0, digits] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(1_u64.to_be_bytes());
        bytes.extend(high.to_be_bytes());
        bytes.extend(1.0_f64.to_be_bytes());
        bytes.extend(counts);
        bytes
    }

    fn read(text: &str) -> Result<Row, LogError> {
        match LogReader::new(text.as_bytes()).next()? {
            Some(Entry::Row(row)) => row.unpack(),
            _ => panic!("{text:?} is no row"),
        }
    }

    const HOUR: u64 = 3_600_000_000_000;

    #[test]
    fn a_claim_of_gigabytes_is_refused_before_it_is_believed() {
        for claimed in [1, 1_500_000_000, u32::MAX] {
            let line = format!(
                "Tag=ok.latency,0.000,1.000,1.0,{}\n",
                packed(&inner(claimed, 3, HOUR, &[]))
            );
            let refused = read(&line).err().unwrap();
            assert_eq!(refused.to_string(), "line 1: its histogram is broken");
        }
        let bomb = packed(&vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 1_000_000, "{} bytes are no bomb", bomb.len());
        assert!(read(&format!("Tag=ok.latency,0.000,1.000,1.0,{bomb}\n")).is_err());
    }

    #[test]
    fn a_histogram_of_other_bounds_is_refused() {
        for (digits, high) in [(5, HOUR), (3, u64::MAX / 4), (0, 0)] {
            let line = format!(
                "Tag=ok.latency,0.000,1.000,1.0,{}\n",
                packed(&inner(0, digits, high, &[]))
            );
            let refused = read(&line).err().unwrap().to_string();
            assert!(refused.contains("other bounds"), "{refused}");
        }
    }

    #[test]
    fn an_interval_that_is_no_second_is_refused() {
        let packed = packed(&inner(0, 3, HOUR, &[]));
        read(&format!("Tag=ok.latency,7.000,1.000,1.0,{packed}\n")).unwrap();
        for (times, told) in [
            ("7.000,0.000,1.0", "its interval is not a second long"),
            ("7.000,0,1.0", "its interval is not a second long"),
            ("7.000,9999999999,1.0", "its interval is not a second long"),
            (
                "7.000,9999999999.000,1.0",
                "its interval is not a second long",
            ),
            ("7.000,,1.0", "its interval is not a second long"),
            ("7.500,1.000,1.0", "its start is no second of a run"),
            ("+7.000,1.000,1.0", "its start is no second of a run"),
            ("-7.000,1.000,1.0", "its start is no second of a run"),
            (
                "9999999999.000,1.000,1.0",
                "its start is no second of a run",
            ),
            ("7.000,1.000,NaN", "its longest span is none"),
            ("7.000,1.000,-1", "its longest span is none"),
        ] {
            let refused = read(&format!("Tag=ok.latency,{times},{packed}\n"));
            let refused = refused.err().unwrap().to_string();
            assert_eq!(refused, format!("line 1: {told}"), "{times}");
        }
        let refused = read(&format!("Tag=ok.latency,7.000,1.000,1.0,{packed},\n"));
        assert!(refused.err().unwrap().to_string().contains("too many"));
    }

    #[test]
    fn a_mark_is_read_as_it_is_written_and_else_refused() {
        let read = |text: &str| LogReader::new(text.as_bytes()).next();
        let Ok(Some(Entry::Mark(mark))) = read("#[EndOfInterval: 5.003000001 s, 42 rows]\n") else {
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

        #[test]
        fn no_counts_do_more_than_be_refused(counts in prop::collection::vec(any::<u8>(), 0..400)) {
            let length = u32::try_from(counts.len()).unwrap();
            let packed = packed(&inner(length, 3, HOUR, &counts));
            let line = format!("Tag=ok.latency,0.000,1.000,1.0,{packed}\n");
            if let Err(error) = read(&line) {
                prop_assert_eq!(error.to_string(), "line 1: its histogram is broken");
            }
        }
    }
}
