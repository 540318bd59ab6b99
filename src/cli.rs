//! The command line: the only room that reads files, the environment and the wall clock.

pub mod exit;
pub mod stdio;

use std::process::ExitCode;

/// Runs the command named by the process's arguments.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
