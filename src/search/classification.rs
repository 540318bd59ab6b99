//! Whether a load holds, by the time of its trials that passed and failed (RFC 9971, load
//! classification).
//!
//! A load needs a certain time of trials, of which a part may fail. Before that time is full, two
//! cases are asked: what if all that is missing passes, and what if all of it fails? Where both
//! have the same answer, the load is classified; otherwise it needs more trials.
//!
//! RFC 9971 also has trials that are shorter than the goal asks, which count for less. Here there
//! are none: a trial is never planned shorter, and one that ended early because its failure was
//! certain counts for the whole span that was planned.

use crate::units::Nanos;

/// What the trials at a load say of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// The load holds, whatever the missing trials would say.
    Lower,
    /// More trials are needed.
    Undecided,
    /// The load does not hold, whatever the missing trials would say.
    Upper,
}

/// How much time of trials judges a load, and how much of it may fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClassRule {
    /// The duration sum of RFC 9971. If trials took longer, their whole time counts.
    pub judged: Nanos,
    /// How much of [`judged`](Self::judged) may fail at a load that holds; their quotient is the
    /// exceed ratio of RFC 9971.
    pub may_fail: Nanos,
}

/// The planned spans of the trials at one load.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct JudgedTime {
    /// Of those that passed.
    pub good: Nanos,
    /// Of those that failed.
    pub bad: Nanos,
}

impl JudgedTime {
    /// Adds a trial.
    pub fn add(&mut self, span: Nanos, passed: bool) {
        if passed {
            self.good += span;
        } else {
            self.bad += span;
        }
    }

    /// Whether no trial was counted.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl ClassRule {
    /// Classifies a load, without rounding.
    pub fn class(self, time: JudgedTime) -> Class {
        let (good, bad) = (u128::from(time.good.0), u128::from(time.bad.0));
        let (judged, may_fail) = (u128::from(self.judged.0), u128::from(self.may_fail.0));
        let whole = judged.max(good + bad);
        // At most the share `may_fail / judged` of the whole; 129 bits are needed by no real span.
        let is_tolerable =
            |failed: u128| failed.saturating_mul(judged) <= whole.saturating_mul(may_fail);
        if !is_tolerable(bad) {
            Class::Upper
        } else if is_tolerable(whole - good) {
            Class::Lower
        } else {
            Class::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: ClassRule = ClassRule {
        judged: Nanos::from_secs(60),
        may_fail: Nanos::from_secs(20),
    };

    fn time(good_s: u64, bad_s: u64) -> JudgedTime {
        JudgedTime {
            good: Nanos::from_secs(good_s),
            bad: Nanos::from_secs(bad_s),
        }
    }

    /// The rule by hand: seconds that passed, seconds that failed, class.
    #[test]
    fn the_rule_is_that_of_rfc_9971() {
        let table = [
            (0, 0, Class::Undecided),
            (20, 0, Class::Undecided),
            (40, 0, Class::Lower),
            (0, 20, Class::Undecided),
            (0, 40, Class::Upper),
            (20, 20, Class::Undecided),
            (40, 20, Class::Lower),
            (20, 40, Class::Upper),
            // Just short of what decides, and just past it.
            (39, 0, Class::Undecided),
            (0, 21, Class::Upper),
            // Longer trials than the rule asks count with their whole time.
            (81, 0, Class::Lower),
            (40, 120, Class::Upper),
            (80, 40, Class::Lower),
            (79, 40, Class::Upper),
        ];
        for (good, bad, class) in table {
            assert_eq!(RULE.class(time(good, bad)), class, "{good} s / {bad} s");
        }
    }

    #[test]
    fn a_rule_without_tolerance_needs_all_of_its_time() {
        let strict = ClassRule {
            may_fail: Nanos::ZERO,
            ..RULE
        };
        assert_eq!(strict.class(time(59, 0)), Class::Undecided);
        assert_eq!(strict.class(time(60, 0)), Class::Lower);
        assert_eq!(strict.class(time(600, 1)), Class::Upper);
    }

    proptest! {
        /// A class is given only if neither the best nor the worst rest of the time changes it.
        #[test]
        fn a_class_is_what_every_rest_agrees_on(good in 0_u64..90, bad in 0_u64..90) {
            let missing = 60_u64.saturating_sub(good + bad);
            let best = RULE.class(time(good + missing, bad));
            let worst = RULE.class(time(good, bad + missing));
            prop_assert_ne!(best, Class::Undecided);
            prop_assert_ne!(worst, Class::Undecided);
            let agreed = if best == worst { best } else { Class::Undecided };
            prop_assert_eq!(RULE.class(time(good, bad)), agreed);
        }
    }
}
