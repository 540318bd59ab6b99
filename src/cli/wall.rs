//! The wall clock, read in this one place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// The time since the Unix epoch; zero on a machine whose clock is before it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the wall clock is read"
)]
pub(super) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// A moment since the Unix epoch as a date, in UTC.
pub(super) fn date(since_epoch: Duration) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + since_epoch
}
