//! `intervals.hlog`: the HdrHistogram V2 interval log, appended each second.
//!
//! The format is that of the Java `HistogramLogWriter`, version 1.3, so that its readers,
//! those of other languages and the plotting tools take it. The crate's own writer leaves
//! out the version line and the legend, which some of them need.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use super::Histogram;
use crate::summary::Summary;
use crate::units::Nanos;

/// The unit of the column of maxima: milliseconds.
const MAX_UNIT_NS: f64 = 1e6;

/// How the comment begins and ends that tells what was run.
pub(super) const HEAD_BEGIN: &str = "#[leadbench.summary: ";
pub(super) const HEAD_END: &str = "]";

/// Appends histograms to a log.
pub struct IntervalLog<W> {
    writer: W,
    serializer: V2DeflateSerializer,
    encoded: Vec<u8>,
    line: String,
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
            serializer: V2DeflateSerializer::new(),
            encoded: Vec::new(),
            line: String::new(),
        })
    }

    /// Says what is run, for who has nothing but the log: other readers pass over the comment.
    pub(super) fn head(&mut self, summary: &Summary) -> io::Result<()> {
        let json = serde_json::to_string(summary)?;
        writeln!(self.writer, "{HEAD_BEGIN}{json}{HEAD_END}")?;
        self.writer.flush()
    }

    /// Appends one histogram of one second; the tag holds no comma and no space.
    pub(super) fn append(
        &mut self,
        tag: &str,
        second: u64,
        histogram: &Histogram,
    ) -> io::Result<()> {
        self.encoded.clear();
        self.serializer
            .serialize(histogram.as_hdr(), &mut self.encoded)
            .map_err(io::Error::other)?;
        self.line.clear();
        STANDARD.encode_string(&self.encoded, &mut self.line);
        let max = crate::units::float(histogram.max().0) / MAX_UNIT_NS;
        writeln!(
            self.writer,
            "Tag={tag},{second}.000,{}.000,{max:.3},{}",
            Nanos::SECOND.as_secs(),
            self.line
        )
    }

    /// Hands everything to the operating system, so that a kill loses a second at most.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<W> std::fmt::Debug for IntervalLog<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IntervalLog").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;

    use super::*;

    #[test]
    fn what_is_appended_reads_back() {
        let mut histogram = Histogram::default();
        for ms in 1..=100 {
            histogram.record(Nanos::from_millis(ms));
        }
        let mut bytes = Vec::new();
        let mut log = IntervalLog::begin(&mut bytes, "test", Duration::from_millis(1_500)).unwrap();
        log.append("ok.latency", 7, &histogram).unwrap();
        log.flush().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("#[StartTime: 1.500 (seconds since epoch)]\n"));
        let row: Vec<&str> = text.lines().last().unwrap().split(',').collect();
        assert_eq!(row[..3], ["Tag=ok.latency", "7.000", "1.000"]);
        assert_eq!(row[3], "100.000");
        let read: hdrhistogram::Histogram<u32> = Deserializer::new()
            .deserialize(&mut STANDARD.decode(row[4]).unwrap().as_slice())
            .unwrap();
        assert_eq!(&read, histogram.as_hdr());
    }
}
