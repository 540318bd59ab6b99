//! A scenario as a tree in which everything knows where it stood.

use serde_json::{Number, Value as Json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaints::Complaints;
use super::span::Span;
use super::syntax;

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

/// Parses text as far as it can be, and complains of the rest.
pub(in crate::scenario) fn parse(complaints: &Complaints, source: usize, text: &str) -> Node {
    let (table, errors) = DeTable::parse_recoverable(text);
    let span = Span {
        source,
        start: 0,
        end: 0,
    };
    let root = Node {
        span,
        value: convert_table(table.get_ref(), source),
        bare: None,
    };
    syntax::complain(&root, &errors, text, complaints);
    root
}

/// Parses the text of one value; `None` when it is none.
pub(in crate::scenario) fn parse_value(source: usize, text: &str) -> Option<Node> {
    DeValue::parse(text)
        .ok()
        .map(|value| convert(&value, source))
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

fn convert(value: &Spanned<DeValue<'_>>, source: usize) -> Node {
    let range = value.span();
    Node {
        span: Span {
            source,
            start: range.start,
            end: range.end,
        },
        value: match value.get_ref() {
            DeValue::Array(items) => {
                Tree::Array(items.iter().map(|item| convert(item, source)).collect())
            }
            DeValue::Boolean(value) => Tree::Boolean(*value),
            DeValue::Datetime(_) => Tree::Datetime,
            DeValue::Float(value) => Tree::Float(value.as_str().parse().ok()),
            DeValue::Integer(value) => {
                Tree::Integer(i64::from_str_radix(value.as_str(), value.radix()).ok())
            }
            DeValue::String(value) => Tree::String(value.clone().into_owned()),
            DeValue::Table(table) => convert_table(table, source),
        },
        bare: None,
    }
}

/// The entries in the order of the text, which the parser's own map does not keep.
fn convert_table(table: &DeTable<'_>, source: usize) -> Tree {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| {
            let range = key.span();
            Entry {
                key: key.get_ref().clone().into_owned(),
                key_span: Span {
                    source,
                    start: range.start,
                    end: range.end,
                },
                node: convert(value, source),
            }
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span);
    Tree::Table(entries)
}
