//! The kinds of value that a scenario holds: how each is read, and its schema.

use std::borrow::Cow;
use std::fmt::Display;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::reader::At;
use crate::plan::{Audience, Sizes};
use crate::scenario::text::closest::closest;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Node, Tree};
use crate::units::{ByteSize, Nanos, Percent, Rate, Skew};

/// Something that a key may hold.
pub(in crate::scenario) trait Value: Sized {
    /// Reads it, or says what is wrong and what was expected.
    fn read(node: &Node) -> Result<Self, String>;

    /// Reads what can be read of it, and says of each part what is wrong with it.
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

/// A rate: `"200/s"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Rated(pub(in crate::scenario) Rate);

/// A rate that may be nothing at all: `"0/s"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct RatedOrNone(pub(in crate::scenario) Option<Rate>);

/// How far a clock is off: `"-2s"`, a day at most.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Off(pub(in crate::scenario) Skew);

/// The size of an RSA key in bits, of those that Salesforce makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) struct KeySizeBits(pub(in crate::scenario) u32);

/// Whom a token is meant for: a string, or an array of strings. 1,000 characters at most.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct AudienceValue(pub(in crate::scenario) Audience);

/// One of a few words.
pub(in crate::scenario) trait Word: Copy + 'static {
    /// The words of this version.
    const WORDS: &'static [(&'static str, Self)];

    /// Why a word that is known elsewhere can never be one of these.
    fn never(_word: &str) -> Option<&'static str> {
        None
    }
}

fn string<'n>(node: &'n Node, expected: &str) -> Result<&'n str, String> {
    match (&node.value, &node.bare) {
        (Tree::String(text), _) => Ok(text),
        (Tree::Boolean(_) | Tree::Datetime | Tree::Float(_) | Tree::Integer(_), Some(bare)) => {
            Ok(bare)
        }
        (other, _) => Err(format!("should be {expected}, not {}", other.kind())),
    }
}

impl<const MIN: usize, const MAX: usize> Value for Text<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let text = string(node, "a string in quotes")?;
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
            Tree::Integer(integer) => integer
                .and_then(|number| u64::try_from(number).ok())
                .filter(|number| (MIN..=MAX).contains(number))
                .map(Self)
                .ok_or_else(|| match integer {
                    Some(number) if MIN == MAX => format!("should be {MIN}, not {number}"),
                    Some(number) => format!("should be from {MIN} to {MAX}, not {number}"),
                    None => format!("should be from {MIN} to {MAX}"),
                }),
            other if MIN == MAX => Err(format!("should be {MIN}, not {}", other.kind())),
            other => Err(format!(
                "should be an integer from {MIN} to {MAX}, not {}",
                other.kind()
            )),
        }
    }
}

impl<const MIN: u64, const MAX: u64> Value for Lasting<MIN, MAX> {
    fn read(node: &Node) -> Result<Self, String> {
        let span = unit::<Nanos>(node, "a string such as \"10s\"")?;
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
        unit(node, "a string such as \"200/s\"").map(Self)
    }
}

