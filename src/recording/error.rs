//! Why a recording cannot be read.

use std::io;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It could not be read, or not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not begin like one.
    #[error("it is not a recording: it does not begin with \"leadbench.recording/v1\"")]
    NotARecording,
    /// Another version wrote it.
    #[error("it is a {0:?}, and this version reads \"leadbench.recording/v1\"")]
    OtherVersion(String),
    /// It ends before its first frame does, so it does not say what was run.
    #[error("it does not say what was run: it ends before its first second")]
    NoHead,
    /// A part of it is not what a run writes.
    #[error("byte {at}: {what}")]
    Damaged {
        /// Where the frame begins; what is before it is whole.
        at: u64,
        /// What is wrong.
        what: String,
    },
}
