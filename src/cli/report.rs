//! `report`: renders every report again from what was kept of a run.

use std::path::PathBuf;

use super::archive::Archive;
use super::exit::{Code, CommandResult};
use super::run::{event_file, folder};
use super::{files, search_reports, search_sets, stdio};
use crate::summary::RunState;
use crate::units::Nanos;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folder, its summary.json, a report.html, or a recording.lbr; or the folder of a search
    run: PathBuf,
    /// Where to write the reports [default: the run folder; for a single page, nowhere]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the summary as JSON instead of text
    #[arg(long)]
    json: bool,
    /// Print all figures: phases, measurement, signing, connections
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
}

/// Renders every report again and prints the summary.
pub fn run(args: &Args) -> CommandResult {
    if search_sets::is_search(&args.run) {
        return search(args);
    }
    let Archive {
        summary,
        folder,
        is_recovered,
    } = Archive::read(&args.run)?;
    let written = match (&args.out, folder) {
        (Some(out), _) => {
            files::ensure_folder(out)?;
            let out = folder::hold(out)?;
            folder::write_reports(&out, &summary).map(|()| Some(out))
        }
        (None, Some(path)) => {
            let folder = folder::hold(&path)?;
            let rendered = if is_recovered {
                folder::write_reports(&folder, &summary)
            } else {
                // What it was made from stays as it is.
                folder::render_again(&folder, &summary)
            };
            event_file::complete(&folder, &summary);
            rendered.map(|()| Some(folder))
        }
        (None, None) => Ok(None),
    };
    folder::print(&summary, args.json, args.verbose)?;
    if summary.run.state == RunState::Running {
        let end = Nanos(summary.run.duration_ns).as_secs();
        stdio::note(&format!(
            "this run is still running or was cut off; these figures end after {end} s"
        ));
    }
    if let Some(folder) = written? {
        stdio::note(&format!("reports in {}", files::shown(folder.path())));
    }
    Ok(Code::Passed)
}

/// Renders every report of a search again and prints it.
fn search(args: &Args) -> CommandResult {
    let search = search_sets::read(&args.run)?;
    let folder = match &args.out {
        Some(out) => {
            files::ensure_folder(out)?;
            Some(folder::hold(out)?)
        }
        None if args.run.is_dir() => Some(folder::hold(&args.run)?),
        None => None,
    };
    let written = folder
        .as_ref()
        .map(|folder| search_reports::write(folder, &search));
    search_reports::print(&search, args.json)?;
    if search.run.state == RunState::Running {
        stdio::note("this search is still running or was cut off; it has the trials until then");
    }
    written.transpose()?;
    if let Some(folder) = folder {
        stdio::note(&format!("reports in {}", files::shown(folder.path())));
    }
    Ok(Code::Passed)
}
