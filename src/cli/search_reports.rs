//! The reports of a search: written into a folder, and printed.

use super::exit::Failure;
use super::files::{self, Folder};
use super::stdio;
use crate::report::{self, SEARCH_REPORTS};
use crate::summary::SearchSummary;

/// Writes every report.
pub(super) fn write(folder: &Folder, search: &SearchSummary) -> Result<(), Failure> {
    let mut reports = SEARCH_REPORTS.iter();
    reports.try_for_each(|report| {
        let bytes = (report.render)(search).map_err(Failure::internal)?;
        let path = folder.path().join(report.file);
        let written = folder.replace_for_good(report.file, &bytes);
        written.map_err(files::unwritten(&path))
    })
}

/// Writes only the data, for a search that still goes on.
pub(super) fn checkpoint(folder: &Folder, search: &SearchSummary) -> Result<(), Failure> {
    let report = &SEARCH_REPORTS[0];
    let bytes = (report.render)(search).map_err(Failure::internal)?;
    let path = folder.path().join(report.file);
    let written = folder.replace(report.file, &bytes);
    written.map_err(files::unwritten(&path))
}

/// Prints the search: as JSON, or as text.
pub(super) fn print(search: &SearchSummary, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let json = (SEARCH_REPORTS[0].render)(search).map_err(Failure::internal)?;
        return stdio::print(&String::from_utf8_lossy(&json));
    }
    stdio::print(&report::search_console(search))
}
