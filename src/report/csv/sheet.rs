//! Rows of one run under one head.

use crate::report::error::ReportError;
use crate::summary::Summary;

/// Rows under one head; the last cell of each is the verdict on the measurement, so that no row
/// loses it.
pub(super) struct Sheet {
    writer: ::csv::Writer<Vec<u8>>,
    verdict: String,
}

impl Sheet {
    pub(super) fn new(columns: &[&str], summary: &Summary) -> Result<Self, ReportError> {
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

    pub(super) fn row(&mut self, cells: &[String]) -> Result<(), ReportError> {
        let cells = cells.iter().chain([&self.verdict]);
        Ok(self.writer.write_record(cells)?)
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ReportError> {
        self.writer
            .into_inner()
            .map_err(|error| ReportError::Csv(error.into_error().into()))
    }
}
