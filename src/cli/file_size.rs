//! A limit on the size of files (`ulimit -f`) is an error, as a full disk is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use signal_hook::flag;

/// Makes a write beyond the limit fail with `EFBIG` (setrlimit(2)). Otherwise the system would end
/// the process without a message, and leave files half written.
///
/// If the signal cannot be caught, it ends the process as before, so errors are ignored.
pub(super) fn limit_is_an_error() {
    let seen = Arc::new(AtomicBool::new(false));
    flag::register(SIGXFSZ, seen).map(drop).unwrap_or_default();
}
