//! What the operators of a formula do with values that go along with the clock.

use super::linear::Linear;
use super::ratio::Ratio;
use super::{Value, digits};

/// The highest power; no formula of a time needs a higher one.
const POWER_MAX: u32 = 64;

const TOO_LARGE: &str = "comes to a number that is too large";

pub(super) fn fits<T>(result: Option<T>) -> Result<T, String> {
    result.ok_or_else(|| TOO_LARGE.to_owned())
}

/// `&`
pub(super) fn joined(left: &Value, right: &Value) -> Result<Value, String> {
    Ok(Value::Text(text(left)? + &text(right)?))
}

/// A value as a text that is always the same.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Number(number) | Value::Digits(number) => match number.as_constant() {
            Some(constant) => digits(constant),
            None => Err("has a text that changes with the clock".to_owned()),
        },
        Value::Instant(_) => Err("has a point in time within a text".to_owned()),
    }
}

/// `+`
pub(super) fn sum(left: &Value, right: &Value) -> Result<Value, String> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => fits(left.plus(*right)).map(Value::Number),
        (Value::Instant(left), Value::Number(right))
        | (Value::Number(left), Value::Instant(right)) => {
            fits(left.plus(*right)).map(Value::Instant)
        }
        (
            left @ (Value::Text(_) | Value::Digits(_)),
            right @ (Value::Text(_) | Value::Digits(_)),
        ) => joined(left, right),
        (left, right) => Err(format!("adds {} to {}", kind(right), kind(left))),
    }
}

/// `-` between two values
pub(super) fn difference(left: &Value, right: &Value) -> Result<Value, String> {
    let apart = |left: &Linear, right: &Linear| fits(right.negative().and_then(|r| left.plus(r)));
    match (left, right) {
        (Value::Number(left), Value::Number(right))
        | (Value::Instant(left), Value::Instant(right)) => apart(left, right).map(Value::Number),
        (Value::Instant(left), Value::Number(right)) => apart(left, right).map(Value::Instant),
        (left, right) => Err(format!("subtracts {} from {}", kind(right), kind(left))),
    }
}

/// `*`
pub(super) fn product(left: &Value, right: &Value) -> Result<Value, String> {
    if let (Value::Number(left), Value::Number(right)) = (left, right) {
        if let Some(factor) = right.as_constant() {
            return fits(left.times(factor)).map(Value::Number);
        }
        if let Some(factor) = left.as_constant() {
            return fits(right.times(factor)).map(Value::Number);
        }
        return Err("multiplies the current time by itself".to_owned());
    }
    Err(format!("multiplies {} by {}", kind(left), kind(right)))
}

/// `/`
pub(super) fn quotient(left: &Value, right: &Value) -> Result<Value, String> {
    if let (Value::Number(left), Value::Number(right)) = (left, right) {
        let by = right
            .as_constant()
            .ok_or_else(|| "divides by the current time".to_owned())?;
        if by == Ratio::ZERO {
            return Err("divides by zero".to_owned());
        }
        return fits(by.inverse().and_then(|by| left.times(by))).map(Value::Number);
    }
    Err(format!("divides {} by {}", kind(left), kind(right)))
}

/// `-` before a value
pub(super) fn negative(value: &Value) -> Result<Value, String> {
    match value {
        Value::Number(number) => fits(number.negative()).map(Value::Number),
        other => Err(format!("has a minus before {}", kind(other))),
    }
}

/// `^`
pub(super) fn power(base: &Value, exponent: &Value) -> Result<Value, String> {
    let (Value::Number(base), Value::Number(exponent)) = (base, exponent) else {
        return Err(format!("raises {} to a power", kind(base)));
    };
    let (Some(base), Some(exponent)) = (base.as_constant(), exponent.as_constant()) else {
        return Err("raises the current time to a power".to_owned());
    };
    let exponent = exponent
        .as_whole()
        .and_then(|exponent| u32::try_from(exponent).ok());
    let Some(exponent) = exponent.filter(|exponent| *exponent <= POWER_MAX) else {
        return Err(format!(
            "has an exponent that is too large or not a whole number; 0 to {POWER_MAX} is accepted"
        ));
    };
    fits(base.power(exponent)).map(|power| Value::Number(Linear::constant(power)))
}

/// What a value is, as a message says it.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Number(_) => "a number",
        Value::Instant(_) => "a point in time",
        Value::Text(_) | Value::Digits(_) => "a text",
    }
}
