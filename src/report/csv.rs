//! Tidy CSV (RFC 4180): units in the names, an absent value is an empty cell.

mod history;
mod phases;
mod rows;
mod slowest;
mod timeline;

pub(super) use history::history;
pub(super) use phases::phases;
pub use rows::{Lacking, Rows, judge_rows};
pub(super) use slowest::slowest;
pub(super) use timeline::timeline;

use super::ReportError;
use super::hostile::tame;
use crate::summary::Summary;

/// Rows under one head; the last cell of each is the verdict on the measurement, so that a
/// row cannot part from it.
struct Sheet {
    writer: ::csv::Writer<Vec<u8>>,
    verdict: String,
}

impl Sheet {
    fn new(columns: &[&str], summary: &Summary) -> Result<Self, ReportError> {
        let terminator = ::csv::Terminator::CRLF;
        let mut writer = ::csv::WriterBuilder::new()
            .terminator(terminator)
            .from_writer(Vec::new());
        writer.write_record(columns.iter().chain(&["measurement"]))?;
        Ok(Self {
            writer,
            verdict: summary.measurement.verdict.to_string(),
        })
    }

    fn row(&mut self, cells: &[String]) -> Result<(), ReportError> {
        let cells = cells.iter().chain([&self.verdict]);
        Ok(self.writer.write_record(cells)?)
    }

    fn finish(self) -> Result<Vec<u8>, ReportError> {
        self.writer
            .into_inner()
            .map_err(|error| ReportError::Csv(error.into_error().into()))
    }
}

/// A text cell: tamed, and with a leading quote where a spreadsheet would compute it.
pub fn text(value: &str) -> String {
    let tamed = tame(value);
    if is_formula(value) {
        format!("'{tamed}")
    } else {
        tamed
    }
}

/// Whether a spreadsheet would compute a cell.
pub fn is_formula(value: &str) -> bool {
    value.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell of something that may be absent.
fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_finds_no_formula() {
        for start in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(text(start).starts_with('\''), "{start:?}");
        }
        assert_eq!(text("converted-lead"), "converted-lead");
    }
}
