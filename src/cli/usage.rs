//! What the parser of the command line has to say: help, the version, or what is wrong.

use std::process::ExitCode;

use super::exit::Code;
use super::stdio;
use crate::secret::without_tokens;

/// Says it, without a token that was given as a word: a terminal's history is one place too
/// many already.
pub(super) fn tell(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let shown = without_tokens(&text, |bytes| format!("<token of {bytes} bytes>"));
    if shown == text {
        error.exit();
    }
    stdio::note(shown.trim_end());
    Code::Usage.into()
}
