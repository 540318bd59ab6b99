//! What the user reads: data to stdout, everything else to stderr.
//!
//! A reader that went away (`| head -1`) is success, so a broken pipe is never an error.

use std::io::{ErrorKind, Write};

use super::exit::{Failure, OrFail as _};
use super::secrets;

/// Writes data to stdout; strips styles unless stdout is a terminal that shows them.
pub fn print(text: &str) -> Result<(), Failure> {
    let text = secrets::strike(text);
    let mut stdout = anstream::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.or_fail(|| "could not write to stdout".to_owned()),
    }
}

/// Writes a line for the user to stderr, and ignores errors.
pub fn note(text: &str) {
    let text = secrets::strike(text);
    let mut stderr = anstream::stderr().lock();
    // A closed stderr leaves nowhere to complain to.
    drop(writeln!(stderr, "{text}"));
}

/// Writes annotations if the command runs in a GitHub workflow, which reads them from the output.
pub fn annotate<L: IntoIterator<Item = String>>(lines: impl FnOnce() -> L) {
    if is_github() {
        lines().into_iter().for_each(|line| note(&line));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads this variable"
)]
fn is_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
