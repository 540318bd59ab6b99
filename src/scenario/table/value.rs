//! The general kinds of value: texts, numbers, spans, words, lists; how each is read, and its schema.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::at::At;
use super::words::Word;
use crate::scenario::text::closest::closest;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Entry, Node, Tree};
use crate::units::Nanos;

pub(in crate::scenario) const MILLISECOND: u64 = 1_000_000;
pub(in crate::scenario) const SECOND: u64 = 1_000 * MILLISECOND;
pub(in crate::scenario) const HOUR: u64 = 3_600 * SECOND;

/// Something that a key may hold.
pub(in crate::scenario) trait Value: Sized {
    /// Reads what can be read of it, and says of each part what is wrong with it.
    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self>;
}

/// A value that is right or wrong as a whole.
pub(in crate::scenario) trait Single: Sized {
    /// Reads it, or says what is wrong and what was expected.
    fn read(node: &Node) -> Result<Self, String>;
}

impl<T: Single> Value for T {
    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self> {
        Self::read(node)
            .map_err(|message| faults.push((node.span, message)))
            .ok()
    }
}

/// A text of `MIN` to `MAX` characters.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Text<const MIN: usize, const MAX: usize>(
    pub(in crate::scenario) String,
);

/// An integer from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Whole<const MIN: u64, const MAX: u64>(pub(in crate::scenario) u64);

/// A span from `MIN` to `MAX` nanoseconds: `"10s"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Lasting<const MIN: u64, const MAX: u64>(
    pub(in crate::scenario) Nanos,
);

/// A quantity with a text form of its own.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Quantity<Q>(pub(in crate::scenario) Q);

/// A word, wrapped so that every enum of words is read alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scenario) struct One<W>(pub(in crate::scenario) W);

/// At least `MIN` values, no two alike.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Each<T, const MIN: usize>(pub(in crate::scenario) Vec<At<T>>);

/// A table whose keys are free, and whose values have the schema of `S`.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Free<S> {
    pub(in crate::scenario) entries: Vec<Entry>,
    schema: PhantomData<S>,
}

/// The text of a string, or of a value of the command line that has no quotes.
pub(super) fn string<'n>(node: &'n Node, expected: &str) -> Result<&'n str, String> {
    match (&node.value, &node.bare) {
        (Tree::String(text), _) => Ok(text),
        (Tree::Boolean(_) | Tree::Datetime | Tree::Float(_) | Tree::Integer(_), Some(bare)) => {
            Ok(bare)
        }
        (other, _) => Err(format!("must be {expected}, not {}", other.kind())),
    }
}

/// A quantity that is written as a string.
pub(in crate::scenario) fn unit<T: FromStr<Err: Display>>(
    node: &Node,
    expected: &str,
) -> Result<T, String> {
    string(node, expected)?
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

impl<const MIN: usize, const MAX: usize> Single for Text<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let text = string(node, "a string in quotes")?;
        let length = text.chars().count();
        if !(MIN..=MAX).contains(&length) {
            return Err(format!("must have {MIN} to {MAX} characters, not {length}"));
        }
        if text.contains(char::is_control) {
            return Err("must have no control characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MIN: u64, const MAX: u64> Single for Whole<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Tree::Integer(Some(number)) => u64::try_from(*number)
                .ok()
                .filter(|number| (MIN..=MAX).contains(number))
                .map(Self)
                .ok_or_else(|| format!("must be from {MIN} to {MAX}, not {number}")),
            Tree::Integer(None) => Err(format!("must be from {MIN} to {MAX}")),
            other => {
                let kind = other.kind();
                Err(format!(
                    "must be an integer from {MIN} to {MAX}, not {kind}"
                ))
            }
        }
    }
}

impl<const MIN: u64, const MAX: u64> Single for Lasting<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let text = string(node, "a string such as \"10s\"")?;
        let span = unit::<Nanos>(node, "a string such as \"10s\"")?;
        if (Nanos(MIN)..=Nanos(MAX)).contains(&span) {
            return Ok(Self(span));
        }
        let (min, max) = (limit(MIN), limit(MAX));
        Err(format!("must be from {min} to {max}, not {}", text.trim()))
    }
}

impl<Q: FromStr<Err: Display>> Single for Quantity<Q> {
    fn read(node: &Node) -> Result<Self, String> {
        unit(node, "a string").map(Self)
    }
}

impl Single for bool {
    fn read(node: &Node) -> Result<Self, String> {
        match node.value {
            Tree::Boolean(value) => Ok(value),
            ref other => Err(format!("must be true or false, not {}", other.kind())),
        }
    }
}

