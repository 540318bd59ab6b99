//! Salesforce's own files to ours: credentials in metadata XML to a scenario, an Event Monitoring
//! export to a trace.
//!
//! Text comes in and text goes out; no file is touched here. What a file does not say is left out
//! of the scenario, which then says what it lacks.

mod callouts;
mod external;
mod named;
mod scenario_text;
mod xml;

pub use callouts::{Callouts, CalloutsError, apex_callouts};
pub use external::external_credential;
pub use named::named_credential;

/// Why a file of metadata cannot be used, with the place: lines and columns count from 1.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{line}:{column}: {problem}")]
pub struct MetadataError {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// What is wrong.
    pub problem: String,
}

/// A scenario, and what the reader should know of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// The scenario's text.
    pub scenario: String,
    /// What the file says that the scenario cannot.
    pub notes: Vec<String>,
}
