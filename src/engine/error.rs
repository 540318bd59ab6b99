//! Why the engine could not run.

/// Why the engine could not run; fits after "could not drive the load:".
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The operating system could not create a thread, a runtime or a timer.
    #[error("could not create a {what}: {cause}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it said.
        cause: std::io::Error,
    },
    /// A worker panicked; what the others recorded is kept.
    #[error("an I/O worker panicked")]
    Panicked,
    /// The engine of closed loads refused.
    #[error("goose refused: {0}")]
    Goose(String),
}

impl EngineError {
    /// Says which part of the operating system failed, for `map_err`.
    pub(super) fn system(what: &'static str) -> impl Fn(std::io::Error) -> Self + Copy {
        move |cause| Self::System { what, cause }
    }
}
