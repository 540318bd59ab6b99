//! How the clocks of the machine went apart while a run went on.
//!
//! The run's own clock is the monotonic one, which neither a step of the wall clock nor a suspend
//! moves. Both are seen by the others: the wall clock steps, and the clock since boot goes on
//! while the machine sleeps.

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// One reading of all three clocks, taken at about one instant.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Clocks {
    /// Since the Unix epoch.
    pub wall: Nanos,
    /// Without the time in which the machine slept.
    pub monotonic: Nanos,
    /// With that time.
    pub boot: Nanos,
}

/// How far they went apart since the first reading.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Drift {
    /// The farthest that the wall clock was ahead of where it should have been.
    pub ahead: Nanos,
    /// The farthest that it was behind.
    pub behind: Nanos,
    /// How long the machine slept.
    pub slept: Nanos,
}

impl Drift {
    /// Adds one more reading.
    #[must_use]
    pub fn seen(self, since: Clocks, now: Clocks) -> Self {
        let elapsed = now.boot - since.boot;
        let wall = since.wall + elapsed;
        Self {
            ahead: self.ahead.max(now.wall - wall),
            behind: self.behind.max(wall - now.wall),
            slept: self.slept.max(elapsed - (now.monotonic - since.monotonic)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Clocks = Clocks {
        wall: Nanos::from_secs(1_700_000_000),
        monotonic: Nanos::from_secs(50),
        boot: Nanos::from_secs(80),
    };

    /// A reading that many seconds later, by each of the clocks.
    fn later(wall: u64, monotonic: u64, boot: u64) -> Clocks {
        Clocks {
            wall: BEGAN.wall + Nanos::from_secs(wall),
            monotonic: BEGAN.monotonic + Nanos::from_secs(monotonic),
            boot: BEGAN.boot + Nanos::from_secs(boot),
        }
    }

    fn drift(readings: &[Clocks]) -> Drift {
        let none = Drift::default();
        readings
            .iter()
            .fold(none, |drift, now| drift.seen(BEGAN, *now))
    }

    #[test]
    fn clocks_that_go_alike_have_no_drift() {
        assert_eq!(drift(&[later(1, 1, 1), later(9, 9, 9)]), Drift::default());
    }

    #[test]
    fn a_step_of_the_wall_clock_is_told_also_if_it_is_taken_back() {
        let there_and_back = drift(&[later(1, 1, 1), later(62, 2, 2), later(3, 3, 3)]);
        assert_eq!(there_and_back.ahead, Nanos::from_secs(60));
        assert_eq!(there_and_back.behind, Nanos::ZERO);
        assert_eq!(there_and_back.slept, Nanos::ZERO);
        let back = drift(&[later(0, 30, 30)]);
        assert_eq!(back.behind, Nanos::from_secs(30));
        assert_eq!(back.ahead, Nanos::ZERO);
    }

    #[test]
    fn a_suspend_is_no_step_of_the_wall_clock() {
        let slept = drift(&[later(1, 1, 1), later(602, 2, 602)]);
        assert_eq!(slept.slept, Nanos::from_secs(600));
        assert_eq!((slept.ahead, slept.behind), (Nanos::ZERO, Nanos::ZERO));
    }
}
