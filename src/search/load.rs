//! The load that a trial offers, and the arithmetic of a search over loads.

use std::cmp::Ordering;
use std::fmt;

use crate::units::{float, whole};

/// What a trial offers to the target. A search has loads of one kind only, and compares them by
/// their number.
#[derive(Clone, Copy, Debug)]
pub enum OfferedLoad {
    /// Callouts a second of an open load.
    Rate(f64),
    /// Virtual users of a closed load: whole numbers.
    Users(u64),
}

impl OfferedLoad {
    /// The load as a number: callouts a second, or users.
    pub fn value(self) -> f64 {
        match self {
            Self::Rate(per_second) => per_second,
            Self::Users(users) => float(users),
        }
    }

    /// The load as a command line has it: `113.1/s`, or `40`.
    pub fn argument(self) -> String {
        match self {
            Self::Rate(_) => self.to_string(),
            Self::Users(users) => users.to_string(),
        }
    }

    /// Whether both are rates, or both are numbers of users.
    pub fn is_of_kind(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Rate(_), Self::Rate(_)) | (Self::Users(_), Self::Users(_))
        )
    }

    /// Twice this load, but no more than `max`.
    pub(super) fn doubled(self, max: Self) -> Self {
        let doubled = match self {
            Self::Rate(per_second) => Self::Rate(per_second * 2.0),
            Self::Users(users) => Self::Users(users.saturating_mul(2)),
        };
        doubled.min(max)
    }

    /// How many relative widths lie between this load and a higher one, on a logarithmic scale.
    pub(super) fn widths_to(self, upper: Self, width: f64) -> f64 {
        (upper.value() / self.value()).ln() / width.ln_1p()
    }

    /// Whether no further load needs to be tried between this one and a higher one: they differ by
    /// at most the relative width, or by one user.
    pub(super) fn is_next_to(self, upper: Self, width: f64) -> bool {
        let neighbours = match (self, upper) {
            (Self::Users(lower), Self::Users(upper)) => upper - lower <= 1,
            _ => false,
        };
        neighbours || self.widths_to(upper, width) <= 1.0 + ROUNDING
    }

    /// The load halfway to a higher one on a logarithmic scale, strictly between them if they are not
    /// [next to each other](Self::is_next_to).
    ///
    /// A rate is rounded to a decimal that is finer than a twentieth of the width, so that reports
    /// and the next search show the very rate that was tried.
    pub(super) fn halfway_to(self, upper: Self, width: f64) -> Self {
        let middle = (self.value() * upper.value()).sqrt();
        if let (Self::Users(lower), Self::Users(upper)) = (self, upper) {
            return Self::Users(whole(middle).clamp(lower + 1, upper - 1));
        }
        let grain = (self.value() * width / 20.0).log10().floor();
        let scale = 10_f64.powf(grain.abs());
        Self::Rate(if grain < 0.0 {
            (middle * scale).round() / scale
        } else {
            (middle / scale).round() * scale
        })
    }
}

/// Far below any width, and above what rounding can do to a ratio.
const ROUNDING: f64 = 1e-9;

impl Eq for OfferedLoad {}

impl Ord for OfferedLoad {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value().total_cmp(&other.value())
    }
}

impl PartialEq for OfferedLoad {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl PartialOrd for OfferedLoad {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for OfferedLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(per_second) => write!(f, "{per_second}/s"),
            Self::Users(1) => f.write_str("1 user"),
            Self::Users(users) => write!(f, "{users} users"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn halfway_lies_strictly_between(
            lower in 0.001_f64..1e6,
            factor in 1.0_f64..1000.0,
            width in 0.001_f64..0.5,
        ) {
            let (low, high) = (OfferedLoad::Rate(lower), OfferedLoad::Rate(lower * factor));
            if !low.is_next_to(high, width) {
                let middle = low.halfway_to(high, width);
                prop_assert!(low < middle && middle < high, "{low} {middle} {high}");
                // Halves, to a tenth of a width.
                let parts = (low.widths_to(middle, width), middle.widths_to(high, width));
                prop_assert!((parts.0 - parts.1).abs() < 0.1, "{parts:?}");
            }
        }

        #[test]
        fn users_are_halved_in_whole_numbers(
            lower in 1_u64..5000,
            more in 2_u64..5000,
            width in 0.001_f64..0.5,
        ) {
            let (low, high) = (OfferedLoad::Users(lower), OfferedLoad::Users(lower + more));
            let middle = low.halfway_to(high, width);
            prop_assert!(low < middle && middle < high, "{low} {middle} {high}");
        }
    }

    #[test]
    fn rates_in_the_middle_are_short_decimals() {
        let middle = OfferedLoad::Rate(100.0).halfway_to(OfferedLoad::Rate(200.0), 0.05);
        assert_eq!(middle.to_string(), "141.4/s");
        let middle = OfferedLoad::Rate(4000.0).halfway_to(OfferedLoad::Rate(8000.0), 0.05);
        assert_eq!(middle.to_string(), "5660/s");
    }

    #[test]
    fn doubling_ends_at_the_maximum() {
        let max = OfferedLoad::Users(30);
        assert_eq!(OfferedLoad::Users(8).doubled(max), OfferedLoad::Users(16));
        assert_eq!(OfferedLoad::Users(16).doubled(max), max);
    }

    #[test]
    fn one_user_is_the_least_width() {
        assert!(OfferedLoad::Users(1).is_next_to(OfferedLoad::Users(2), 0.05));
        assert!(!OfferedLoad::Users(10).is_next_to(OfferedLoad::Users(12), 0.05));
        assert!(OfferedLoad::Users(100).is_next_to(OfferedLoad::Users(105), 0.05));
    }
}
