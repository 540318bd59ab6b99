//! Why an interval log cannot be read.

use std::io;

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The operating system says so.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// A line is not what this recorder writes.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// It is of an earlier version, or of another tool.
    #[error(
        "it must begin with a line that holds the summary of the run (#[leadbench.summary: ...]), and it has none"
    )]
    NoHead,
}
