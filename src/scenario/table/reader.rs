//! Reading a table: each key by its name, and at the end whatever was not asked for.

use std::iter;

use serde_json::Value as Json;

use super::at::{At, Header};
use super::value::Value;
use crate::scenario::text::closest::{as_key, closest, suggestion};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Entry, Node, Tree};

/// A table that is being read.
pub(in crate::scenario) struct Table<'t> {
    /// What it is called in messages: `[target]`, or `the scenario`.
    name: String,
    span: Span,
    entries: &'t [Entry],
    asked: Vec<&'static str>,
    complaints: &'t Complaints,
}

impl<'t> Table<'t> {
    /// Begins to read a node that should be a table; complains if it is none.
    pub(in crate::scenario) fn open(
        node: &'t Node,
        name: impl Into<String>,
        complaints: &'t Complaints,
    ) -> Option<Self> {
        let name = name.into();
        match &node.value {
            Tree::Table(entries) => Some(Self {
                name,
                span: node.span,
                entries,
                asked: Vec::new(),
                complaints,
            }),
            other => {
                let message = format!("{name} must be a table, not {}", other.kind());
                complaints.add(node.span, message);
                None
            }
        }
    }

    /// A table that is missing.
    pub(super) fn empty(complaints: &'t Complaints) -> Self {
        Self {
            name: String::new(),
            span: Span::default(),
            entries: &[],
            asked: Vec::new(),
            complaints,
        }
    }

    /// What is known of the table beside its values.
    pub(in crate::scenario) fn header(&self) -> Header {
        let key = |entry: &Entry| (entry.key.clone(), entry.key_span);
        Header {
            span: self.span,
            keys: self.entries.iter().map(key).collect(),
        }
    }

    /// The value of a key that may be missing.
    pub(in crate::scenario) fn optional<T: Value>(&mut self, name: &'static str) -> Option<At<T>> {
        let node = self.node(name)?;
        let mut faults = Vec::new();
        let value = T::read_parts(node, &mut faults);
        for (span, message) in faults {
            self.complaints.add(span, format!("`{name}`: {message}"));
        }
        value.map(|value| At {
            value,
            span: node.span,
        })
    }

    /// What a key that is missing stands for.
    #[expect(
        clippy::expect_used,
        reason = "defaults are constants, and a test reads each"
    )]
    pub(in crate::scenario) fn usual<T: Value>(default: &Json) -> At<T> {
        let value = T::read_parts(&Node::of_json(default), &mut Vec::new());
        At::usual(value.expect("a default is a value of its key"))
    }

    /// The value of a key that must be there, and what it could be.
    pub(in crate::scenario) fn required<T: Value>(
        &mut self,
        name: &'static str,
        example: &str,
    ) -> Option<At<T>> {
        if self.node(name).is_none() {
            if self.is_mistyped(name) {
                return None;
            }
            let message = format!("{} needs the key `{name}`", self.name);
            let hint = format!("add {name} = {example}");
            self.complaints.lack(self.span, message, hint);
            return None;
        }
        self.optional(name)
    }

    /// A table below this one.
    pub(in crate::scenario) fn table(&mut self, name: &'static str) -> Option<Self> {
        let complaints = self.complaints;
        let shown = match self.name.strip_suffix(']') {
            Some(parent) => format!("{parent}.{name}]"),
            None => format!("[{name}]"),
        };
        Table::open(self.node(name)?, shown, complaints)
    }

    /// Complains of an array of tables that is there and has none.
    pub(in crate::scenario) fn not_empty(&self, name: &str) {
        let entry = self.entries.iter().find(|entry| entry.key == name);
        if let Some(node) = entry.map(|entry| &entry.node)
            && matches!(&node.value, Tree::Array(items) if items.is_empty())
        {
            let hint = format!("write [[{name}]], once or more often");
            self.complaints
                .advise(node.span, format!("`{name}` is empty"), hint);
        }
    }

    /// The tables of an array of tables.
    pub(in crate::scenario) fn tables(&mut self, name: &'static str) -> Vec<Self> {
        let complaints = self.complaints;
        let shown = match self.name.strip_suffix("]]") {
            Some(parent) => format!("{parent}.{name}]]"),
            None => format!("[[{name}]]"),
        };
        match self.node(name) {
            None => Vec::new(),
            Some(Node {
                value: Tree::Array(items),
                ..
            }) => items
                .iter()
                .filter_map(|item| Table::open(item, shown.clone(), complaints))
                .collect(),
            Some(other) => {
                let message = format!("`{name}` must be an array of tables");
                let hint = format!("write {shown}");
                complaints.advise(other.span, message, hint);
                // One bracket too few on each side; its keys are still worth reading.
                let is_table = matches!(other.value, Tree::Table(_));
                let table = is_table.then(|| Table::open(other, shown, complaints));
                table.flatten().into_iter().collect()
            }
        }
    }

    /// The entries of a table whose keys are free.
    pub(in crate::scenario) const fn entries(&self) -> &'t [Entry] {
        self.entries
    }

    /// Complains of every key that was not asked for.
    pub(in crate::scenario) fn finish(self) {
        self.finish_but(|_| false);
    }

    /// The same where some keys are free.
    pub(in crate::scenario) fn finish_but(self, is_free: impl Fn(&str) -> bool) {
        for entry in self.entries {
            if self.asked.contains(&entry.key.as_str()) || is_free(&entry.key) {
                continue;
            }
            let message = format!("{} has no key `{}`", self.name, entry.key);
            let hint = self.hint(&entry.key);
            self.complaints.advise(entry.key_span, message, hint);
        }
    }

    /// Whether a key stands here that was meant to be this one, which is told as unknown.
    fn is_mistyped(&self, name: &'static str) -> bool {
        let entries = self.entries.iter();
        entries
            .filter(|entry| !self.asked.contains(&entry.key.as_str()))
            .any(|entry| closest(&entry.key, iter::once(name)).is_some())
    }

    fn hint(&self, key: &str) -> String {
        if key == "alg" {
            return "did you mean `algorithm`?".to_owned();
        }
        let otherwise = || format!("write one of {}", self.asked.join(", "));
        suggestion(key, self.asked.iter().copied(), as_key, otherwise)
    }

    fn node(&mut self, name: &'static str) -> Option<&'t Node> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.entries
            .iter()
            .find(|entry| entry.key == name)
            .map(|entry| &entry.node)
    }
}
