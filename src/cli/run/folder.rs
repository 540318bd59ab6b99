//! The run folder: made before the load, filled while it goes on, completed after it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::cli::exit::{Code, Failure};
use crate::cli::{commit, files, wall};
use crate::record::IntervalLog;
use crate::report::{REPORTS, Report};
use crate::summary::Summary;

/// The file that all others are rendered from.
pub(in crate::cli) const SUMMARY: &str = "summary.json";

/// The interval log, which is appended to while the run goes on.
pub(in crate::cli) const INTERVALS: &str = "intervals.hlog";

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// A run folder that no other run has.
#[derive(Debug)]
pub(super) struct RunFolder {
    pub(super) path: PathBuf,
}

impl RunFolder {
    /// Makes `OUT/<scenario>/<UTC time>-<short commit>`.
    pub(super) fn create(
        out: &Path,
        scenario: &str,
        now: Duration,
        commit: Option<&str>,
    ) -> Result<Self, Failure> {
        let stamp = wall::date(now).format(STAMP).unwrap_or_default();
        let name = match commit {
            Some(commit) => format!("{stamp}-{}", commit::short(commit)),
            None => stamp,
        };
        files::new_folder(&out.join(scenario), &name).map(|path| Self { path })
    }

    /// Removes the folder of a run that could not begin: it would be taken for one.
    pub(super) fn forget(&self) {
        // What is left of it says by its empty log that nothing was sent.
        drop(std::fs::remove_dir_all(&self.path));
    }

    /// Begins the interval log, and so finds out before the load whether writing works.
    pub(super) fn begin_log(
        &self,
        title: &str,
        unix_start: Duration,
    ) -> Result<IntervalLog<BufWriter<File>>, Failure> {
        let path = self.path.join(INTERVALS);
        files::begin(&path)
            .and_then(|file| IntervalLog::begin(BufWriter::new(file), title, unix_start))
            .map_err(|error| unwritten(&path, error))
    }
}

/// Writes every report.
pub(in crate::cli) fn write_reports(folder: &Path, summary: &Summary) -> Result<(), Failure> {
    for report in REPORTS {
        write(folder, report, summary)?;
    }
    Ok(())
}

/// Writes every report but the summary, which they are rendered from.
pub(in crate::cli) fn render_again(folder: &Path, summary: &Summary) -> Result<(), Failure> {
    for report in REPORTS.iter().filter(|report| report.file != SUMMARY) {
        write(folder, report, summary)?;
    }
    Ok(())
}

fn write(folder: &Path, report: &Report, summary: &Summary) -> Result<(), Failure> {
    let path = folder.join(report.file);
    let bytes = render(report, summary)?;
    // All others can be made of it again.
    let written = if report.file == SUMMARY {
        files::replace_for_good(&path, &bytes)
    } else {
        files::replace(&path, &bytes)
    };
    written.map_err(|error| unwritten(&path, error))
}

/// Renders one report.
pub(in crate::cli) fn render(report: &Report, summary: &Summary) -> Result<Vec<u8>, Failure> {
    (report.render)(summary).map_err(|error| Failure::new(Code::Internal, error))
}

fn unwritten(path: &Path, error: std::io::Error) -> Failure {
    Failure::environment(
        anyhow::Error::new(error).context(format!("could not write {}", path.display())),
    )
    .hint("make room, or see to it that this user may write there")
}
