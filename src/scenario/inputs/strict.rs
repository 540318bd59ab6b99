//! Values of JSON in which no object has a member twice.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::file_text::FileFault;

/// Characters of a name that are told.
const NAME_MAX: usize = 80;

/// Where 64 bits end: 2^63. A whole number from here on that does not fit an integer is kept with 17
/// digits.
const INTEGER_END: f64 = 9.223_372_036_854_776e18;

/// Stands for a value in a string; no text that people write holds it (Unicode, Private Use Area).
pub(super) const FILLED: char = '\u{E000}';

/// A value that lost nothing in reading.
#[derive(Debug)]
pub(super) struct Strict(pub(super) Value);

/// The members of an object, in their order; no two have one name.
#[derive(Debug, Default)]
pub(super) struct Members(pub(super) Vec<(String, Value)>);

/// Whether a number may have had more digits than are kept of it.
pub(super) fn is_cut(value: &Value) -> bool {
    let number = value.as_number().filter(|number| number.is_f64());
    let number = number.and_then(Number::as_f64);
    number.is_some_and(|number| number.abs() >= INTEGER_END)
}

/// What the parser says, with its place; `not_json` says it where the text is no JSON.
pub(super) fn of_parser(error: &serde_json::Error, not_json: &str) -> FileFault {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let at = (error.line().max(1), error.column().max(1));
    if error.is_data() {
        return FileFault::at(at, message);
    }
    FileFault::at(at, format!("{not_json}: {}", in_words(message)))
}

/// What is wrong with the text, and what to do about it.
fn in_words(of_parser: &str) -> &'static str {
    match of_parser {
        "expected value" | "expected ident" => {
            "write a value here: a text in quotes, a number, true, false, null, [...] or {...}"
        }
        "expected `,` or `}`" => "add a comma before this, or the } that closes the object",
        "expected `,` or `]`" => "add a comma before this, or the ] that closes the array",
        "expected `:`" => "add a colon between a member's name and its value",
        "key must be a string" => "write the name of a member in quotes",
        "trailing comma" => "leave out the comma before the closing bracket",
        "trailing characters" => "leave out what follows the end of the JSON",
        "invalid escape" => "write a backslash in a text as \\\\",
        "invalid number" | "number out of range" => "write a number such as -1.5 here",
        cut if cut.starts_with("EOF while parsing") => {
            "it ends too early: close each text, array and object"
        }
        control if control.starts_with("control character") => {
            "write a line break in a text as \\n, and other control characters as \\u...."
        }
        _ => "this cannot be read",
    }
}

/// A name as it may be told.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject)
    }
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfValue)
    }
}

struct OfObject;

impl<'de> Visitor<'de> for OfObject {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        let mut known = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            // What placeholders make of a name is not known here.
            if !name.contains(FILLED) && !known.insert(name.clone()) {
                let message = format!(
                    "the member {} is there twice in one object",
                    shortened(&name)
                );
                return Err(A::Error::custom(message));
            }
            let Strict(value) = map.next_value()?;
            members.0.push((name, value));
        }
        Ok(members)
    }
}

struct OfValue;

impl<'de> Visitor<'de> for OfValue {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Strict, A::Error> {
        let members = OfObject.visit_map(map)?;
        Ok(Strict(Value::Object(Map::from_iter(members.0))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Strict(Value::Array(list)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Strict, E> {
        Ok(Strict(Value::String(value)))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damage_is_told_in_our_words() {
        for (text, told) in [
            ("{", "it ends too early"),
            ("{\"a\":}", "write a value here"),
            ("{\"a\":tru}", "write a value here"),
            ("{\"a\":1 \"b\":2}", "add a comma before this"),
            ("[1,]", "leave out the comma"),
            ("{a:1}", "in quotes"),
            ("{} x", "leave out what follows"),
            ("{\"a\" 1}", "add a colon"),
            ("[01]", "such as -1.5"),
            ("[\"\\x\"]", "a backslash"),
            ("[\"\u{1}\"]", "line break"),
        ] {
            let error = serde_json::from_str::<Strict>(text).unwrap_err();
            let fault = format!("{:?}", of_parser(&error, "no JSON"));
            assert!(fault.contains(told), "{text}: {fault}");
        }
    }

    #[test]
    fn a_member_twice_is_refused_however_deep() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":[{"b":[{"c":1,"c":2}]}]}"#,
        ] {
            let told = serde_json::from_str::<Members>(text)
                .unwrap_err()
                .to_string();
            assert!(told.contains("is there twice"), "{told}");
        }
    }

    #[test]
    fn a_number_that_was_cut_is_known() {
        for (text, cut) in [
            ("18446744073709551615", false),
            ("18446744073709551616", true),
            ("-9223372036854775808", false),
            ("-9223372036854775809", true),
            ("0.5", false),
            ("\"18446744073709551616\"", false),
        ] {
            assert_eq!(is_cut(&serde_json::from_str(text).unwrap()), cut, "{text}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_what_they_were(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(serde_json::from_str::<Strict>(&text).unwrap().0, value);
        }
    }
}
