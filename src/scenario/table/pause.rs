//! The pause of a virtual user, as it is written: `"1s"`, `{ min, max }` or `{ mean }`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::value::{HOUR, Lasting, Single, Value, schema};
use crate::plan::Pause;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Entry, Node, Tree};
use crate::units::Nanos;

/// The longest pause is an hour.
type Length = Lasting<0, HOUR>;

const EXPECTED: &str =
    "must be a string such as \"1s\", { min = \"0.5s\", max = \"2s\" } or { mean = \"1s\" }";

/// How long a user thinks.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Thinking(pub(in crate::scenario) Pause);

impl Value for Thinking {
    fn read_parts(node: &Node, faults: &mut Vec<(Span, String)>) -> Option<Self> {
        let Tree::Table(entries) = &node.value else {
            let constant = match &node.value {
                Tree::String(_) => Length::read(node),
                other => Err(format!("{EXPECTED}, not {}", other.kind())),
            };
            return constant
                .map(|span| Self(Pause::Constant(span.0)))
                .map_err(|message| faults.push((node.span, message)))
                .ok();
        };
        for entry in entries {
            if !["min", "max", "mean"].contains(&entry.key.as_str()) {
                let message = format!("has no key `{}`; it {EXPECTED}", entry.key);
                faults.push((entry.key_span, message));
            }
        }
        let mut length = |entry: &Entry| {
            let read = Length::read(&entry.node);
            read.map(|span| span.0)
                .map_err(|message| {
                    let message = format!("`{}`: {message}", entry.key);
                    faults.push((entry.node.span, message));
                })
                .ok()
        };
        let find = |name| entries.iter().find(|entry| entry.key == name);
        let pause = match (find("min"), find("max"), find("mean")) {
            (Some(min), Some(max), None) => uniform(length(min)?, length(max)?),
            (None, None, Some(mean)) => exponential(length(mean)?),
            _ => Err(EXPECTED.to_owned()),
        };
        pause
            .map(Self)
            .map_err(|message| faults.push((node.span, message)))
            .ok()
    }
}

fn uniform(min: Nanos, max: Nanos) -> Result<Pause, String> {
    if min < max {
        Ok(Pause::Uniform { min, max })
    } else {
        Err(format!("`min`, {min}, must be less than `max`, {max}"))
    }
}

fn exponential(mean: Nanos) -> Result<Pause, String> {
    if mean > Nanos::ZERO {
        Ok(Pause::Exponential { mean })
    } else {
        Err("`mean` must be more than 0".to_owned())
    }
}

schema!(
    [] Thinking,
    generator => {
        let length = Length::json_schema(generator);
        let table = |keys: &[&str]| {
            let property = |key: &&str| ((*key).to_owned(), length.clone().to_value());
            let properties: serde_json::Map<_, _> = keys.iter().map(property).collect();
            json_schema!({
                "type": "object",
                "properties": properties,
                "required": keys,
                "additionalProperties": false,
            })
        };
        json_schema!({ "anyOf": [length, table(&["min", "max"]), table(&["mean"])] })
    }
);
