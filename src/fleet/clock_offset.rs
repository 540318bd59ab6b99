//! How far two wall clocks are apart, from pings (Cristian, 1989).

use crate::units::Nanos;

/// One question for the time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ping {
    /// When it was asked, by the asker's wall clock.
    pub asked: Nanos,
    /// What the other clock said.
    pub told: Nanos,
    /// When the answer came, by the asker's wall clock.
    pub heard: Nanos,
}

/// How far the asker's clock is ahead of the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClockOffset {
    /// In nanoseconds; negative if it is behind.
    pub ahead_ns: i64,
    /// By how much that may be wrong: half of the round trip.
    pub error: Nanos,
}

impl ClockOffset {
    /// By the ping with the shortest round trip; `None` without any.
    pub fn of(pings: &[Ping]) -> Option<Self> {
        let round_trip = |ping: &Ping| ping.heard - ping.asked;
        let best = pings.iter().min_by_key(|ping| round_trip(ping))?;
        let error = Nanos(round_trip(best).0 / 2);
        let middle = best.asked + error;
        let ahead = i128::from(middle.0) - i128::from(best.told.0);
        Some(Self {
            ahead_ns: i64::try_from(ahead).unwrap_or(if ahead < 0 { i64::MIN } else { i64::MAX }),
            error,
        })
    }

    /// The same instant by the asker's clock.
    pub fn to_own(self, other: Nanos) -> Nanos {
        let own = i128::from(other.0) + i128::from(self.ahead_ns);
        Nanos(u64::try_from(own.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Whatever way the network is slower in, the truth lies within the error.
        #[test]
        fn the_truth_is_within_the_error(
            offset in -3_000_000_000_i64..3_000_000_000,
            trips in prop::collection::vec((0_u64..50_000_000, 0_u64..50_000_000), 1..20),
        ) {
            let mut now = 1_800_000_000_000_000_000_u64;
            let own = |other: u64| Nanos(other.checked_add_signed(offset).unwrap());
            let pings: Vec<_> = trips.iter().map(|(there, back)| {
                let asked = own(now);
                let told = Nanos(now + there);
                now += there + back;
                Ping { asked, told, heard: own(now) }
            }).collect();
            let found = ClockOffset::of(&pings).unwrap();
            prop_assert!(found.ahead_ns.abs_diff(offset) <= found.error.0 + 1);
            let shortest = trips.iter().map(|(there, back)| there + back).min().unwrap();
            prop_assert_eq!(found.error.0, shortest / 2);
        }
    }

    #[test]
    fn an_instant_is_moved_to_the_own_clock() {
        let ahead = |ahead_ns| ClockOffset {
            ahead_ns,
            error: Nanos::ZERO,
        };
        assert_eq!(ahead(300).to_own(Nanos(1_000)), Nanos(1_300));
        assert_eq!(ahead(-300).to_own(Nanos(1_000)), Nanos(700));
        assert_eq!(ahead(-3_000).to_own(Nanos(1_000)), Nanos::ZERO);
    }
}
