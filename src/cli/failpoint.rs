//! Where a test wants a panic, by an environment variable; a release build never panics on purpose.

use crate::runner::Failpoint;

/// Where a panic is asked for: `LEADBENCH_TEST_PANIC=PLACE:MESSAGE`.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
pub(super) fn asked() -> Failpoint {
    let asked = std::env::var("LEADBENCH_TEST_PANIC");
    asked.map_or_else(|_| Failpoint::default(), |asked| Failpoint::parse(&asked))
}

/// Nowhere.
#[cfg(not(debug_assertions))]
pub(super) fn asked() -> Failpoint {
    Failpoint::default()
}
