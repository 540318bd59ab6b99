//! The run folder: made before the load, filled during it, completed after it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::cli::exit::{Failure, OrFail as _};
use crate::cli::files::{self, Folder};
use crate::cli::{commit, stdio, wall};
use crate::report::{self, Detail, REPORTS, Report};
use crate::summary::Summary;

/// The file that all others are rendered from.
pub(in crate::cli) const SUMMARY: &str = "summary.json";

/// The interval log, which is appended to while the run goes on.
pub(in crate::cli) const INTERVALS: &str = "intervals.hlog";

/// The recording, from which the summary can be made again, and merged with those of other shards.
pub(in crate::cli) const RECORDING: &str = "recording.lbr";

/// The folder of one run.
#[derive(Debug)]
pub(in crate::cli) struct RunFolder {
    pub(in crate::cli) folder: Folder,
}

impl RunFolder {
    /// Makes `OUT/<scenario>/<UTC time>-<short commit>`.
    pub(in crate::cli) fn create(
        out: &Path,
        scenario: &str,
        now: Duration,
        commit: Option<&str>,
    ) -> Result<Self, Failure> {
        let stamp = wall::folder_stamp(now);
        let name = match commit {
            Some(commit) => format!("{stamp}-{}", commit::short(commit)),
            None => stamp,
        };
        files::new_folder(&out.join(scenario), &name).map(|folder| Self { folder })
    }

    /// Removes the folder of a run that could not begin, so that it does not look like a run.
    pub(in crate::cli) fn forget(&self) {
        // If this fails, the empty log shows that nothing was sent.
        drop(std::fs::remove_dir_all(self.folder.path()));
    }

    /// Begins the interval log.
    pub(super) fn begin_log(&self) -> Result<File, Failure> {
        self.begin_file(INTERVALS)
    }

    /// Begins the recording.
    pub(super) fn begin_recording(&self) -> Result<File, Failure> {
        self.begin_file(RECORDING)
    }

    fn begin_file(&self, name: &str) -> Result<File, Failure> {
        let begun = self.folder.begin(name);
        begun.map_err(files::unwritten(&self.folder.path().join(name)))
    }
}

/// Writes every report.
pub(in crate::cli) fn write_reports(folder: &Folder, summary: &Summary) -> Result<(), Failure> {
    let mut reports = REPORTS.iter();
    reports.try_for_each(|report| write(folder, report, summary))
}

/// Writes every report but the summary, which they are rendered from.
pub(in crate::cli) fn render_again(folder: &Folder, summary: &Summary) -> Result<(), Failure> {
    let mut reports = REPORTS.iter().filter(|report| report.file != SUMMARY);
    reports.try_for_each(|report| write(folder, report, summary))
}

fn write(folder: &Folder, report: &Report, summary: &Summary) -> Result<(), Failure> {
    let bytes = render(report, summary)?;
    // All other reports can be made from it again.
    let written = if report.file == SUMMARY {
        folder.replace_for_good(report.file, &bytes)
    } else {
        folder.replace(report.file, &bytes)
    };
    written.map_err(files::unwritten(&folder.path().join(report.file)))
}

/// Opens a folder for reports, and holds it.
pub(in crate::cli) fn hold(path: &Path) -> Result<Folder, Failure> {
    Folder::open(path).or_fail(|| files::could_not("open the folder", path))
}

/// Prints a summary: as JSON, or as text with all figures or the main ones.
pub(in crate::cli) fn print(
    summary: &Summary,
    as_json: bool,
    is_verbose: bool,
) -> Result<(), Failure> {
    if as_json {
        let json = render(&REPORTS[0], summary)?;
        return stdio::print(&String::from_utf8_lossy(&json));
    }
    let detail = if is_verbose {
        Detail::Verbose
    } else {
        Detail::Brief
    };
    stdio::print(&report::console(summary, detail))
}

fn render(report: &Report, summary: &Summary) -> Result<Vec<u8>, Failure> {
    (report.render)(summary).map_err(Failure::internal)
}
