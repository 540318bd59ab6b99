//! Places that panic on purpose, for tests alone: a release build has none.

/// Panics if this build is for tests and the environment asks for a panic here; with the message
/// that it gives.
#[cfg(debug_assertions)]
#[expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "cli reads the environment, and a panic is what is asked for"
)]
pub(super) fn reach(place: &str) {
    let asked = std::env::var("LEADBENCH_TEST_PANIC");
    if let Some((at, message)) = asked
        .as_deref()
        .ok()
        .and_then(|asked| asked.split_once(':'))
        && at == place
    {
        panic!("{message}");
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(super) const fn reach(_: &str) {}
