//! The run's own clock: nanoseconds since its start, and the wall clock pinned to it.
//!
//! All arithmetic is on the monotonic clock. The wall clock is read once, when the clock is made, so
//! a step of the wall clock during the run changes no figure. Two rooms read the wall clock again
//! and change nothing here: `machine` notices steps of it, and `client` places the kernel's stamps.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::units::{Nanos, Skew};

/// A moment since the Unix epoch as a date, in UTC.
pub fn date(since_epoch: Duration) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + since_epoch
}

/// Measures the time since the start of the run; a copy shows the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    unix_at_start: Duration,
}

impl Clock {
    /// A clock whose zero is `start`, which was `unix_at_start` after the Unix epoch.
    pub const fn new(start: Instant, unix_at_start: Duration) -> Self {
        Self {
            start,
            unix_at_start,
        }
    }

    /// The same clock with a wall clock that is wrong by this much.
    #[must_use]
    pub fn skewed(self, skew: Skew) -> Self {
        let unix_at_start = skew.of(self.unix_at_start.into()).as_duration();
        Self {
            unix_at_start,
            ..self
        }
    }

    /// The time since the start of the run; zero before it.
    pub fn now(&self) -> Nanos {
        Nanos::from(Instant::now().saturating_duration_since(self.start))
    }

    /// A point on the run's clock; zero before its start.
    pub fn at(&self, instant: Instant) -> Nanos {
        Nanos::from(instant.saturating_duration_since(self.start))
    }

    /// The time left until `at`; zero when it has passed.
    pub fn until(&self, at: Nanos) -> Duration {
        self.instant(at).saturating_duration_since(Instant::now())
    }

    /// The instant of a point on the run's clock.
    pub fn instant(&self, at: Nanos) -> Instant {
        self.start + at.as_duration()
    }

    /// The wall clock at a point on the run's clock: the time since the Unix epoch.
    pub fn unix(&self, at: Nanos) -> Nanos {
        Nanos::from(self.unix_at_start) + at
    }

    /// The wall clock at a point on the run's clock, in whole seconds since the Unix
    /// epoch, as `iat` counts them (RFC 7519, section 2, `NumericDate`).
    pub fn unix_seconds(&self, at: Nanos) -> u64 {
        (self.unix_at_start + at.as_duration()).as_secs()
    }
}
