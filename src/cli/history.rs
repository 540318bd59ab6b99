//! `history`: the trend of past runs, and a page over all of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::exit::{Code, CommandResult, Failure};
use super::{files, run_sets, search_sets, stdio};
use crate::report::{self, HISTORY_REPORTS};
use crate::summary::{RunState, SearchSummary, Summary};
use crate::{history, units::count};

/// Runs read at most: the newest. Years of nightly runs are fewer.
const RUNS_MAX: usize = 5_000;

/// The page of a search, in its folder.
const SEARCH_PAGE: &str = "search.html";

/// The page of a run, in its folder.
const PAGE: &str = "report.html";

/// Arguments of `history`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder that contains the runs
    #[arg(value_name = "DIR", default_value = "reports")]
    folder: PathBuf,
    /// Where to write history.csv and index.html [default: the folder itself]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Reads every run, prints the trend of their figures, and writes the table and the page.
pub fn run(args: &Args) -> CommandResult {
    let out = args.out.as_ref().unwrap_or(&args.folder);
    let mut unread = Vec::new();
    let searches = searches(args, out, &mut unread);
    let mut places = match run_sets::below(&args.folder) {
        Ok(places) => places,
        Err(_) if !searches.is_empty() => Vec::new(),
        Err(failure) => return Err(failure),
    };
    if let Some(more @ 1..) = places.len().checked_sub(RUNS_MAX) {
        // Folders are named by their time.
        places.sort_by_key(|place| place.file_name().map(std::ffi::OsStr::to_owned));
        places.drain(..more);
        unread.push(format!("the {} oldest runs are left out", count(more)));
    }
    let mut found = Vec::new();
    for place in &places {
        match Archive::read(place) {
            // Its figures are those of a part of the load; the merged run has all of them.
            Ok(archive) if archive.summary.run.shard.is_some() => {}
            Ok(archive) => found.push(ArchivedRun {
                place,
                summary: slim(archive.summary),
                page: page_of(place, out),
            }),
            Err(failure) => unread.push(failure.line()),
        }
    }
    let (found, copies) = each_once(found);
    unread.extend(copies);
    let runs = found
        .into_iter()
        .map(|run| (run.summary, run.page))
        .collect();
    let history = history::history(runs, searches, unread);
    files::ensure_folder(out)?;
    for report in HISTORY_REPORTS {
        let bytes = (report.render)(&history).map_err(Failure::internal)?;
        files::replace(&out.join(report.file), &bytes)?;
    }
    stdio::print(&report::history_console(&history))?;
    for one in &history.unread {
        stdio::note(&format!("note: {one}"));
    }
    stdio::note(&format!(
        "history.csv and index.html in {}",
        files::shown(out)
    ));
    Ok(Code::Passed)
}

/// The searches in the folder, each with its page.
fn searches(
    args: &Args,
    out: &Path,
    unread: &mut Vec<String>,
) -> Vec<(SearchSummary, Option<String>)> {
    let places = search_sets::places(&args.folder.to_string_lossy());
    let mut known = HashSet::new();
    let read = places
        .iter()
        .filter_map(|place| match search_sets::read(place) {
            // A copy is the same search.
            Ok(search) if !known.insert(search.run.id.clone()) => None,
            Ok(search) => Some((search, page_of(&place.join(SEARCH_PAGE), out))),
            Err(failure) => {
                unread.push(failure.line());
                None
            }
        });
    read.collect()
}

/// A run, and where it was found.
struct ArchivedRun<'p> {
    place: &'p Path,
    summary: Summary,
    page: Option<String>,
}

impl ArchivedRun<'_> {
    /// Which of two copies is kept: first one that ended, then one with a page.
    fn worth(&self) -> (bool, bool) {
        let has_ended = self.summary.run.state != RunState::Running;
        (has_ended, self.page.is_some())
    }
}

/// The runs without copies, which have the same run id, and a note about the copies.
fn each_once(found: Vec<ArchivedRun<'_>>) -> (Vec<ArchivedRun<'_>>, Option<String>) {
    let mut kept: Vec<ArchivedRun<'_>> = Vec::with_capacity(found.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut copies, mut first) = (0, None);
    for run in found {
        let Some(&at) = places.get(&run.summary.run.id) else {
            places.insert(run.summary.run.id.clone(), kept.len());
            kept.push(run);
            continue;
        };
        let left = if run.worth() > kept[at].worth() {
            std::mem::replace(&mut kept[at], run)
        } else {
            run
        };
        copies += 1;
        first.get_or_insert_with(|| {
            format!("{} ({})", files::shown(left.place), left.summary.run.id)
        });
    }
    let note = first.map(|first| match copies {
        1 => format!("{first} is a copy of another run, and is counted once"),
        _ => format!("{copies} are copies of other runs, such as {first}; each is counted once"),
    });
    (kept, note)
}

/// Drops what a trend does not need, because thousands of runs would fill the memory.
fn slim(mut summary: Summary) -> Summary {
    summary.windows = Vec::new();
    summary.spectrum.clear();
    summary.heatmap = None;
    summary.slowest = Vec::new();
    summary.failures = Vec::new();
    summary
}

/// The path from the index to the page of a run, if the page is below it.
fn page_of(place: &Path, out: &Path) -> Option<String> {
    let page = if place.is_dir() {
        place.join(PAGE)
    } else {
        place.to_owned()
    };
    let below = page.strip_prefix(out).ok().filter(|_| page.is_file())?;
    let names = below.iter().map(|name| escaped(&name.to_string_lossy()));
    // It begins with a dot, so that a name cannot look like a scheme.
    Some(names.fold(".".to_owned(), |way, name| way + "/" + &name))
}

/// A name as a segment of a path (RFC 3986, section 3.3).
fn escaped(name: &str) -> String {
    name.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            text + "%" + &crate::units::hex(&[byte]).to_uppercase()
        }
    })
}