impl<W: Word> Single for One<W> {
    fn read(node: &Node) -> Result<Self, String> {
        let words: Vec<_> = W::VARIANTS.iter().map(|word| format!("{word:?}")).collect();
        let list = words.join(", ");
        let text = string(node, &list)?;
        if let Ok(word) = W::from_str(text) {
            return Ok(Self(word));
        }
        if text.starts_with("HS") && W::VARIANTS.contains(&"RS256") {
            return Err(format!(
                "{text:?} is not possible: Salesforce signs with the RSA key of a certificate, and \
                 never with a secret that both sides share; write one of {list}"
            ));
        }
        Err(match closest(text, W::VARIANTS.iter().copied()) {
            Some(close) if words.len() > 1 => {
                format!("{text:?} is unknown; did you mean {close:?}? This version knows {list}")
            }
            _ => format!("{text:?} is unknown; this version knows {list}"),
        })
    }
}

impl<T: Value> Value for Vec<At<T>> {
    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self> {
        let Tree::Array(items) = &node.value else {
            let message = format!("must be an array, not {}", node.value.kind());
            faults.push((node.span, message));
            return None;
        };
        let part = |item: &Node| {
            let value = T::read_parts(item, faults)?;
            Some(At {
                value,
                span: item.span,
            })
        };
        Some(items.iter().filter_map(part).collect())
    }
}

impl<T: PartialEq + Value, const MIN: usize> Value for Each<T, MIN> {
    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self> {
        let mut values: Vec<At<T>> = Vec::new();
        for item in Vec::<At<T>>::read_parts(node, faults)? {
            if values.iter().any(|known| known.value == item.value) {
                faults.push((item.span, "this value is in the list twice".to_owned()));
            } else {
                values.push(item);
            }
        }
        if values.len() < MIN && faults.is_empty() {
            faults.push((node.span, format!("must list {MIN} or more")));
        }
        Some(Self(values))
    }
}

impl<S> Single for Free<S> {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Tree::Table(entries) => Ok(Self {
                entries: entries.clone(),
                schema: PhantomData,
            }),
            other => Err(format!("must be a table, not {}", other.kind())),
        }
    }
}

/// Gives a type a schema that stands where it is used.
macro_rules! schema {
    ([$($parameters:tt)*] $type:ty, $generator:ident => $schema:expr) => {
        impl<$($parameters)*> JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

pub(super) use schema;

/// Nanoseconds in the largest unit that leaves no fraction: `24 h`.
fn limit(nanos: u64) -> String {
    let units = [(HOUR, "h"), (60 * SECOND, "min"), (SECOND, "s")];
    let fits = |(size, _): &(u64, &str)| nanos > 0 && nanos.is_multiple_of(*size);
    let (size, unit) = units.into_iter().find(fits).unwrap_or(match nanos {
        0 => (SECOND, "s"),
        _ => (MILLISECOND, "ms"),
    });
    format!("{} {unit}", nanos / size)
}

/// The schema of a text of this form.
pub(super) fn pattern(pattern: &str, examples: &[&str]) -> Schema {
    json_schema!({ "type": "string", "pattern": pattern, "examples": examples })
}

schema!(
    [const MIN: usize, const MAX: usize] Text<MIN, MAX>,
    _generator => json_schema!({ "type": "string", "minLength": MIN, "maxLength": MAX })
);
schema!(
    [const MIN: u64, const MAX: u64] Whole<MIN, MAX>,
    _generator => json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
);
schema!(
    [const MIN: u64, const MAX: u64] Lasting<MIN, MAX>,
    _generator => {
        let mut schema = pattern(
            r"^\s*[0-9][0-9_]*(\.[0-9_]+)?\s*(ns|us|µs|ms|s|m|min|h)\s*$",
            &["250ms", "10s", "1.5m"],
        );
        // No keyword of JSON Schema orders texts: these are for people.
        schema.insert("shortest".to_owned(), limit(MIN).into());
        schema.insert("longest".to_owned(), limit(MAX).into());
        schema
    }
);
schema!([Q] Quantity<Q>, _generator => json_schema!({ "type": "string", "minLength": 1 }));
schema!(
    [W: Word] One<W>,
    _generator => json_schema!({ "type": "string", "enum": W::VARIANTS })
);
schema!(
    [T: JsonSchema, const MIN: usize] Each<T, MIN>,
    generator => json_schema!({
        "type": "array",
        "items": T::json_schema(generator),
        "minItems": MIN,
        "uniqueItems": true,
    })
);
schema!(
    [S: JsonSchema] Free<S>,
    generator => BTreeMap::<String, S>::json_schema(generator)
);

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
