//! `completions`: the completion script of a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{Code, CommandResult, Failure};
use super::stdio;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "leadbench", &mut script);
    let script = String::from_utf8(script).map_err(Failure::internal)?;
    stdio::print(&script)?;
    Ok(Code::Passed)
}
