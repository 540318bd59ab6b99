//! Values with a form of their own: sizes, shares, audiences, statuses and the like.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::value::{Single, Text, Whole, pattern, schema, string, unit};
use crate::plan::{Audience, Sizes};
use crate::scenario::text::tree::{Node, Tree};
use crate::units::{ByteSize, Nanos, Percent, Rate, Skew};

/// A rate, `"200/s"`; `None` is `"0/s"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct RateOrNone(pub(in crate::scenario) Option<Rate>);

/// How far a clock is off: `"-2s"`, a day at most.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Off(pub(in crate::scenario) Skew);

/// A share of all, half at most: `"2%"`.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Part(pub(in crate::scenario) f64);

/// How large bodies are: a size, or a table with two.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct SizesValue(pub(in crate::scenario) Sizes);

/// What must hold of a metric: a string, or a table. For the schema alone; what it means depends on the
/// metric.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct ConditionValue;

/// The size of an RSA key in bits, of those that Salesforce makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) struct KeySizeBits(pub(in crate::scenario) u32);

/// Whom a token is meant for: a string, or an array of strings. 1,000 characters at most.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct AudienceValue(pub(in crate::scenario) Audience);

/// The name of a metric, or several: tokens (RFC 9110, section 5.6.2).
#[derive(Clone, Debug)]
pub(in crate::scenario) struct MetricNames(pub(in crate::scenario) Vec<String>);

/// A version of the scenario language; none where the number is beyond 64 bits.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct SchemaVersion(pub(in crate::scenario) Option<i64>);

/// One status, or several.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Statuses(pub(in crate::scenario) Vec<u16>);

/// Reads one value, or an array of them.
fn one_or_many<T>(
    node: &Node,
    max: usize,
    one: impl Fn(&Node) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let Tree::Array(items) = &node.value else {
        return Ok(vec![one(node)?]);
    };
    if !(1..=max).contains(&items.len()) {
        return Err(format!("must be one value, or an array of 1 to {max}"));
    }
    items.iter().map(one).collect()
}

