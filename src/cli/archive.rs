//! A kept run: its folder, or only its `summary.json`, its page or its recording.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::Failure;
use super::recording::{self, RUN_IN_ANY_FORM};
use super::run::folder::{RECORDING, SUMMARY};
use super::{files, json_fault};
use crate::report::summary_of_page;
use crate::summary::{RunState, SCHEMA, Summary};

/// The largest summary that is read; that of a run of a day is smaller.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A run as it was kept.
#[derive(Debug)]
pub(super) struct Archive {
    /// What it measured.
    pub(super) summary: Summary,
    /// Its folder; `None` for a page, which may be anywhere.
    pub(super) folder: Option<PathBuf>,
    /// Whether it is made from the recording.
    pub(super) is_recovered: bool,
}

impl Archive {
    /// Reads a run folder, a summary, a page or a recording. If a folder has no summary, or one of a run that
    /// was cut off, reads its recording.
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
        let recording = folder.join(RECORDING);
        let is_lost = path.is_dir() && !file.exists() && recording.exists();
        if is_lost || recording::is_one(path) {
            let place = if is_lost { &recording } else { &file };
            return Ok(Self {
                summary: recording::recovered(place)?,
                folder: is_lost.then_some(folder),
                is_recovered: true,
            });
        }
        if file.extension().is_some_and(|ending| ending == "hlog") {
            let log = anyhow!(
                "{} is for other tools, and does not contain everything",
                files::shown(&file)
            );
            let hint = format!("name the folder of the run, or its {RECORDING}");
            return Err(Failure::environment(log).hint(hint));
        }
        // Only the summary of a run can be made again from its recording.
        let is_summary = file.file_name().is_some_and(|name| name == SUMMARY);
        let has_recording = is_summary && recording.exists();
        let from_recording =
            format!("move it away; leadbench then makes the report from {RECORDING}");
        let hint = if has_recording {
            &from_recording
        } else {
            RUN_IN_ANY_FORM
        };
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
        check_figures(&summary, &file, has_recording)?;
        // The summary of a run that was cut off is up to ten seconds old; its recording is not.
        if summary.run.state == RunState::Running && path.is_dir() && recording.exists() {
            return Ok(Self {
                summary: recording::recovered(&recording)?,
                folder: Some(folder),
                is_recovered: true,
            });
        }
        Ok(Self {
            summary,
            folder: (!is_page).then_some(folder),
            is_recovered: false,
        })
    }
}

/// Refuses a summary whose figures contradict each other.
fn check_figures(summary: &Summary, file: &Path, has_recording: bool) -> Result<(), Failure> {
    summary.agrees_with_itself().map_err(|contradiction| {
        let shown = files::shown(file);
        let told = anyhow!("{shown} contradicts itself: {contradiction}");
        Failure::environment(told).hint(if has_recording {
            format!(
                "it was changed after the run: take the file that the run wrote, or move it away; \
                 leadbench then makes the report from {RECORDING}"
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
