//! The kinds of value that a scenario holds: how each is read, and its schema.

use std::borrow::Cow;
use std::fmt::Display;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::table::{At, closest};
use super::tree::{Node, Tree};
use crate::units::{Nanos, Rate};

/// Something that a key may hold.
pub(super) trait Value: Sized {
    /// Reads it, or says what is wrong and what was expected.
    fn read(node: &Node) -> Result<Self, String>;
}

/// A text of `MIN` to `MAX` characters.
#[derive(Clone, Debug)]
pub(super) struct Text<const MIN: usize, const MAX: usize>(pub(super) String);

/// An integer from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<const MIN: u64, const MAX: u64>(pub(super) u64);

/// A span from `MIN` to `MAX` nanoseconds: `"10s"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting<const MIN: u64, const MAX: u64>(pub(super) Nanos);

/// A rate: `"200/s"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rated(pub(super) Rate);

/// One of a few words.
pub(super) trait Word: Copy + 'static {
    /// The words of this version.
    const WORDS: &'static [(&'static str, Self)];
    /// Words of the product that this version does not know yet.
    const LATER: &'static [&'static str];
}

fn string(node: &Node) -> Result<&str, String> {
    match &node.value {
        Tree::String(text) => Ok(text),
        other => Err(format!("should be a string, not {}", other.kind())),
    }
}

impl<const MIN: usize, const MAX: usize> Value for Text<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let text = string(node)?;
        let length = text.chars().count();
        if !(MIN..=MAX).contains(&length) {
            return Err(format!(
                "should have {MIN} to {MAX} characters, not {length}"
            ));
        }
        if text.contains(char::is_control) {
            return Err("should have no control characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MIN: u64, const MAX: u64> Value for Whole<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Tree::Integer(number) => number
                .and_then(|number| u64::try_from(number).ok())
                .filter(|number| (MIN..=MAX).contains(number))
                .map(Self)
                .ok_or_else(|| format!("should be {}", range(MIN, MAX))),
            other => Err(format!(
                "should be an integer, {}, not {}",
                range(MIN, MAX),
                other.kind()
            )),
        }
    }
}

fn range(min: u64, max: u64) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("from {min} to {max}")
    }
}

impl<const MIN: u64, const MAX: u64> Value for Lasting<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let span = unit::<Nanos>(node)?;
        if (Nanos(MIN)..=Nanos(MAX)).contains(&span) {
            Ok(Self(span))
        } else {
            Err(format!(
                "{span} is out of range; from {} to {} is accepted",
                Nanos(MIN),
                Nanos(MAX)
            ))
        }
    }
}

impl Value for Rated {
    fn read(node: &Node) -> Result<Self, String> {
        unit(node).map(Self)
    }
}

fn unit<T: std::str::FromStr<Err: Display>>(node: &Node) -> Result<T, String> {
    string(node)?
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

impl Value for bool {
    fn read(node: &Node) -> Result<Self, String> {
        match node.value {
            Tree::Boolean(value) => Ok(value),
            ref other => Err(format!("should be true or false, not {}", other.kind())),
        }
    }
}

impl<T: Value> Value for Vec<At<T>> {
    fn read(node: &Node) -> Result<Self, String> {
        let Tree::Array(items) = &node.value else {
            return Err(format!("should be an array, not {}", node.value.kind()));
        };
        items
            .iter()
            .map(|item| {
                T::read(item).map(|value| At {
                    value,
                    span: item.span,
                })
            })
            .collect()
    }
}

/// A word, wrapped so that every enum of words is read alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct One<W>(pub(super) W);

impl<W: Word> Value for One<W> {
    fn read(node: &Node) -> Result<Self, String> {
        let text = string(node)?;
        if let Some((_, word)) = W::WORDS.iter().find(|(known, _)| *known == text) {
            return Ok(Self(*word));
        }
        let known = || W::WORDS.iter().map(|(known, _)| *known);
        let list = known().collect::<Vec<_>>().join(", ");
        if W::LATER.contains(&text) {
            return Err(format!(
                "{text:?} is not supported by this version, which knows {list}"
            ));
        }
        Err(match closest(text, known()) {
            Some(close) => format!("{text:?} is unknown; did you mean {close:?}?"),
            None => format!("{text:?} is unknown; it knows {list}"),
        })
    }
}

macro_rules! schema {
    ([$($parameters:tt)*] $type:ty, $name:expr, $schema:expr) => {
        impl<$($parameters)*> JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(
    [const MIN: usize, const MAX: usize] Text<MIN, MAX>,
    format!("Text{MIN}To{MAX}").into(),
    json_schema!({ "type": "string", "minLength": MIN, "maxLength": MAX })
);
schema!(
    [const MIN: u64, const MAX: u64] Whole<MIN, MAX>,
    format!("Whole{MIN}To{MAX}").into(),
    json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
);
schema!(
    [const MIN: u64, const MAX: u64] Lasting<MIN, MAX>,
    format!("Lasting{MIN}To{MAX}").into(),
    json_schema!({
        "type": "string",
        "pattern": r"^\s*[0-9][0-9_]*(\.[0-9_]+)?\s*(ns|us|µs|ms|s|m|min|h)\s*$",
        "examples": ["250ms", "10s", "1.5m"],
    })
);
schema!(
    [] Rated,
    "Rate".into(),
    json_schema!({
        "type": "string",
        "pattern": r"^\s*[0-9][0-9_]*(\.[0-9_]+)?\s*/\s*(s|sec|second|m|min|minute|h|hour)\s*$",
        "examples": ["200/s", "0.5/s", "12000/min"],
    })
);
schema!(
    [W: Word] One<W>,
    std::any::type_name::<W>().rsplit(':').next().unwrap_or("Word").into(),
    json_schema!({
        "type": "string",
        "enum": W::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
    })
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
