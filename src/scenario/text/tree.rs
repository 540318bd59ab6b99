//! A scenario as a tree in which everything knows where it stood.

use serde_json::{Number, Value as Json};

use super::span::Span;

/// A value and where it stood.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Node {
    pub(in crate::scenario) span: Span,
    pub(in crate::scenario) value: Tree,
    /// How a value of the command line was written, where it has no quotes: it may be meant
    /// as a string, `--set target.connections.tls=1.3`.
    pub(in crate::scenario) bare: Option<String>,
}

/// A value of TOML.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum Tree {
    Array(Vec<Node>),
    Boolean(bool),
    Datetime,
    /// `None` when no number can stand for it.
    Float(Option<f64>),
    /// `None` when it does not fit into 64 bits.
    Integer(Option<i64>),
    String(String),
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct Entry {
    pub(in crate::scenario) key: String,
    pub(in crate::scenario) key_span: Span,
    pub(in crate::scenario) node: Node,
}

impl Node {
    /// A value as the text has it.
    pub(in crate::scenario) const fn new(span: Span, value: Tree) -> Self {
        Self {
            span,
            value,
            bare: None,
        }
    }

    /// Shows each string below it to `look`, with the keys that lead there from `path` on.
    pub(in crate::scenario) fn each_string<'n>(
        &'n self,
        path: &mut Vec<&'n str>,
        look: &mut impl FnMut(&[&'n str], &'n Self, &'n str),
    ) {
        match &self.value {
            Tree::Array(items) => {
                for item in items {
                    item.each_string(path, look);
                }
            }
            Tree::Table(entries) => {
                for entry in entries {
                    path.push(&entry.key);
                    entry.node.each_string(path, look);
                    path.pop();
                }
            }
            Tree::String(text) => look(path, self, text),
            Tree::Boolean(_) | Tree::Datetime | Tree::Float(_) | Tree::Integer(_) => {}
        }
    }

    /// The value of a key of a table.
    pub(in crate::scenario) fn get(&self, key: &str) -> Option<&Self> {
        let Tree::Table(entries) = &self.value else {
            return None;
        };
        let known = entries.iter().find(|entry| entry.key == key);
        known.map(|entry| &entry.node)
    }

    /// A default, which stands nowhere: an array, a boolean, a whole number or a string.
    pub(in crate::scenario) fn of_json(value: &Json) -> Self {
        let value = match value {
            Json::Array(items) => Tree::Array(items.iter().map(Self::of_json).collect()),
            Json::Bool(value) => Tree::Boolean(*value),
            Json::Number(number) => Tree::Integer(number.as_i64()),
            Json::String(text) => Tree::String(text.clone()),
            Json::Null | Json::Object(_) => Tree::Table(Vec::new()),
        };
        Self::new(Span::default(), value)
    }
}

impl Tree {
    /// The same as JSON; `None` where JSON has nothing like it.
    pub(in crate::scenario) fn json(&self) -> Option<Json> {
        Some(match self {
            Self::Array(items) => Json::Array(
                items
                    .iter()
                    .map(|item| item.value.json())
                    .collect::<Option<_>>()?,
            ),
            Self::Boolean(value) => Json::from(*value),
            Self::Datetime => return None,
            Self::Float(value) => Json::Number(Number::from_f64((*value)?)?),
            Self::Integer(value) => Json::from((*value)?),
            Self::String(text) => Json::from(text.as_str()),
            Self::Table(entries) => Json::Object(
                entries
                    .iter()
                    .map(|entry| Some((entry.key.clone(), entry.node.value.json()?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// What it is, as an error says it.
    pub(in crate::scenario) const fn kind(&self) -> &'static str {
        match self {
            Self::Array(_) => "an array",
            Self::Boolean(_) => "a boolean",
            Self::Datetime => "a date",
            Self::Float(_) => "a float",
            Self::Integer(_) => "an integer",
            Self::String(_) => "a string",
            Self::Table(_) => "a table",
        }
    }
}
