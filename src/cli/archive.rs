//! What is kept of a run: its folder, its `summary.json`, or its page alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::exit::Failure;
use super::files;
use super::run::folder::SUMMARY;
use crate::report::summary_of_page;
use crate::summary::{SCHEMA, Summary};

/// More than a summary of a day has.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A run as it was kept.
#[derive(Debug)]
pub(super) struct Archive {
    /// What it measured.
    pub(super) summary: Summary,
    /// Its folder; a page may lie anywhere.
    pub(super) folder: Option<PathBuf>,
}

impl Archive {
    /// Reads a run folder, a summary or a page.
    ///
    /// # Errors
    ///
    /// What is missing, too large, no run, or of a version that this one does not know.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (folder, file) = if path.is_dir() {
            (path.to_owned(), path.join(SUMMARY))
        } else {
            let parent = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            (parent, path.to_owned())
        };
        let bytes = files::read(&file, BYTES_MAX).map_err(|error| {
            Failure::environment(error)
                .hint("name a run folder, its summary.json, or a report.html")
        })?;
        let shown = file.display();
        let is_page = bytes.trim_ascii_start().starts_with(b"<");
        let summary = if is_page {
            let page = String::from_utf8_lossy(&bytes);
            summary_of_page(&page).ok_or_else(|| {
                Failure::environment(anyhow!("{shown} is no report of leadbench"))
                    .hint("a page that it wrote holds its summary as data")
            })?
        } else {
            known(&bytes, &file)?;
            serde_json::from_slice(&bytes)
        };
        let summary: Summary = summary
            .with_context(|| format!("{shown} is no summary that can be read"))
            .map_err(Failure::environment)?;
        check_version(&summary.schema, &file)?;
        Ok(Self {
            summary,
            folder: (!is_page).then_some(folder),
        })
    }
}

/// Looks at the version before the rest: that of a newer one may not be readable at all.
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
        file.display()
    );
    Err(Failure::environment(failure).hint("a newer leadbench reads it"))
}
