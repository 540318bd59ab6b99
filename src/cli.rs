//! The command line: the only room that reads a user's files and the environment, and dates a run
//! by the wall clock.

#[cfg(feature = "fleet")]
pub mod agent;
#[cfg(feature = "fleet")]
pub mod agents;
pub mod check;
pub mod compare;
pub mod completions;
pub mod doctor;
pub mod duel;
pub mod exit;
mod failpoint;
pub mod history;
pub mod import;
pub mod init;
mod json_fault;
pub mod key_folder;
pub mod keys;
pub mod man;
pub mod merge;
pub mod probe;
pub mod report;
pub mod run;
pub mod scenario_file;
pub mod schema;
pub mod search;
pub mod sign;
mod span;
pub mod stdio;
pub mod target;
pub mod token;

mod archive;
mod args;
#[cfg(feature = "fleet")]
mod broker;
mod callouts;
mod choice;
mod commit;
mod dumps;
mod file_size;
mod files;
#[cfg(feature = "fleet")]
mod fleet;
mod guard;
mod interrupt;
mod listed;
mod listen;
mod number;
mod overrides;
mod panics;
mod recording;
mod run_sets;
mod search_reports;
mod search_sets;
mod secret_file;
mod secrets;
mod usage;
mod wall;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};

/// Runs the command named by the process's arguments.
pub fn main() -> ExitCode {
    panics::install();
    file_size::limit_is_an_error();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error),
    };
    if cli.command.holds_keys() {
        dumps::turn_off();
    }
    // The panic hook has reported the panic; nothing that it left half done is used again.
    let outcome = catch_unwind(AssertUnwindSafe(|| call(&cli.command)));
    let Ok(outcome) = outcome else {
        return exit::Code::Internal.into();
    };
    // The terminal must show the messages that follow.
    run::screen::give_back();
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => {
            let told = failure.to_string();
            stdio::note(&told);
            stdio::annotate(|| [crate::report::failure_annotation(&told)]);
            failure.code().into()
        }
    }
}

fn call(command: &Command) -> exit::CommandResult {
    failpoint::asked().reach("command");
    match command {
        Command::Run(args) => run::run(args),
        Command::Search(args) => search::run(args),
        Command::Check(args) => check::run(args),
        Command::Probe(args) => probe::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Token(args) => token::run(args),
        Command::Sign(args) => sign::run(args),
        Command::Init(args) => init::run(args),
        Command::Import(args) => import::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Target(args) => target::run(args),
        Command::Report(args) => report::run(args),
        Command::Merge(args) => merge::run(args),
        #[cfg(feature = "fleet")]
        Command::Agent(args) => agent::run(args),
        #[cfg(feature = "fleet")]
        Command::Agents(args) => agents::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Duel(args) => duel::run(args),
        Command::History(args) => history::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}
