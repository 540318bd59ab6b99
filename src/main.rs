//! The `leadbench` command: parses the arguments and leaves the rest to the library.

use std::process::ExitCode;

/// The allocator of a static program.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    leadbench::cli::main()
}
