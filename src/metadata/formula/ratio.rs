//! Exact fractions, so that `1/24` of a day is 3,600 seconds and not one less.

/// A fraction in lowest terms, its denominator positive. What does not fit is `None`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ratio {
    top: i128,
    bottom: i128,
}

impl Ratio {
    pub(super) const ZERO: Self = Self::whole(0);
    pub(super) const ONE: Self = Self::whole(1);

    pub(super) const fn whole(top: i128) -> Self {
        Self { top, bottom: 1 }
    }

    pub(super) fn new(top: i128, bottom: i128) -> Option<Self> {
        if bottom == 0 {
            return None;
        }
        let shared = i128::try_from(common(top.unsigned_abs(), bottom.unsigned_abs())).ok()?;
        let sign = bottom.signum();
        Some(Self {
            top: (top / shared).checked_mul(sign)?,
            bottom: (bottom / shared).checked_mul(sign)?,
        })
    }

    /// A number as a formula has it: digits, and a point between them perhaps.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{part}");
        let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let scale = 10i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        Self::new(all_digits.then(|| digits.parse().ok())??, scale)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let left = self.top.checked_mul(other.bottom)?;
        let right = other.top.checked_mul(self.bottom)?;
        Self::new(
            left.checked_add(right)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        Self::new(
            self.top.checked_mul(other.top)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    pub(super) fn negative(self) -> Option<Self> {
        Some(Self {
            top: self.top.checked_neg()?,
            bottom: self.bottom,
        })
    }

    /// One by it.
    pub(super) fn inverse(self) -> Option<Self> {
        Self::new(self.bottom, self.top)
    }

    pub(super) fn power(self, exponent: u32) -> Option<Self> {
        Some(Self {
            top: self.top.checked_pow(exponent)?,
            bottom: self.bottom.checked_pow(exponent)?,
        })
    }

    pub(super) const fn is_negative(self) -> bool {
        self.top < 0
    }

    /// Its value, if it is a whole number.
    pub(super) fn as_whole(self) -> Option<i128> {
        (self.bottom == 1).then_some(self.top)
    }

    /// The greatest whole number that is not above it.
    pub(super) const fn floor(self) -> i128 {
        self.top.div_euclid(self.bottom)
    }

    /// The nearest whole number, a half going up.
    pub(super) fn rounded(self) -> Option<i128> {
        Some(self.plus(Self::new(1, 2)?)?.floor())
    }
}

/// The greatest common divisor, 1 at least.
fn common(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
