//! What can happen in one second.

/// More than anything that happens in one second: sums over a month and over all loads stay far below the
/// largest number.
pub(super) const A_SECOND_MAX: u64 = 1 << 32;
