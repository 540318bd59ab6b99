//! One row of an interval log: a second of one phase, and the histogram packed in it.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::Deserializer;

use super::histogram::Histogram;
use super::interval_log::WARMUP;
use super::log_error::LogError;
use super::packer::PACKED_COOKIE;
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::units::count;

/// The last second of a log: no run is longer than a month.
pub(super) const SECOND_MAX: u64 = 31 * 24 * 3600;

/// The most that a histogram unpacks to: nine bytes for each of its 33 thousand counts are
/// less.
const UNPACKED_MAX: u64 = 512 * 1024;

/// How an unpacked histogram begins (HdrHistogram, encoding V2).
const COOKIE: u32 = 0x1c84_9313;

/// The fields before the counts: cookie, length, offset, digits, bounds and a ratio.
const HEAD_BYTES: usize = 40;

/// A row whose histogram has not been looked at: it may be left out.
pub(crate) struct PackedRow {
    /// Its line, counted from 1.
    pub(super) line: u64,
    /// Its tag, as it is written.
    pub(super) tag: String,
    of: RowKey,
    packed: String,
}

/// What a row is of.
pub(crate) struct RowKey {
    /// The load, where there are several.
    pub(crate) load: Option<String>,
    pub(crate) is_warmup: bool,
    pub(crate) outcome: Outcome,
    pub(crate) phase: Phase,
    /// The metric of `Server-Timing`, where the row is of one and not of the phase.
    pub(crate) metric: Option<String>,
    pub(crate) second: u64,
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
    pub(crate) fn unpack(self) -> Result<LogRow, LogError> {
        let line = self.line;
        let histogram = histogram(&self.packed).map_err(|what| LogError::Line { line, what })?;
        let of = self.of;
        Ok(LogRow { of, histogram })
    }
}

/// One second of one phase of one outcome.
pub(crate) struct LogRow {
    pub(crate) of: RowKey,
    pub(crate) histogram: Histogram,
}

/// Reads a line as a row.
pub(super) fn row(text: &str, line: u64) -> Result<PackedRow, &'static str> {
    let mut fields = text.split(',');
    let mut field = || fields.next().ok_or("it has too few columns");
    let tag = field()?
        .strip_prefix("Tag=")
        .ok_or("it must begin with Tag=, an outcome and a phase")?;
    let (start, length, longest, packed) = (field()?, field()?, field()?, field()?);
    if fields.next().is_some() {
        return Err("it has too many columns");
    }
    let second = whole_seconds(start)
        .filter(|second| *second <= SECOND_MAX)
        .ok_or("its start must be a whole second of the run, such as 7.000")?;
    if whole_seconds(length) != Some(1) {
        return Err("its interval must be 1.000, one second");
    }
    let is_span = |span: f64| span.is_finite() && span >= 0.0;
    if !longest.parse().is_ok_and(is_span) {
        return Err("its longest time must be a number from 0 on");
    }
    let unknown = "its tag must name an outcome and a phase, such as Tag=ok.latency";
    let (load, rest) = match tag.rsplit_once('/') {
        Some((load, rest)) => (Some(load.to_owned()), rest),
        None => (None, tag),
    };
    let measured = rest.strip_prefix(WARMUP);
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
        of: RowKey {
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
        return Err("its histogram has other bounds than those that leadbench writes");
    }
    let read = Deserializer::new().deserialize(&mut bytes.as_slice());
    Ok(Histogram::from_hdr(&read.map_err(|_| broken)?))
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

    use super::super::log_reader::{LogEntry, LogReader};
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

    fn read(text: &str) -> Result<LogRow, LogError> {
        match LogReader::new(text.as_bytes()).next()? {
            Some(LogEntry::Row(row)) => row.unpack(),
            _ => panic!("{text:?} is not a row"),
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
            ("7.000,0.000,1.0", "its interval must be 1.000, one second"),
            ("7.000,0,1.0", "its interval must be 1.000, one second"),
            (
                "7.000,9999999999,1.0",
                "its interval must be 1.000, one second",
            ),
            (
                "7.000,9999999999.000,1.0",
                "its interval must be 1.000, one second",
            ),
            ("7.000,,1.0", "its interval must be 1.000, one second"),
            (
                "7.500,1.000,1.0",
                "its start must be a whole second of the run, such as 7.000",
            ),
            (
                "+7.000,1.000,1.0",
                "its start must be a whole second of the run, such as 7.000",
            ),
            (
                "-7.000,1.000,1.0",
                "its start must be a whole second of the run, such as 7.000",
            ),
            (
                "9999999999.000,1.000,1.0",
                "its start must be a whole second of the run, such as 7.000",
            ),
            (
                "7.000,1.000,NaN",
                "its longest time must be a number from 0 on",
            ),
            (
                "7.000,1.000,-1",
                "its longest time must be a number from 0 on",
            ),
        ] {
            let refused = read(&format!("Tag=ok.latency,{times},{packed}\n"));
            let refused = refused.err().unwrap().to_string();
            assert_eq!(refused, format!("line 1: {told}"), "{times}");
        }
        let refused = read(&format!("Tag=ok.latency,7.000,1.000,1.0,{packed},\n"));
        assert!(refused.err().unwrap().to_string().contains("too many"));
    }

    proptest! {
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
