//! Rows under one head, as CSV.

use crate::report::error::ReportError;

/// The name of a column, and its cell in a row: of the whole that the rows belong to, and of the
/// row itself.
pub(super) type SheetColumn<Whole, Row> = (&'static str, fn(&Whole, &Row) -> String);

/// The names of columns.
pub(super) fn head<Whole, Row>(columns: &[SheetColumn<Whole, Row>]) -> Vec<String> {
    columns.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// The cells of a row.
pub(super) fn cells<Whole, Row>(
    columns: &[SheetColumn<Whole, Row>],
    whole: &Whole,
    row: &Row,
) -> Vec<String> {
    columns.iter().map(|(_, cell)| cell(whole, row)).collect()
}

/// Writes rows under their head.
pub(super) fn written(
    head: Vec<String>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ReportError> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in std::iter::once(head).chain(rows) {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| ReportError::Csv(error.into_error().into()))
}
