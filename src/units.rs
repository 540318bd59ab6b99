//! Quantities with their units: the only place where numbers change type.
//!
//! Text such as `"200/s"`, `"10s"` or `"0.1%"` becomes a type here and stays one.
//! Nothing in this room reads a clock, a file or the environment.

mod counter;
mod latency;
mod nanos;
mod percent;
mod quantile;
mod rate;
mod recurring_window;
mod seed;
mod size;
mod skew;

pub use counter::Counter;
pub use latency::Latency;
pub use nanos::Nanos;
pub use percent::Percent;
pub use quantile::Quantile;
pub use rate::Rate;
pub use recurring_window::RecurringWindow;
pub use seed::{Seed, scrambled};
pub use size::ByteSize;
pub use skew::Skew;

/// Why a text is not the quantity it should be; fits after "could not read it:".
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem}; {expected}")]
pub struct UnitError {
    /// What is wrong with the text.
    pub problem: String,
    /// What would have been accepted, with an example.
    pub expected: &'static str,
}

impl UnitError {
    fn new(problem: impl Into<String>, expected: &'static str) -> Self {
        Self {
            problem: problem.into(),
            expected,
        }
    }
}

/// Converts a count to a float, for ratios and means.
///
/// Exact below 2^53; past it the nearest float, which no report can show. A count is never negative.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts past 2^53 are beyond any run"
)]
pub fn float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// The number in `[0, 1)` that the upper bits of a random number stand for.
pub fn unit_fraction(bits: u64) -> f64 {
    float(bits >> 11) / float(1_u64 << 53)
}

/// Adds up counts that may be of a damaged file: a sum that does not fit is the largest count.
pub fn sum(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

/// The share that a part is of a whole; `None` of an empty whole.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

/// Converts a non-negative float to an integer, rounding to nearest.
///
/// NaN and negatives become 0, values past `u64::MAX` become `u64::MAX`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is what is documented"
)]
pub fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// Converts a `usize` to a `u64`, which is lossless on every platform Rust supports.
pub fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Converts a `u64` to a `usize`, saturating on 32-bit platforms.
pub fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Splits `"12.5ms"` into the number and what follows it.
///
/// The number is a plain decimal: digits, at most one point, no sign, no exponent.
fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('?');
        hex + &String::from_iter([digit(byte >> 4), digit(byte & 15)])
    })
}

/// Reads a plain decimal as an exact fraction `numerator / 10^scale`.
///
/// `None` if it is not a number, has more than nine decimals or does not fit.
fn parse_decimal(text: &str) -> Option<(u64, u32)> {
    let digits = text.replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if whole.is_empty() || fraction.len() > 9 || fraction.contains('.') {
        return None;
    }
    let numerator = format!("{whole}{fraction}").parse().ok()?;
    let scale = u32::try_from(fraction.len()).ok()?;
    Some((numerator, scale))
}
