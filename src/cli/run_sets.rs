//! Sets of runs, as they are named on the command line.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::archive::Archive;
use super::exit::Failure;
use super::files;
use super::run::folder::{RECORDING, SUMMARY};
use crate::report;
use crate::summary::Summary;

/// Folders that are looked into below the one that was named: a scenario's, and each run's.
const DEPTH_MAX: usize = 4;

/// The largest page that is read; that of a run of hours is smaller.
const PAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The most runs of a set; more would not change a verdict.
const RUNS_MAX: usize = 200;

/// Reads the runs that a word names: a run in any of its forms, a folder that holds runs, or a
/// pattern with `*`, `?` or `[...]`.
///
/// # Errors
///
/// The word names no run, or a run cannot be read.
pub(super) fn read(word: &str) -> Result<Vec<Summary>, Failure> {
    let places = places(word)?;
    if places.len() > RUNS_MAX {
        let many = anyhow!(
            "{word} names {} runs; the limit is {RUNS_MAX}",
            places.len()
        );
        return Err(Failure::environment(many).hint("name fewer with a pattern"));
    }
    places
        .iter()
        .map(|place| {
            let summary = Archive::read(place)?.summary;
            refuse_shard(&summary, place).map(|()| summary)
        })
        .collect()
}

/// Refuses a shard: its figures are those of a part of the load.
fn refuse_shard(summary: &Summary, place: &Path) -> Result<(), Failure> {
    summary.run.shard.as_ref().map_or(Ok(()), |shard| {
        let what = anyhow!("{} is shard {shard} of a run", files::shown(place));
        let hint = "add the shards up with leadbench merge, and name the merged run";
        Err(Failure::environment(what).hint(hint))
    })
}

fn places(word: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(word);
    if path.exists() {
        runs_below(word, [path.to_owned()], HINT)
    } else if word.contains(['*', '?', '[']) {
        let matches = glob::glob(word).map_err(|error| {
            Failure::environment(anyhow!("{word} is not a valid pattern: {error}"))
        })?;
        runs_below(word, matches.filter_map(Result::ok), HINT)
    } else {
        Err(Failure::environment(anyhow!("{word} does not exist")).hint(HINT))
    }
}

const FOLDER_HINT: &str = "name a folder that contains runs, such as reports; for one run: leadbench \
                           report RUN";

const HINT: &str = "name a run folder, its summary.json, a report.html, a folder that contains runs, \
                    or a pattern in quotes: 'reports/converted-lead/2026*'";

/// The places of all runs in a folder, in the order of their names.
///
/// # Errors
///
/// The folder does not exist, or contains no run.
pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = files::shown(folder);
    if folder.exists() && !folder.is_dir() {
        let file = anyhow!("{shown} is a file, and not a folder that contains runs");
        return Err(Failure::environment(file).hint(FOLDER_HINT));
    }
    if !folder.is_dir() {
        return Err(
            Failure::environment(anyhow!("the folder {shown} does not exist")).hint(FOLDER_HINT),
        );
    }
    runs_below(&shown, [folder.to_owned()], FOLDER_HINT)
}

/// The runs in the places that `word` names, each once whatever links lead to it, in the order of
/// their names; at least one.
fn runs_below(
    word: &str,
    paths: impl IntoIterator<Item = PathBuf>,
    hint: &str,
) -> Result<Vec<PathBuf>, Failure> {
    let mut search = Search::default();
    let mut level: Vec<_> = paths.into_iter().collect();
    // Level by level, so that each place is found by the shortest way to it.
    for _ in 0..=DEPTH_MAX {
        level = level
            .iter()
            .flat_map(|path| search.look_into(path))
            .collect();
    }
    if search.runs.is_empty() {
        return Err(Failure::environment(anyhow!("{word} contains no run")).hint(hint));
    }
    search.runs.sort();
    Ok(search.runs)
}

/// A walk through folders that visits each only once.
#[derive(Default)]
struct Search {
    runs: Vec<PathBuf>,
    /// The visited places with all links resolved, so that a loop of links ends.
    seen: HashSet<PathBuf>,
}

impl Search {
    /// Notes a place that is a run, or returns its entries.
    fn look_into(&mut self, path: &Path) -> Vec<PathBuf> {
        // If it cannot be resolved, reading it reports the error.
        let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(place) {
            return Vec::new();
        }
        let is_run = !path.is_dir()
            || [SUMMARY, RECORDING]
                .iter()
                .any(|file| path.join(file).exists());
        if is_run {
            self.runs.push(path.to_owned());
            return Vec::new();
        }
        let mut entries = files::entries_of(path);
        entries.retain(|entry| entry.is_dir() || is_page(entry));
        // A run is named by its own path, not by that of a link.
        entries.sort_by_key(|entry| (entry.is_symlink(), entry.clone()));
        entries
    }
}

/// Whether a file is the archived page of a run.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "html")
        && files::read(path, PAGE_BYTES_MAX).is_ok_and(|page| report::is_page(&page))
}
