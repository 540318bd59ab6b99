//! Sets of runs, as they are named on the command line.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::archive::Archive;
use super::exit::Failure;
use super::files;
use super::run::folder::{INTERVALS, SUMMARY};
use crate::report;
use crate::summary::Summary;

/// Folders that are looked into below the one that was named: a scenario's, and each run's.
const DEPTH_MAX: usize = 4;

/// More than the page of a run of hours has.
const PAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Runs of a set; more of them would decide nothing that these do not.
const RUNS_MAX: usize = 200;

/// Reads the runs that a word names: a run in any of its forms, a folder that holds runs, or a
/// pattern with `*`, `?` or `[...]`.
///
/// # Errors
///
/// A word that names no run, and runs that cannot be read.
pub(super) fn read(word: &str) -> Result<Vec<Summary>, Failure> {
    let places = places(word)?;
    if places.len() > RUNS_MAX {
        let many = anyhow!(
            "{word} names {} runs, and {RUNS_MAX} are enough",
            places.len()
        );
        return Err(Failure::environment(many).hint("name fewer with a pattern"));
    }
    places
        .iter()
        .map(|place| Archive::read(place).map(|archive| archive.summary))
        .collect()
}

fn places(word: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(word);
    let found = if path.exists() {
        runs_below(path)
    } else if word.contains(['*', '?', '[']) {
        let matches = glob::glob(word)
            .map_err(|error| Failure::environment(anyhow!("{word} is no pattern: {error}")))?;
        matches
            .filter_map(Result::ok)
            .flat_map(|path| runs_below(&path))
            .collect()
    } else {
        let missing = anyhow!("there is no {word}");
        return Err(Failure::environment(missing).hint(HINT));
    };
    if found.is_empty() {
        return Err(Failure::environment(anyhow!("{word} holds no run")).hint(HINT));
    }
    Ok(found)
}

const HINT: &str = "name a run folder, its summary.json, a report.html, a folder that holds runs, \
                    or a pattern in quotes: 'reports/converted-lead/2026*'";

/// The places of all runs in a folder, in the order of their names.
///
/// # Errors
///
/// A folder that is none, or holds no run.
pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Failure::environment(anyhow!("there is no folder {shown}")).hint(HINT));
    }
    let found = runs_below(folder);
    if found.is_empty() {
        return Err(Failure::environment(anyhow!("{shown} holds no run")).hint(HINT));
    }
    Ok(found)
}

/// The runs in a place, in the order of their names.
fn runs_below(path: &Path) -> Vec<PathBuf> {
    let mut runs = Vec::new();
    look_into(path, DEPTH_MAX, &mut runs);
    runs.sort();
    runs
}

fn look_into(path: &Path, depth: usize, runs: &mut Vec<PathBuf>) {
    let is_run = !path.is_dir()
        || [SUMMARY, INTERVALS]
            .iter()
            .any(|file| path.join(file).exists());
    if is_run {
        runs.push(path.to_owned());
    } else if depth > 0 {
        for entry in files::entries_of(path) {
            if entry.is_dir() {
                look_into(&entry, depth - 1, runs);
            } else if is_page(&entry) {
                runs.push(entry);
            }
        }
    }
}

/// Whether a file is the archived page of a run.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "html")
        && files::read(path, PAGE_BYTES_MAX).is_ok_and(|page| report::is_page(&page))
}
