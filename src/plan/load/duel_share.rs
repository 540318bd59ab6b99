//! What one side of a duel sends of arrivals that both sides share.

use std::fmt;

use crate::units::{Nanos, float};

/// The share of one side: its arrivals and those of the other side are the load, or, in
/// slots, the load without its pauses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DuelShare {
    /// Whose share it is.
    pub side: ShareSide,
    /// How the arrivals are parted.
    pub split: SplitMethod,
}

/// One of the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShareSide {
    /// Which it is of the two that a lot decides between.
    First,
    /// The other one.
    Second,
}

/// How arrivals are parted between two sides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SplitMethod {
    /// Of each two arrivals one side gets one, by lot.
    PerArrival,
    /// Of each two slots of time one side gets one, by lot.
    TimeSlots(TimeSlots),
}

/// Slots of time that belong to one side each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeSlots {
    /// When the first one begins, since the start of the load: past the warm-up, whose
    /// arrivals are parted one by one.
    pub from: Nanos,
    /// How long one lasts.
    pub slot: Nanos,
    /// How much of its end is a pause, in which nothing is sent and what is under way comes
    /// back; shorter than the slot.
    pub pause: Nanos,
}

impl DuelShare {
    /// The part of the load's highest rate that its own highest rate is.
    pub(super) const fn of_peak(self) -> f64 {
        match self.split {
            SplitMethod::PerArrival => 0.5,
            SplitMethod::TimeSlots(_) => 1.0,
        }
    }

    /// The part of the arrivals past the warm-up that it has, of a load that goes on for so
    /// long and whose rate stays.
    pub(super) fn of_mean(self, over: Nanos) -> f64 {
        match self.split {
            SplitMethod::PerArrival => 0.5,
            SplitMethod::TimeSlots(slots) => {
                let sent = (slots.slot - slots.pause).0 * slots.pairs(over);
                float(sent) / float((over - slots.from).0.max(1))
            }
        }
    }
}

impl TimeSlots {
    /// How many pairs of slots there is time for; what is left over belongs to neither side.
    pub fn pairs(self, over: Nanos) -> u64 {
        (over - self.from).0 / (2 * self.slot.0).max(1)
    }

    /// The slot in which an arrival is sent that is due so long after the start of the load:
    /// the number of its pair, and whether it is the later one of it. `None` in a pause.
    pub fn slot_of(self, due: Nanos) -> Option<(u64, bool)> {
        let since = due.0.checked_sub(self.from.0)?;
        let (slot, within) = (since / self.slot.0.max(1), since % self.slot.0.max(1));
        let is_sent = within < (self.slot - self.pause).0;
        is_sent.then_some((slot / 2, !slot.is_multiple_of(2)))
    }
}

impl fmt::Display for DuelShare {
    /// Writes it in words, the same for both sides: `of each two arrivals one by lot`, or
    /// `of each two slots of 4.00 s one by lot`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.split {
            SplitMethod::PerArrival => f.write_str("of each two arrivals one by lot"),
            SplitMethod::TimeSlots(TimeSlots { slot, .. }) => {
                write!(f, "of each two slots of {slot} one by lot")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_begin_past_the_warm_up_and_end_with_a_pause() {
        let slots = TimeSlots {
            from: Nanos::from_secs(1),
            slot: Nanos::from_secs(2),
            pause: Nanos::from_millis(500),
        };
        let at = |millis| slots.slot_of(Nanos::from_millis(millis));
        assert_eq!(at(999), None);
        assert_eq!(at(1_000), Some((0, false)));
        assert_eq!(at(2_499), Some((0, false)));
        assert_eq!(at(2_500), None);
        assert_eq!(at(3_000), Some((0, true)));
        assert_eq!(at(5_000), Some((1, false)));
        assert_eq!(slots.pairs(Nanos::from_secs(12)), 2);
        let share = DuelShare {
            side: ShareSide::First,
            split: SplitMethod::TimeSlots(slots),
        };
        // Of 10 s past the warm-up two pairs fit, each with a slot of 1.5 s for either side.
        assert!((share.of_mean(Nanos::from_secs(11)) - 0.3).abs() < 1e-9);
    }
}
