//! Sets of capacity searches, as they are named on the command line.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::Failure;
use super::{files, json_fault};
use crate::summary::{SEARCH_SCHEMA, SearchSummary};

/// The file that a search is read from.
pub(super) const SEARCH: &str = "search.json";

/// The largest file that is read.
const SEARCH_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Folders that are looked into below the one that was named: a scenario's, and each search's.
const DEPTH_MAX: usize = 3;

/// The places of all searches that a word names: a folder of one, its `search.json`, a folder that contains
/// some, or a pattern. Empty if it names none.
pub(super) fn places(word: &str) -> Vec<PathBuf> {
    let path = Path::new(word);
    let mut level: Vec<PathBuf> = if path.exists() {
        vec![path.to_owned()]
    } else {
        let matches = glob::glob(word).into_iter().flatten();
        matches.filter_map(Result::ok).collect()
    };
    let mut found = Vec::new();
    for _ in 0..=DEPTH_MAX {
        let (searches, others): (Vec<_>, Vec<_>) = level.into_iter().partition(|at| is_search(at));
        found.extend(searches);
        let folders = others.iter().filter(|other| other.is_dir());
        level = folders
            .flat_map(|folder| files::entries_of(folder))
            .collect();
        level.retain(|entry| entry.is_dir() && !entry.is_symlink());
    }
    found.sort();
    found
}

/// Whether this is the folder of a search, or its `search.json`.
pub(super) fn is_search(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == SEARCH) && path.is_file()
        || path.join(SEARCH).is_file()
}

/// Reads a search.
///
/// # Errors
///
/// The file cannot be read, or is none of a search.
pub(super) fn read(place: &Path) -> Result<SearchSummary, Failure> {
    let path = if place.is_dir() {
        place.join(SEARCH)
    } else {
        place.to_owned()
    };
    let shown = files::shown(&path);
    let bytes = files::read(&path, SEARCH_BYTES_MAX)?;
    let search: SearchSummary = serde_json::from_slice(&bytes).map_err(|error| {
        let what = json_fault::in_words(&error);
        Failure::environment(anyhow!("{shown} is not a search: {what}"))
    })?;
    if search.schema != SEARCH_SCHEMA {
        let other = anyhow!(
            "{shown} is a {:?}, and not a {SEARCH_SCHEMA:?}",
            search.schema
        );
        return Err(Failure::environment(other));
    }
    Ok(search)
}
