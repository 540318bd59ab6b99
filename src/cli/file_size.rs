//! A limit on the size of files (`ulimit -f`) is an error, as a full disk is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use signal_hook::flag;

/// Has a write beyond the limit fail (`EFBIG`, setrlimit(2)), where else the system would end the
/// process without a word, with files half written.
///
/// A signal that cannot be caught ends it as before, so failing is no failure.
pub(super) fn limit_is_an_error() {
    let seen = Arc::new(AtomicBool::new(false));
    flag::register(SIGXFSZ, seen).map(drop).unwrap_or_default();
}
