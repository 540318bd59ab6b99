//! A kept run: its folder, or only its `summary.json`, its page or its interval log.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::Failure;
use super::run::folder::{INTERVALS, SUMMARY};
use super::{files, json_fault, stdio};
use crate::record::{LeftOut, LogError};
use crate::report::summary_of_page;
use crate::summarize::{Recovered, recover};
use crate::summary::{SCHEMA, Summary};

/// The largest summary that is read; that of a run of a day is smaller.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The hint if no run is found.
const RUN_IN_ANY_FORM: &str = "name a run folder, its summary.json, or a report.html";

/// A run as it was kept.
#[derive(Debug)]
pub(super) struct Archive {
    /// What it measured.
    pub(super) summary: Summary,
    /// Its folder; `None` for a page, which may be anywhere.
    pub(super) folder: Option<PathBuf>,
    /// Whether it is made from the interval log alone.
    pub(super) is_recovered: bool,
}

impl Archive {
    /// Reads a run folder, a summary, a page or an interval log. If a folder has no summary, reads its
    /// log.
    ///
    /// # Errors
    ///
    /// The file is missing, too large or not a run, or has a version that this version cannot read.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (folder, file) = if path.is_dir() {
            (path.to_owned(), path.join(SUMMARY))
        } else {
            let parent = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            (parent, path.to_owned())
        };
        let log = folder.join(INTERVALS);
        let is_lost = path.is_dir() && !file.exists() && log.exists();
        if is_lost || path.extension().is_some_and(|ending| ending == "hlog") {
            let log = if is_lost { log } else { file };
            return Ok(Self {
                summary: recovered(&log)?,
                folder: is_lost.then_some(folder),
                is_recovered: true,
            });
        }
        // Only the summary of a run can be made again from its log.
        let is_summary = file.file_name().is_some_and(|name| name == SUMMARY);
        let has_log = is_summary && log.exists();
        let from_log = format!("move it away; leadbench then makes the report from {INTERVALS}");
        let hint = if has_log { &from_log } else { RUN_IN_ANY_FORM };
        let bytes = files::read(&file, BYTES_MAX);
        let bytes = bytes.map_err(|error| Failure::from(error).hint(hint))?;
        let shown = files::shown(&file);
        let is_page = bytes.trim_ascii_start().starts_with(b"<");
        let summary = if is_page {
            let page = String::from_utf8_lossy(&bytes);
            summary_of_page(&page).ok_or_else(|| {
                Failure::environment(anyhow!("{shown} is not a report of leadbench")).hint(
                    "a page that leadbench wrote contains its summary as data; name such a \
                        page, or a summary.json",
                )
            })?
        } else {
            known(&bytes, &file)?;
            serde_json::from_slice(&bytes)
        };
        let summary: Summary = summary.map_err(|error| {
            let why = anyhow!("{}", json_fault::in_words(&error));
            let what = format!("{shown} is not a readable summary");
            Failure::environment(why.context(what)).hint(hint)
        })?;
        check_version(&summary.schema, &file)?;
        check_figures(&summary, &file, has_log)?;
        Ok(Self {
            summary,
            folder: (!is_page).then_some(folder),
            is_recovered: false,
        })
    }
}

/// Makes a summary from an interval log alone.
fn recovered(log: &Path) -> Result<Summary, Failure> {
    let shown = files::shown(log);
    let (file, _) = files::open(log).map_err(|error| Failure::from(error).hint(RUN_IN_ANY_FORM))?;
    let recovered = recover(BufReader::new(file));
    let Recovered {
        summary,
        left_out,
        twice,
    } = recovered.map_err(|error| {
        let hint = match &error {
            LogError::Read(_) => RUN_IN_ANY_FORM.to_owned(),
            LogError::Line { line, .. } => {
                format!(
                    "the lines before it may be complete: copy them to a file, head -n {} {shown}, \
                     and name that file",
                    line - 1
                )
            }
            LogError::NoHead => {
                "an earlier version or another tool wrote it: read it with HdrHistogram's own \
                 tools"
                    .to_owned()
            }
        };
        let what = format!("could not make a summary of {shown}");
        Failure::environment(anyhow::Error::new(error).context(what)).hint(hint)
    })?;
    match left_out {
        LeftOut::Nothing => {}
        LeftOut::Part { rows } => stdio::note(&format!(
            "note: {shown} ends in the middle of a second; the {rows} rows of that second are \
             left out"
        )),
        LeftOut::LastSeconds { seconds, rows } => stdio::note(&format!(
            "note: {shown} does not mark complete seconds, like logs of earlier versions, so its \
             last {seconds} s with {rows} rows are left out"
        )),
    }
    if twice > 0 {
        stdio::note(&format!(
            "note: {shown} contains {twice} rows twice, and they count twice"
        ));
    }
    check_version(&summary.schema, log)?;
    check_figures(&summary, log, false)?;
    Ok(summary)
}

/// Refuses a summary whose figures contradict each other.
fn check_figures(summary: &Summary, file: &Path, has_log: bool) -> Result<(), Failure> {
    summary.agrees_with_itself().map_err(|contradiction| {
        let shown = files::shown(file);
        let told = anyhow!("{shown} contradicts itself: {contradiction}");
        Failure::environment(told).hint(if has_log {
            format!(
                "it was changed after the run: take the file that the run wrote, or move it away; \
                 leadbench then makes the report from {INTERVALS}"
            )
        } else {
            "it was changed after the run: take the file that the run wrote".to_owned()
        })
    })
}

/// Checks the version first, because a newer summary may not be readable at all.
fn known(bytes: &[u8], file: &Path) -> Result<(), Failure> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema: String,
    }
    serde_json::from_slice::<Version>(bytes)
        .map_or(Ok(()), |version| check_version(&version.schema, file))
}

fn check_version(schema: &str, file: &Path) -> Result<(), Failure> {
    if schema == SCHEMA {
        return Ok(());
    }
    let failure = anyhow!(
        "{} is a {schema:?}, and this version reads {SCHEMA:?}",
        files::shown(file)
    );
    let versions = version(schema).zip(version(SCHEMA));
    let hint = if versions.is_some_and(|(its, ours)| its < ours) {
        "an earlier leadbench wrote it and can read it; run the scenario again to compare"
    } else {
        "read it with a newer leadbench"
    };
    Err(Failure::environment(failure).hint(hint))
}

/// The number at the end of a schema's name, if it has one.
fn version(schema: &str) -> Option<u64> {
    schema.rsplit_once("/v")?.1.parse().ok()
}
