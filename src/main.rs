//! The `leadbench` command: parses the arguments and leaves the rest to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    leadbench::cli::main()
}
