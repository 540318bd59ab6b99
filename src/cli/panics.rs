//! The report of a panic: its place, and its message unless that may contain a secret.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{PanicHookInfo, set_hook};
use std::thread;

use super::run::screen;
use super::stdio;

/// Text that marks a token, a key, or a header or form with a token. A message with any of these is
/// left out as a whole, because it does not show where the secret ends.
const MARKS: [&str; 6] = [
    "eyJ",
    "-----BEGIN",
    "Bearer",
    "Basic ",
    "assertion",
    "access_token",
];

/// The longest message that is shown, in characters.
const SHOWN_MAX: usize = 500;

/// Reports every panic in leadbench's own words, on any thread.
pub(super) fn install() {
    set_hook(Box::new(|panic| {
        screen::give_back();
        stdio::note(&told(panic));
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    let current = thread::current();
    let mut told = format!(
        "internal error: thread '{}' panicked at {}: {}\nthis is a bug of leadbench; it keeps \
         what it has measured, if it can",
        current.name().unwrap_or("unnamed"),
        place.as_deref().unwrap_or("an unknown place"),
        message(panic.payload()),
    );
    // Captured if RUST_BACKTRACE is set; it contains names of functions, but no values.
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        told = format!("{told}\n{trace}");
    }
    told
}

fn message(payload: &dyn Any) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let Some(text) = text else {
        return "(no message)".to_owned();
    };
    if MARKS.iter().any(|mark| text.contains(mark)) {
        return "(its message is left out, because it may contain a secret)".to_owned();
    }
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_may_hold_a_secret_is_left_out() {
        for secret in [
            "header eyJhbGciOiJSUzI1NiJ9",
            "called unwrap on eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl",
            "bad key: -----BEGIN PRIVATE KEY-----\nMII",
            "Authorization: Bearer 00Dxx!opaque",
            "form: assertion=x",
            "{\"access_token\":\"opaque\"}",
        ] {
            let shown = message(&secret.to_owned());
            assert!(shown.starts_with("(its message is left out"), "{shown}");
        }
    }

    #[test]
    fn any_other_message_is_shown_and_is_not_endless() {
        assert_eq!(message(&"index out of bounds"), "index out of bounds");
        assert_eq!(message(&"x".repeat(10_000)).len(), SHOWN_MAX);
        assert_eq!(message(&7), "(no message)");
    }
}
