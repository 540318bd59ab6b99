//! Salesforce's own files to ours: credentials in metadata XML to a scenario, an Event Monitoring
//! export to a trace.
//!
//! Text comes in and text goes out; no file is touched here. What a file does not say is left out
//! of the scenario, which then says what it lacks. What cannot be followed, a formula of the
//! running user for one, stands in the scenario as the formula that it is: reading it as a
//! scenario refuses that line, so that no formula is ever sent as a text.

mod callouts;
mod claims;
mod endpoint;
mod external;
mod formula;
mod headers;
mod named;
mod parameters;
mod scenario_text;
mod times;
mod toml_text;
mod value;
mod xml;

pub use callouts::{Callouts, CalloutsError, apex_callouts};
pub use endpoint::Endpoint;
pub use external::{ExternalOptions, external_credential};
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
    /// What to try.
    pub hint: Option<String>,
}

impl MetadataError {
    /// Adds what to try.
    #[must_use]
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A scenario, and what the reader should know of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// The scenario's text.
    pub scenario: String,
    /// What the file says that the scenario cannot.
    pub notes: Vec<Note>,
    /// The same for the file of its Named Credential, if that was given.
    pub endpoint_notes: Vec<Note>,
}

/// What the reader should know, with the place in the file that it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// A sentence without control characters.
    pub text: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.text)
    }
}
