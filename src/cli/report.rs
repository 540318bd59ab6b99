//! `report`: renders every report again from a run folder.

use std::path::PathBuf;

use super::exit::{Code, Failure, Outcome};
use super::run::folder::{self, SUMMARY};
use super::{files, stdio};
use crate::report;
use crate::summary::{RunState, SCHEMA, Summary};

/// More than a summary of a day has.
const SUMMARY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folder, or its summary.json
    run: PathBuf,
    /// Print the summary as JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Renders every report again and prints the summary.
pub fn run(args: &Args) -> Outcome {
    let (folder, file) = if args.run.is_dir() {
        (args.run.clone(), args.run.join(SUMMARY))
    } else {
        let parent = args.run.parent().map_or_else(PathBuf::new, PathBuf::from);
        (parent, args.run.clone())
    };
    let bytes = files::read(&file, SUMMARY_BYTES_MAX).map_err(|error| {
        Failure::environment(error).hint("name a run folder, which holds a summary.json")
    })?;
    let summary: Summary = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::environment(
            anyhow::Error::new(error).context(format!("{} is no summary", file.display())),
        )
    })?;
    if summary.schema != SCHEMA {
        return Err(Failure::environment(anyhow::anyhow!(
            "{} is a {:?}, and this version reads {SCHEMA:?}",
            file.display(),
            summary.schema
        )));
    }
    // What it was made from stays as it is.
    let written = folder::render_again(&folder, &summary);
    if args.json {
        let json = folder::render(&report::REPORTS[0], &summary)?;
        stdio::print(&String::from_utf8_lossy(&json))?;
    } else {
        stdio::print(&report::console(&summary))?;
    }
    if summary.run.state == RunState::Running {
        stdio::note(
            "this run goes on or was cut off; its figures end with the last second it wrote",
        );
    }
    written?;
    stdio::note(&format!("reports in {}", folder.display()));
    Ok(Code::Passed)
}
