//! The messages of the command-line parser: help, the version, or errors.

use std::process::ExitCode;

use super::exit::Code;
use super::stdio;
use crate::secret::without_tokens;

/// Prints the message without tokens from the command line.
pub(super) fn tell(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string() + lacking(error);
    let shown = without_value(&text);
    let shown = without_tokens(&shown, |bytes| format!("<token of {bytes} bytes>"));
    if shown == error.render().to_string() {
        error.exit();
    }
    stdio::note(shown.trim_end());
    Code::Usage.into()
}

/// What to do about a word that only a build with all features knows.
fn lacking(error: &clap::Error) -> &'static str {
    use clap::error::{ContextKind, ContextValue};
    const OF_FLEET: [&str; 5] = ["agent", "agents", "--agents", "--nats", "--nats-creds"];
    let given = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg];
    let given = given.into_iter().filter_map(|kind| error.get(kind));
    let mut words = given.filter_map(|value| match value {
        ContextValue::String(word) => word.split(['=', ' ']).next(),
        _ => None,
    });
    if cfg!(feature = "fleet") || !words.any(|word| OF_FLEET.contains(&word)) {
        return "";
    }
    "\nhint: this build lacks the feature `fleet`, which has agents; build it with all features: cargo build \
     --release --features full; releases have them (docs/INSTALL.md)\n"
}

/// An error about `--set` or `--otlp` without the value, which may be a secret.
fn without_value(text: &str) -> String {
    let parts = || {
        let (before, rest) = text.split_once("invalid value '")?;
        let (given, after) = rest.split_once("' for '--")?;
        let shown = match after.split([' ', '\'']).next()? {
            "otlp" => "",
            flag if flag.ends_with("set") => given.split_once([':', '=', ' '])?.0,
            _ => return None,
        };
        Some(format!("{before}invalid value '{shown}...' for '--{after}"))
    };
    parts().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_to_be_set_is_not_repeated() {
        let told = without_value(
            "error: invalid value 'target.request.headers.X-A:SEKRET' for '--set <PATH=VALUE>': no",
        );
        assert!(
            told.contains("headers.X-A...'") && !told.contains("SEKRET"),
            "{told}"
        );
        let told = without_value("error: invalid value 'http://u:SEKRET@h' for '--otlp <URL>': no");
        assert_eq!(told, "error: invalid value '...' for '--otlp <URL>': no");
        let other = "error: invalid value 'x:y' for '--wait-for <SPAN>': no";
        assert_eq!(without_value(other), other);
    }
}
