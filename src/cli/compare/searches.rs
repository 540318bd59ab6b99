//! `compare` of two sides' searches: does the candidate hold less?

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::Args;
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::{files, search_sets, stdio};
use crate::compare;
use crate::report::{search_comparison_console, search_comparison_json};
use crate::summary::{Finding, SearchComparison, SearchSummary};

/// The name of a comparison of searches in the folder of `--out`.
const FILE: &str = "search-comparison.json";

/// The change of capacity that matters, if none is given: about the width of a bracket on either side.
const MARGIN: f64 = 0.10;

/// The searches of both sides, if both words name searches.
///
/// # Errors
///
/// One of them names a search and the other does not, or a search cannot be read.
pub(super) fn read(
    baseline: &str,
    candidate: &str,
) -> Result<Option<[Vec<SearchSummary>; 2]>, Failure> {
    let [before, after] = [baseline, candidate].map(search_sets::places);
    if before.is_empty() || after.is_empty() {
        // A folder may contain both searches and runs; one that is named itself is meant.
        let words = [baseline, candidate];
        let named = words.map(|word| search_sets::is_search(Path::new(word)));
        return match named {
            [false, false] => Ok(None),
            _ => Err(
                Failure::environment(anyhow!("one side is a search, and the other is not"))
                    .hint("compare searches with searches, and runs with runs"),
            ),
        };
    }
    let read = |places: &[PathBuf]| -> Result<Vec<SearchSummary>, Failure> {
        places
            .iter()
            .map(|place| search_sets::read(place))
            .collect()
    };
    Ok(Some([read(&before)?, read(&after)?]))
}

/// Compares them, prints the comparison, and exits by its verdict.
pub(super) fn compare(searches: &[Vec<SearchSummary>; 2], args: &Args) -> CommandResult {
    let [before, after] = searches;
    let shared = before
        .iter()
        .find(|one| after.iter().any(|other| other.run.id == one.run.id));
    if let Some(shared) = shared {
        let both = anyhow!("the search of {} is on both sides", shared.run.started_at);
        return Err(Failure::environment(both).hint("name other searches for one of the sides"));
    }
    let comparison = compare::compare_searches(before, after, MARGIN).map_err(|error| {
        Failure::environment(anyhow!("could not compare the searches: {error}"))
            .hint("compare searches of one scenario that found a load that holds")
    })?;
    let json = search_comparison_json(&comparison).map_err(Failure::internal)?;
    if args.output.json {
        stdio::print(&String::from_utf8_lossy(&json))?;
    } else {
        stdio::print(&search_comparison_console(&comparison))?;
    }
    if let Some(out) = &args.output.out {
        files::ensure_folder(out)?;
        files::replace(&out.join(FILE), &json)?;
        stdio::note(&format!("{FILE} in {}", files::shown(out)));
    }
    Ok(code(&comparison, args.judging.require_decision))
}

/// The exit code: advice does not stop a build.
const fn code(comparison: &SearchComparison, require_decision: bool) -> Code {
    match (comparison.finding, comparison.advisory) {
        (Finding::Regression, false) => Code::Regression,
        (_, true) | (Finding::TooNoisy, _) if require_decision => Code::Undecided,
        _ => Code::Passed,
    }
}
