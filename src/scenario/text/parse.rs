//! Text to a tree, as far as it can be read.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaints::Complaints;
use super::span::Span;
use super::syntax;
use super::tree::{Entry, Node, Tree};

/// Parses text as far as it can be, and complains of the rest.
pub(in crate::scenario) fn document(complaints: &Complaints, source: usize, text: &str) -> Node {
    let (table, errors) = DeTable::parse_recoverable(text);
    let tree = convert_table(table.get_ref(), source);
    let root = Node::new(Span::new(source, 0..0), tree);
    syntax::complain(&root, &errors, text, complaints);
    root
}

/// Parses the text of one value; `None` when it is none.
pub(in crate::scenario) fn value(source: usize, text: &str) -> Option<Node> {
    DeValue::parse(text)
        .ok()
        .map(|value| convert(&value, source))
}

fn convert(value: &Spanned<DeValue<'_>>, source: usize) -> Node {
    let tree = match value.get_ref() {
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
    };
    Node::new(Span::new(source, value.span()), tree)
}

/// The entries in the order of the text, which the parser's own map does not keep.
fn convert_table(table: &DeTable<'_>, source: usize) -> Tree {
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().clone().into_owned(),
        key_span: Span::new(source, key.span()),
        node: convert(value, source),
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|entry| entry.key_span);
    Tree::Table(entries)
}