impl Value for RatedOrNone {
    fn read(node: &Node) -> Result<Self, String> {
        Rate::parse_or_none(string(node, "a string such as \"200/s\"")?)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl Value for Off {
    fn read(node: &Node) -> Result<Self, String> {
        const DAY: Nanos = Nanos::from_secs(24 * 3600);
        let skew = unit::<Skew>(node, "a string such as \"-2s\"")?;
        if skew.by > DAY {
            return Err(format!("{skew} is more than a day"));
        }
        Ok(Self(skew))
    }
}

/// A share of all: `"2%"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Part(pub(in crate::scenario) f64);

/// How large bodies are: a size, or a table with two.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct SizesValue(pub(in crate::scenario) Sizes);

impl Value for Part {
    fn read(node: &Node) -> Result<Self, String> {
        let share = unit::<Percent>(node, "a share such as \"2%\"")?.as_fraction();
        if share > 0.5 {
            return Err("is more than half".to_owned());
        }
        Ok(Self(share))
    }
}

impl SizesValue {
    /// Less is no lead, and more no `Description` can fill.
    const RANGE: std::ops::RangeInclusive<u64> = 500..=36_000;

    fn size(node: &Node) -> Result<ByteSize, String> {
        let size = unit::<ByteSize>(node, "a string such as \"2KB\"")?;
        if Self::RANGE.contains(&size.0) {
            Ok(size)
        } else {
            Err(format!(
                "{size} is out of range; from 0.5 KB to 36 KB is accepted"
            ))
        }
    }
}

impl Value for SizesValue {
    fn read(node: &Node) -> Result<Self, String> {
        const WANTED: &str = "should be \"2KB\", { min = \"0.7KB\", max = \"36KB\" } or \
                              { p50 = \"1.2KB\", p99 = \"8KB\" }";
        let Tree::Table(entries) = &node.value else {
            return Self::size(node).map(|size| Self(Sizes::Constant(size)));
        };
        let named = |name: &str| {
            let entry = entries.iter().find(|entry| entry.key == name);
            entry.map(|entry| Self::size(&entry.node)).transpose()
        };
        let (min, max, p50, p99) = (named("min")?, named("max")?, named("p50")?, named("p99")?);
        match (min, max, p50, p99, entries.len()) {
            (Some(min), Some(max), None, None, 2) if min <= max => {
                Ok(Self(Sizes::Uniform { min, max }))
            }
            (None, None, Some(p50), Some(p99), 2) if p50 < p99 => {
                Ok(Self(Sizes::LogNormal { p50, p99 }))
            }
            _ => Err(WANTED.to_owned()),
        }
    }
}

/// A quantity with a text form of its own.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Written<Q>(pub(in crate::scenario) Q);

impl<Q> Value for Written<Q>
where
    Q: std::str::FromStr,
    Q::Err: Display,
{
    fn read(node: &Node) -> Result<Self, String> {
        unit(node, "a string").map(Self)
    }
}

impl KeySizeBits {
    const ALL: [u32; 3] = [2048, 3072, 4096];
}

impl Value for KeySizeBits {
    fn read(node: &Node) -> Result<Self, String> {
        let bits = match &node.value {
            Tree::Integer(Some(bits)) => u32::try_from(*bits).ok(),
            _ => None,
        };
        bits.filter(|bits| Self::ALL.contains(bits))
            .map(Self)
            .ok_or_else(|| "should be 2048, 3072 or 4096".to_owned())
    }
}

impl AudienceValue {
    /// What a Named Credential takes.
    const MAX: usize = 1000;
}

impl Value for AudienceValue {
    fn read(node: &Node) -> Result<Self, String> {
        let Tree::Array(items) = &node.value else {
            let Text(one) = Text::<1, { Self::MAX }>::read(node)?;
            return Ok(Self(Audience::One(one)));
        };
        let many = items
            .iter()
            .map(|item| Text::<1, { Self::MAX }>::read(item).map(|Text(one)| one))
            .collect::<Result<Vec<_>, _>>()?;
        let characters: usize = many.iter().map(|one| one.chars().count()).sum();
        if many.is_empty() || characters > Self::MAX {
            return Err(format!(
                "should be a string or an array of strings, {} characters at most in all",
                Self::MAX
            ));
        }
        Ok(Self(Audience::Many(many)))
    }
}

/// The name of a metric, or several: tokens (RFC 9110, section 5.6.2).
#[derive(Clone, Debug)]
pub(in crate::scenario) struct MetricNames(pub(in crate::scenario) Vec<String>);

impl MetricNames {
    /// Metrics that may make up a whole.
    const MAX: usize = 16;
}

impl Value for MetricNames {
    fn read(node: &Node) -> Result<Self, String> {
        let one = |node: &Node| {
            let Text(name) = Text::<1, 64>::read(node)?;
            let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if !name.bytes().all(is_token) {
                return Err(format!("{name:?} cannot be the name of a metric"));
            }
            Ok(name)
        };
        let Tree::Array(items) = &node.value else {
            return one(node).map(|name| Self(vec![name]));
        };
        let many = items.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        if !(1..=Self::MAX).contains(&many.len()) {
            return Err(format!(
                "should be a string or an array of 1 to {} strings",
                Self::MAX
            ));
        }
        let mut sorted = many.clone();
        sorted.sort();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("should name each metric once".to_owned());
        }
        Ok(Self(many))
    }
}

fn unit<T: std::str::FromStr<Err: Display>>(node: &Node, expected: &str) -> Result<T, String> {
    string(node, expected)?
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
        let mut faults = Vec::new();
        match (Self::read_parts(node, &mut faults), faults.pop()) {
            (Some(values), None) => Ok(values),
            (_, fault) => Err(fault.map_or_else(String::new, |(_, message)| message)),
        }
    }

    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self> {
        let Tree::Array(items) = &node.value else {
            let message = format!("should be an array, not {}", node.value.kind());
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

/// A word, wrapped so that every enum of words is read alike.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct One<W>(pub(in crate::scenario) W);

impl<W: Word> Value for One<W> {
    fn read(node: &Node) -> Result<Self, String> {
        let list = || {
            let words = W::WORDS.iter().map(|(word, _)| format!("{word:?}"));
            words.collect::<Vec<_>>().join(", ")
        };
        let text = string(node, &list())?;
        if let Some((_, word)) = W::WORDS.iter().find(|(known, _)| *known == text) {
            return Ok(Self(*word));
        }
        let list = list();
        let known = W::WORDS.iter().map(|(known, _)| *known);
        if let Some(why) = W::never(text) {
            return Err(format!(
                "{text:?} cannot be: {why}; this version knows {list}"
            ));
        }
        Err(match closest(text, known) {
            Some(close) if W::WORDS.len() > 1 => {
                format!("{text:?} is unknown; did you mean {close:?}? This version knows {list}")
            }
            _ => format!("{text:?} is unknown; this version knows {list}"),
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
    [] Off,
    "Skew".into(),
    json_schema!({
        "type": "string",
        "pattern": r"^\s*[+-]?[0-9][0-9_]*(\.[0-9_]+)?\s*(ns|us|µs|ms|s|m|min|h)\s*$",
        "examples": ["-2s", "+90s"],
    })
);
schema!(
    [] Part,
    "Share".into(),
    json_schema!({ "type": "string", "pattern": r"^\s*[0-9][0-9_.]*\s*%\s*$", "examples": ["2%"] })
);
schema!(
    [] SizesValue,
    "Sizes".into(),
    json_schema!({
        "oneOf": [
            { "type": "string", "minLength": 1 },
            {
                "type": "object",
                "properties": { "min": { "type": "string" }, "max": { "type": "string" } },
                "required": ["min", "max"],
                "additionalProperties": false,
            },
            {
                "type": "object",
                "properties": { "p50": { "type": "string" }, "p99": { "type": "string" } },
                "required": ["p50", "p99"],
                "additionalProperties": false,
            },
        ],
    })
);
schema!(
    [Q] Written<Q>,
    "Written".into(),
    json_schema!({ "type": "string", "minLength": 1 })
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
    [] RatedOrNone,
    "RateOrNone".into(),
    Rated::json_schema(&mut SchemaGenerator::default())
);
schema!(
    [] KeySizeBits,
    "KeySize".into(),
    json_schema!({ "type": "integer", "enum": KeySizeBits::ALL })
);
schema!(
    [] AudienceValue,
    "Audience".into(),
    json_schema!({
        "oneOf": [
            { "type": "string", "minLength": 1, "maxLength": AudienceValue::MAX },
            {
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": AudienceValue::MAX },
                "minItems": 1,
            },
        ],
    })
);
schema!(
    [] MetricNames,
    "MetricNames".into(),
    json_schema!({
        "oneOf": [
            { "type": "string", "minLength": 1, "maxLength": 64 },
            {
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": 64 },
                "minItems": 1,
                "maxItems": MetricNames::MAX,
                "uniqueItems": true,
            },
        ],
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
