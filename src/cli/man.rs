//! `man`: the manual pages, from the same definition as the command line.

use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::args::Cli;
use super::exit::{Code, CommandResult, Failure};
use super::{files, stdio, wall};
use crate::clock::date;

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a page for each command into this folder; without it, the page of leadbench goes to stdout
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Writes the pages as roff, which `man -l` shows.
pub fn run(args: &Args) -> CommandResult {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.out else {
        let page = rendered(command)?;
        stdio::print(&String::from_utf8_lossy(&page))?;
        return Ok(Code::Passed);
    };
    files::ensure_folder(folder)?;
    for command in all(&command) {
        let name = format!("{}.1", command.get_name());
        let page = rendered(command)?;
        let path = folder.join(name);
        files::replace(&path, &page)?;
    }
    Ok(Code::Passed)
}

/// The command and all below it that users see, each by its whole name with hyphens.
fn all(command: &clap::Command) -> Vec<clap::Command> {
    // clap gives this name to the commands below only.
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let name = name.replace(' ', "-");
    let below = command.get_subcommands();
    let below = below.filter(|one| !one.is_hide_set() && one.get_name() != "help");
    let below = below.flat_map(all);
    let own = command.clone().name(name);
    std::iter::once(own).chain(below).collect()
}

fn rendered(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command)
        .date(date(wall::build_date()).date().to_string())
        .source(concat!("leadbench ", env!("CARGO_PKG_VERSION")))
        .manual("leadbench")
        .render(&mut page)
        .map_err(Failure::internal)?;
    Ok(page)
}
