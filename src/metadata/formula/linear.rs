//! Values that go along with the clock: `slope * now + base`, with `now` in seconds since 1970.

use super::date::DAY_S;
use super::ratio::Ratio;

/// A value as it depends on the instant at which a formula is evaluated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Linear {
    pub(super) slope: Ratio,
    pub(super) base: Ratio,
}

impl Linear {
    pub(super) const fn constant(base: Ratio) -> Self {
        Self {
            slope: Ratio::ZERO,
            base,
        }
    }

    /// Now, in days since 1970.
    pub(super) fn now() -> Option<Self> {
        Some(Self {
            slope: Ratio::new(1, DAY_S)?,
            base: Ratio::ZERO,
        })
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            slope: self.slope.plus(other.slope)?,
            base: self.base.plus(other.base)?,
        })
    }

    pub(super) fn times(self, factor: Ratio) -> Option<Self> {
        Some(Self {
            slope: self.slope.times(factor)?,
            base: self.base.times(factor)?,
        })
    }

    pub(super) fn negative(self) -> Option<Self> {
        self.times(Ratio::whole(-1))
    }

    /// Its value, if it does not depend on the clock.
    pub(super) fn as_constant(self) -> Option<Ratio> {
        (self.slope == Ratio::ZERO).then_some(self.base)
    }

    /// Its value made a whole number; `None` where that would not go along with the clock, since
    /// `now` itself is a whole number of seconds and nothing smaller.
    pub(super) fn made_whole(self, how: impl Fn(Ratio) -> Option<i128>) -> Option<Self> {
        self.slope.as_whole()?;
        Some(Self {
            slope: self.slope,
            base: Ratio::whole(how(self.base)?),
        })
    }
}
