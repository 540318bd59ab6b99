//! The functions and the names of formulas that can be followed without an org.

use super::Value;
use super::date::{self, DAY_S};
use super::digits;
use super::linear::Linear;
use super::operators::{fits, kind};
use super::ratio::Ratio;

/// The functions that are evaluated here.
const KNOWN: [&str; 14] = [
    "NOW",
    "UNIXTIMESTAMP",
    "FROMUNIXTIME",
    "DATETIMEVALUE",
    "DATEVALUE",
    "DATE",
    "FLOOR",
    "CEILING",
    "MFLOOR",
    "MCEILING",
    "ROUND",
    "TRUNC",
    "TEXT",
    "VALUE",
];

/// The day from which Salesforce counts where a formula says `$System.OriginDateTime`.
const ORIGIN: &str = "1900-01-01 00:00:00";

/// A name without brackets.
pub(super) fn named(name: &str) -> Result<Value, String> {
    let lower = name.to_ascii_lowercase();
    let within = |prefix: &str| lower.starts_with(prefix);
    match lower.as_str() {
        "$system.origindatetime" => instant(ORIGIN),
        "true" | "false" => Ok(Value::Text(lower)),
        _ if within("$credential.") => Err(format!("has {name}, a secret that only the org knows")),
        _ if within("$user.") || within("$profile.") || within("$userrole.") => {
            Err(format!("has {name}, which depends on the running user"))
        }
        _ if within("$") => Err(format!("has {name}, which only the org knows")),
        _ => Err(format!(
            "has the name {name}, which leadbench does not know"
        )),
    }
}

/// A function with its arguments.
pub(super) fn call(name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let function = name.to_ascii_uppercase();
    let count = arguments.len();
    let mut arguments = arguments.into_iter();
    let (first, second, third) = (arguments.next(), arguments.next(), arguments.next());
    match (function.as_str(), first, second, third, count) {
        ("NOW", None, ..) => fits(Linear::now().map(Value::Instant)),
        ("TODAY", None, ..) => Err(format!("has {name}, which changes once a day")),
        ("DATETIMEVALUE" | "DATEVALUE", Some(Value::Text(text)), None, ..) => instant(&text),
        ("DATETIMEVALUE", Some(value @ Value::Instant(_)), None, ..) => Ok(value),
        ("DATEVALUE", Some(Value::Instant(_)), None, ..) => Err(steps(name)),
        ("DATE", Some(year), Some(month), Some(day), 3) => day_of([year, month, day]),
        ("UNIXTIMESTAMP", Some(Value::Instant(days)), None, ..) => {
            fits(days.times(Ratio::whole(DAY_S)).map(Value::Number))
        }
        ("FROMUNIXTIME", Some(Value::Number(seconds)), None, ..) => fits(
            Ratio::new(1, DAY_S)
                .and_then(|day| seconds.times(day))
                .map(Value::Instant),
        ),
        ("TEXT", Some(Value::Number(number)), None, ..) => match number.as_constant() {
            Some(constant) => digits(constant).map(Value::Text),
            None => Ok(Value::Digits(number)),
        },
        ("VALUE", Some(Value::Digits(number)), None, ..) => Ok(Value::Number(number)),
        ("VALUE", Some(Value::Text(text)), None, ..) => Ratio::parse(text.trim())
            .map(|number| Value::Number(Linear::constant(number)))
            .ok_or_else(|| format!("uses {text:?} as a number")),
        ("ROUND" | "TRUNC", Some(Value::Number(number)), Some(Value::Number(places)), None, _) => {
            match places.as_constant() {
                Some(Ratio::ZERO) => whole(name, number, &function),
                _ => Err(format!(
                    "rounds to other places than whole numbers with {name}"
                )),
            }
        }
        (
            "FLOOR" | "MFLOOR" | "CEILING" | "MCEILING" | "TRUNC",
            Some(Value::Number(number)),
            None,
            ..,
        ) => whole(name, number, &function),
        (known, Some(first), None, ..) if KNOWN.contains(&known) => Err(format!(
            "has {name} of {}, which leadbench does not evaluate",
            kind(&first)
        )),
        (known, ..) if KNOWN.contains(&known) => Err(format!(
            "has {name} with {count} arguments, which leadbench does not evaluate"
        )),
        _ => Err(format!(
            "has the function {name}, which leadbench does not evaluate; it evaluates {}",
            KNOWN.join(", ")
        )),
    }
}

/// The day of `DATE(year, month, day)`.
fn day_of(parts: [Value; 3]) -> Result<Value, String> {
    let number = |value: Value| match value {
        Value::Number(number) => number.as_constant()?.as_whole(),
        _ => None,
    };
    let [Some(year), Some(month), Some(day)] = parts.map(number) else {
        return Err("has a DATE without a fixed year, month and day".to_owned());
    };
    date::days(year, month, day)
        .map(|days| Value::Instant(Linear::constant(days)))
        .ok_or_else(|| format!("has a DATE that does not exist: {year}, {month}, {day}"))
}

/// A number made whole. What goes along with the clock is above zero, where FLOOR goes down and
/// CEILING up; below zero FLOOR goes towards it and CEILING away from it.
fn whole(name: &str, number: Linear, function: &str) -> Result<Value, String> {
    let is_below = number.as_constant().is_some_and(Ratio::is_negative);
    let down = |ratio: Ratio| Some(ratio.floor());
    let up = |ratio: Ratio| ratio.negative()?.floor().checked_neg();
    let made = match function {
        "ROUND" if is_below => {
            number.made_whole(|ratio| ratio.negative()?.rounded()?.checked_neg())
        }
        "ROUND" => number.made_whole(Ratio::rounded),
        "FLOOR" | "TRUNC" if is_below => number.made_whole(up),
        "FLOOR" | "TRUNC" | "MFLOOR" => number.made_whole(down),
        "CEILING" if is_below => number.made_whole(down),
        _ => number.made_whole(up),
    };
    made.map(Value::Number).ok_or_else(|| steps(name))
}

/// Why a value that is made whole before it counts seconds is not followed.
fn steps(name: &str) -> String {
    format!("rounds days or hours with {name}, so that it does not change every second")
}

fn instant(text: &str) -> Result<Value, String> {
    date::parse(text)
        .map(|days| Value::Instant(Linear::constant(days)))
        .ok_or_else(|| {
            format!("has {text:?} as a point in time; leadbench reads \"YYYY-MM-DD HH:MM:SS\"")
        })
}
