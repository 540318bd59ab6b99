//! Rows that are written while a run goes on: `created.csv`, `requests.csv` and `requests.jtl`.
//!
//! Their last column is the verdict on the measurement, which is known only when all is over. Its cells
//! are empty until then, and filled in at the end; a row that a kill has torn is left out.

use std::io::{self, BufRead, Read as _, Write};

use super::cell::text;
use crate::summary::Validity;
use crate::units::count;

/// The columns that every file of a run has, at the end of these.
const OF_THE_RUN: [&str; 3] = ["run_id", "scenario", "measurement"];

/// How a row ends that no verdict has been passed on.
const UNJUDGED: &[u8] = b",\r\n";

/// The longest row, so that a file of something else does not fill the memory.
const ROW_MAX: u64 = 1024 * 1024;

/// Rows under one head, as RFC 4180 has them.
#[derive(Debug)]
pub struct Rows<W: Write> {
    writer: ::csv::Writer<W>,
    ending: Vec<String>,
}

impl<W: Write> Rows<W> {
    /// Begins with the head; each row ends with the run, its scenario and room for the verdict.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn begin(
        writer: W,
        columns: &[&str],
        (run_id, scenario): (&str, &str),
    ) -> io::Result<Self> {
        let ending = vec![text(run_id), text(scenario), String::new()];
        Self::with(
            writer,
            ::csv::Terminator::CRLF,
            columns,
            &OF_THE_RUN,
            ending,
        )
    }

    /// Begins with a head that other tools read, in lines as they write them; no columns are added.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn begin_plain(writer: W, columns: &[&str]) -> io::Result<Self> {
        let terminator = ::csv::Terminator::Any(b'\n');
        Self::with(writer, terminator, columns, &[], Vec::new())
    }

    fn with(
        writer: W,
        terminator: ::csv::Terminator,
        columns: &[&str],
        more: &[&str],
        ending: Vec<String>,
    ) -> io::Result<Self> {
        let mut writer = ::csv::WriterBuilder::new()
            .terminator(terminator)
            .from_writer(writer);
        writer.write_record(columns.iter().chain(more))?;
        Ok(Self { writer, ending })
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Those of the writer, and a row of more or fewer cells than the head.
    pub fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) -> io::Result<()> {
        for cell in cells {
            self.writer.write_field(cell)?;
        }
        for cell in &self.ending {
            self.writer.write_field(cell)?;
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// Hands all rows to the writer.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// What rows lack.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lacking {
    /// Whether the last row breaks off, so that its last cell may be a part of one.
    pub is_torn: bool,
    /// Rows that no verdict has been passed on.
    pub unjudged: u64,
}

/// Copies rows, adds the verdict to those without one, and leaves out a torn last row; returns what
/// the rows lacked.
///
/// # Errors
///
/// Those of reader and writer, and a row that is longer than the limit.
pub fn judge_rows(
    mut rows: impl BufRead,
    mut judged: impl Write,
    verdict: Validity,
) -> io::Result<Lacking> {
    let mut lacking = Lacking::default();
    let mut row = Vec::new();
    let mut has_room = false;
    let mut is_head = true;
    loop {
        row.clear();
        if rows.by_ref().take(ROW_MAX).read_until(b'\n', &mut row)? == 0 {
            return Ok(lacking);
        }
        if !row.ends_with(b"\n") {
            if count(row.len()) >= ROW_MAX {
                let what = "a row is longer than 1 MiB, the limit";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            lacking.is_torn = true;
            return Ok(lacking);
        }
        if std::mem::take(&mut is_head) {
            has_room = row.ends_with(b",measurement\r\n");
        } else if let Some(cells) = row.strip_suffix(UNJUDGED).filter(|_| has_room) {
            lacking.unjudged += 1;
            judged.write_all(cells)?;
            write!(judged, ",{verdict}\r\n")?;
            continue;
        }
        judged.write_all(&row)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::index;

    fn two_rows() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rows = Rows::begin(&mut bytes, &["id"], ("run", "a, \"b\"")).unwrap();
        for id in ["a=/ b", "-1"] {
            rows.row([id]).unwrap();
        }
        rows.flush().unwrap();
        drop(rows);
        bytes
    }

    fn judged(rows: &[u8]) -> (String, Lacking) {
        let mut judged = Vec::new();
        let lacking = judge_rows(rows, &mut judged, Validity::Degraded).unwrap();
        (String::from_utf8(judged).unwrap(), lacking)
    }

    #[test]
    fn rows_end_with_the_run_and_room_for_the_verdict() {
        let rows = two_rows();
        assert_eq!(
            String::from_utf8(rows.clone()).unwrap(),
            "id,run_id,scenario,measurement\r\n\
             a=/ b,run,\"a, \"\"b\"\"\",\r\n-1,run,\"a, \"\"b\"\"\",\r\n"
        );
        let (text, lacking) = judged(&rows);
        assert_eq!((lacking.unjudged, lacking.is_torn), (2, false));
        assert_eq!(text.matches(",degraded\r\n").count(), 2);
        // Once is enough.
        assert_eq!(judged(text.as_bytes()), (text, Lacking::default()));
    }

    #[test]
    fn a_row_that_breaks_off_is_left_out_wherever_it_does() {
        let rows = two_rows();
        let ends: Vec<_> = (0..=rows.len())
            .filter(|end| rows[..*end].ends_with(b"\n"))
            .collect();
        for cut in 0..rows.len() {
            let (text, lacking) = judged(&rows[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(text.matches('\n').count(), whole, "cut at {cut}");
            assert_eq!(
                lacking.is_torn,
                !ends.contains(&cut) && cut > 0,
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_row_beyond_the_limit_is_refused() {
        let limit = index(ROW_MAX);
        let mut rows = b"id,measurement\r\n".to_vec();
        rows.resize(rows.len() + limit - 1, b'x');
        // Up to the limit it is a torn row.
        let torn = judge_rows(rows.as_slice(), io::sink(), Validity::Valid).unwrap();
        assert!(torn.is_torn);
        rows.push(b'x');
        let error = judge_rows(rows.as_slice(), io::sink(), Validity::Valid).unwrap_err();
        assert_eq!(error.to_string(), "a row is longer than 1 MiB, the limit");
    }

    #[test]
    fn rows_of_other_tools_have_no_room_for_a_verdict() {
        let mut bytes = Vec::new();
        let mut rows = Rows::begin_plain(&mut bytes, &["one", "two"]).unwrap();
        rows.row(["1", ""]).unwrap();
        drop(rows);
        assert_eq!(bytes, b"one,two\n1,\n");
        assert_eq!(judged(b"one,two\r\n1,\r\n").0, "one,two\r\n1,\r\n");
    }
}