impl Single for RateOrNone {
    fn read(node: &Node) -> Result<Self, String> {
        Rate::parse_or_none(string(node, "a string such as \"200/s\"")?)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl Single for Off {
    fn read(node: &Node) -> Result<Self, String> {
        const DAY: Nanos = Nanos::from_secs(24 * 3600);
        let skew = unit::<Skew>(node, "a string such as \"-2s\"")?;
        if skew.by > DAY {
            return Err(format!("must be one day at most, not {skew}"));
        }
        Ok(Self(skew))
    }
}

impl Single for Part {
    fn read(node: &Node) -> Result<Self, String> {
        let share = unit::<Percent>(node, "a share such as \"2%\"")?.as_fraction();
        if share > 0.5 {
            return Err("must be 50 % at most".to_owned());
        }
        Ok(Self(share))
    }
}

impl SizesValue {
    /// A smaller body is not a lead, and a `Description` cannot fill a larger one.
    const RANGE: RangeInclusive<u64> = 500..=36_000;

    fn size(node: &Node) -> Result<ByteSize, String> {
        let size = unit::<ByteSize>(node, "a string such as \"2KB\"")?;
        if Self::RANGE.contains(&size.0) {
            return Ok(size);
        }
        Err(format!("must be from 0.5 KB to 36 KB, not {size}"))
    }
}

impl Single for SizesValue {
    fn read(node: &Node) -> Result<Self, String> {
        const FORM: &str = "\"2KB\", { min = \"0.7KB\", max = \"36KB\" } or \
                            { p50 = \"1.2KB\", p99 = \"8KB\" }";
        let Tree::Table(entries) = &node.value else {
            return Self::size(node).map(|size| Self(Sizes::Constant(size)));
        };
        let named = |name: &str| {
            let size = node.get(name).map(Self::size).transpose();
            size.map_err(|message| format!("`{name}` {message}"))
        };
        let (min, max, p50, p99) = (named("min")?, named("max")?, named("p50")?, named("p99")?);
        match (min, max, p50, p99, entries.len()) {
            (Some(min), Some(max), None, None, 2) if min <= max => {
                Ok(Self(Sizes::Uniform { min, max }))
            }
            (Some(min), Some(max), None, None, 2) => {
                Err(format!("`min` ({min}) must not be above `max` ({max})"))
            }
            (None, None, Some(p50), Some(p99), 2) if p50 < p99 => {
                Ok(Self(Sizes::LogNormal { p50, p99 }))
            }
            (None, None, Some(p50), Some(p99), 2) => {
                Err(format!("`p50` ({p50}) must be below `p99` ({p99})"))
            }
            (Some(_), None, None, None, 1) => Err(format!("lacks `max`; write {FORM}")),
            (None, Some(_), None, None, 1) => Err(format!("lacks `min`; write {FORM}")),
            (None, None, Some(_), None, 1) => Err(format!("lacks `p99`; write {FORM}")),
            (None, None, None, Some(_), 1) => Err(format!("lacks `p50`; write {FORM}")),
            _ => Err(format!("must be {FORM}")),
        }
    }
}

impl KeySizeBits {
    const ALL: [u32; 3] = [2048, 3072, 4096];
}

impl Single for KeySizeBits {
    fn read(node: &Node) -> Result<Self, String> {
        let bits = match &node.value {
            Tree::Integer(Some(bits)) => u32::try_from(*bits).ok(),
            _ => None,
        };
        bits.filter(|bits| Self::ALL.contains(bits))
            .map(Self)
            .ok_or_else(|| "must be 2048, 3072 or 4096".to_owned())
    }
}

impl AudienceValue {
    /// What a Named Credential takes.
    const MAX: usize = 1000;
}

impl Single for AudienceValue {
    fn read(node: &Node) -> Result<Self, String> {
        let many = one_or_many(node, Self::MAX, |item| {
            Text::<1, { Self::MAX }>::read(item).map(|Text(one)| one)
        })?;
        let characters: usize = many.iter().map(|one| one.chars().count()).sum();
        if characters > Self::MAX {
            return Err(format!(
                "must have {} characters at most in all, not {characters}",
                Self::MAX
            ));
        }
        Ok(Self(match node.value {
            Tree::Array(_) => Audience::Many(many),
            _ => Audience::One(many.concat()),
        }))
    }
}

impl MetricNames {
    /// Metrics that may make up a whole.
    const MAX: usize = 16;
}

impl Single for MetricNames {
    fn read(node: &Node) -> Result<Self, String> {
        let names = one_or_many(node, Self::MAX, |node| {
            let Text(name) = Text::<1, 64>::read(node)?;
            let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if !name.bytes().all(is_token) {
                return Err(format!("{name:?} cannot be the name of a metric"));
            }
            Ok(name)
        })?;
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            return Err("must name each metric once".to_owned());
        }
        Ok(Self(names))
    }
}

impl Statuses {
    /// Statuses that may be named.
    const MAX: usize = 32;
}

impl Single for Statuses {
    fn read(node: &Node) -> Result<Self, String> {
        let status = |node: &Node| {
            let Whole(status) = Whole::<100, 599>::read(node)?;
            u16::try_from(status).map_err(|error| error.to_string())
        };
        one_or_many(node, Self::MAX, status).map(Self)
    }
}

impl Single for SchemaVersion {
    fn read(node: &Node) -> Result<Self, String> {
        match node.value {
            Tree::Integer(version) => Ok(Self(version)),
            ref other => Err(format!("must be 1, not {}", other.kind())),
        }
    }
}

schema!([] SchemaVersion, generator => Whole::<1, 1>::json_schema(generator));
schema!(
    [] RateOrNone,
    _generator => pattern(
        r"^\s*[0-9][0-9_]*(\.[0-9_]+)?\s*/\s*(s|sec|second|m|min|minute|h|hour)\s*$",
        &["200/s", "0.5/s", "12000/min"],
    )
);
schema!(
    [] Off,
    _generator => pattern(
        r"^\s*[+-]?[0-9][0-9_]*(\.[0-9_]+)?\s*(ns|us|µs|ms|s|m|min|h)\s*$",
        &["-2s", "+90s"],
    )
);
schema!([] Part, _generator => pattern(r"^\s*[0-9][0-9_.]*\s*%\s*$", &["2%"]));
schema!(
    [] SizesValue,
    _generator => {
        let two = |low: &str, high: &str| json_schema!({
            "type": "object",
            "properties": { low: { "type": "string" }, high: { "type": "string" } },
            "required": [low, high],
            "additionalProperties": false,
        });
        json_schema!({
            "oneOf": [{ "type": "string", "minLength": 1 }, two("min", "max"), two("p50", "p99")],
        })
    }
);
schema!(
    [] ConditionValue,
    generator => {
        let limit = Text::<3, 64>::json_schema(generator);
        json_schema!({
            "oneOf": [limit, {
                "type": "object",
                "properties": {
                    "limit": limit,
                    "abort": { "type": "boolean" },
                    "abort_after": { "type": "string", "minLength": 1 },
                },
                "required": ["limit"],
                "additionalProperties": false,
            }],
        })
    }
);
schema!(
    [] KeySizeBits,
    _generator => json_schema!({ "type": "integer", "enum": KeySizeBits::ALL })
);
schema!(
    [] AudienceValue,
    generator => {
        let one = Text::<1, { AudienceValue::MAX }>::json_schema(generator);
        json_schema!({ "oneOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
);
schema!(
    [] MetricNames,
    generator => {
        let one = Text::<1, 64>::json_schema(generator);
        json_schema!({
            "oneOf": [one, {
                "type": "array",
                "items": one,
                "minItems": 1,
                "maxItems": MetricNames::MAX,
                "uniqueItems": true,
            }],
        })
    }
);
schema!(
    [] Statuses,
    generator => {
        let one = Whole::<100, 599>::json_schema(generator);
        let many = json_schema!({
            "type": "array",
            "items": one,
            "minItems": 1,
            "maxItems": Statuses::MAX,
        });
        json_schema!({ "anyOf": [one, many] })
    }
);
