//! `--keep`: removes the oldest runs of a scenario, so that the disk does not fill up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::event_file::{CREATED, REQUESTS, REQUESTS_JTL};
use super::folder::{INTERVALS, RECORDING, SUMMARY};
use crate::cli::listed::first_of;
use crate::cli::{files, stdio};
use crate::report::REPORTS;
use crate::summary::{RunState, SCHEMA};

/// The largest summary that is read; that of a run of a day is smaller.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The files of a run besides its reports.
const BESIDE: [&str; 5] = [INTERVALS, RECORDING, CREATED, REQUESTS, REQUESTS_JTL];

/// How many removed folders are named; the others are counted.
const TOLD_MAX: usize = 3;

/// What is read of a summary: its scenario, and whether the run finished.
#[derive(serde::Deserialize)]
struct Known {
    schema: String,
    run: Run,
}

#[derive(serde::Deserialize)]
struct Run {
    scenario: String,
    state: RunState,
    started_at: String,
}

/// Removes the oldest finished runs of a scenario, so that `keep` runs are left including the one that
/// has just ended, and prints which.
///
/// Removes a folder only if its `summary.json` says that it is a finished run of this scenario, and if
/// it contains only files of a run. Does not follow links.
pub(super) fn keep(folder: &Path, scenario: &str, keep: u32) {
    let Some(parent) = folder.parent() else {
        return;
    };
    let mut runs: Vec<_> = files::entries_of(parent)
        .into_iter()
        .filter(|entry| entry.file_name() != folder.file_name())
        .filter_map(|entry| Some((finished(&entry, scenario)?, entry)))
        .collect();
    runs.sort();
    // The run that has just ended is one of those that are kept.
    let surplus = (runs.len() + 1).saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
    let mut removed = Vec::new();
    for (_, run) in runs.into_iter().take(surplus) {
        match remove(&run) {
            Ok(()) => removed.push(name(&run)),
            Err(why) => stdio::note(&format!("note: {} is kept: {why}", files::shown(&run))),
        }
    }
    if !removed.is_empty() {
        let plural = if removed.len() == 1 { "" } else { "s" };
        stdio::note(&format!(
            "removed the oldest run{plural} of {scenario} (--keep {keep}): {}",
            first_of(&removed, TOLD_MAX, ", ")
        ));
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// When a folder's run began, if it is a finished run of this scenario.
fn finished(folder: &Path, scenario: &str) -> Option<String> {
    if !fs::symlink_metadata(folder).ok()?.is_dir() {
        return None;
    }
    let summary = files::read(&folder.join(SUMMARY), BYTES_MAX).ok()?;
    let known: Known = serde_json::from_slice(&summary).ok()?;
    let is_one = known.schema == SCHEMA
        && known.run.scenario == scenario
        && known.run.state == RunState::Finished;
    is_one.then_some(known.run.started_at)
}

/// Removes a run folder file by file, its summary last, so that after a kill it is still a run
/// folder.
fn remove(folder: &Path) -> Result<(), String> {
    let told = |error: io::Error| error.to_string();
    let mut entries: Vec<PathBuf> = files::entries_of(folder);
    for entry in &entries {
        let is_file = fs::symlink_metadata(entry).map_err(told)?.is_file();
        if !is_file || !is_of_a_run(&name(entry)) {
            return Err(format!(
                "it contains {:?}, which is not a file of a run",
                name(entry)
            ));
        }
    }
    entries.sort_by_key(|entry| entry.ends_with(SUMMARY));
    for entry in &entries {
        fs::remove_file(entry).map_err(told)?;
    }
    fs::remove_dir(folder).map_err(told)
}

fn is_of_a_run(name: &str) -> bool {
    REPORTS.iter().any(|report| report.file == name) || BESIDE.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn put(root: &Path, name: &str, scenario: &str, state: &str, began: &str) -> PathBuf {
        let folder = root.join(name);
        fs::create_dir_all(&folder).unwrap();
        let summary = serde_json::json!({
            "schema": SCHEMA,
            "run": {"scenario": scenario, "state": state, "started_at": began},
        });
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join(SUMMARY))
            .unwrap();
        serde_json::to_writer(file, &summary).unwrap();
        folder
    }

    fn left(root: &Path) -> Vec<String> {
        let mut names: Vec<_> = files::entries_of(root)
            .iter()
            .map(|path| name(path))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_finished_runs_of_the_scenario_go_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for day in 1..=4 {
            let began = format!("2026-10-0{day}T00:00:00Z");
            put(root, &format!("run-{day}"), "mine", "finished", &began);
        }
        let old = "2026-01-01T00:00:00Z";
        put(root, "broken-off", "mine", "running", old);
        put(root, "interrupted", "mine", "interrupted", old);
        put(root, "other", "yours", "finished", old);
        let with_notes = put(root, "with-notes", "mine", "finished", old);
        fs::create_dir(with_notes.join("notes")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let linked = put(elsewhere.path(), "linked", "mine", "finished", old);
        symlink(&linked, root.join("linked")).unwrap();
        fs::create_dir(root.join("empty")).unwrap();
        let last = put(root, "run-5", "mine", "finished", "2026-10-05T00:00:00Z");
        keep(&last, "mine", 3);
        let unharmed = ["broken-off", "empty", "interrupted", "linked", "other"];
        let kept = ["run-3", "run-4", "run-5", "with-notes"];
        assert_eq!(left(root), [&unharmed[..], &kept].concat());
        assert!(linked.join(SUMMARY).exists());
        keep(&last, "mine", 1);
        assert_eq!(
            left(root),
            [&unharmed[..], &["run-5", "with-notes"]].concat()
        );
        keep(&last, "mine", 9);
        assert_eq!(left(root).len(), 7);
    }
}
