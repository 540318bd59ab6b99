//! Reading a table: each key by its name, and at the end whatever nobody asked for.

use super::problem::{Complaints, Span};
use super::tree::{Entry, Node, Tree};
use super::value::Value;

/// A value and where it stood.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// How alike a mistyped key must be to a known one to be taken for it (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// A table that is being read.
pub(super) struct Table<'t> {
    /// What it is called in messages: `[target]`, or `the scenario`.
    name: String,
    span: Span,
    entries: &'t [Entry],
    asked: Vec<&'static str>,
    faulty: Vec<&'static str>,
    complaints: &'t Complaints,
}

impl<'t> Table<'t> {
    /// Begins to read a node that should be a table; complains if it is none.
    pub(super) fn open(
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
                faulty: Vec::new(),
                complaints,
            }),
            other => {
                complaints.add(
                    node.span,
                    format!("{name} should be a table, not {}", other.kind()),
                );
                None
            }
        }
    }

    /// Where the table stood.
    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// The keys that are there but hold nothing usable; they are not missing.
    pub(super) fn faulty(&self) -> Vec<&'static str> {
        self.faulty.clone()
    }

    /// The value of a key that may be missing.
    pub(super) fn optional<T: Value>(&mut self, name: &'static str) -> Option<At<T>> {
        let node = self.node(name)?;
        match T::read(node) {
            Ok(value) => Some(At {
                value,
                span: node.span,
            }),
            Err(message) => {
                self.complaints
                    .add(node.span, format!("`{name}`: {message}"));
                self.faulty.push(name);
                None
            }
        }
    }

    /// The value of a key that must be there.
    pub(super) fn required<T: Value>(&mut self, name: &'static str) -> Option<At<T>> {
        if self.node(name).is_none() {
            self.complaints
                .add_missing(self.span, format!("{} lacks the key `{name}`", self.name));
            return None;
        }
        self.optional(name)
    }

    /// A table below this one.
    pub(super) fn table(&mut self, name: &'static str) -> Option<Self> {
        let complaints = self.complaints;
        Table::open(self.node(name)?, format!("[{name}]"), complaints)
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&mut self, name: &'static str) -> Vec<Self> {
        let complaints = self.complaints;
        let shown = format!("[[{name}]]");
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
                complaints.add_missing(
                    other.span,
                    format!("`{name}` should be an array of tables: write {shown}"),
                );
                Vec::new()
            }
        }
    }

    /// The entries of a table whose keys are free.
    pub(super) const fn entries(&self) -> &'t [Entry] {
        self.entries
    }

    /// Complains of every key that nobody asked for.
    pub(super) fn finish(self) {
        for entry in self.entries {
            if self.asked.contains(&entry.key.as_str()) {
                continue;
            }
            let message = format!("{} has no key `{}`", self.name, entry.key);
            let hint = self.hint(&entry.key);
            self.complaints.add_with_hint(entry.key_span, message, hint);
        }
    }

    fn hint(&self, key: &str) -> String {
        if key == "algorithm" || key == "alg" {
            return "Salesforce signs RS256 with this source, so there is nothing to choose"
                .to_owned();
        }
        closest(key, self.asked.iter().copied()).map_or_else(
            || format!("it knows {}", self.asked.join(", ")),
            |known| format!("did you mean `{known}`?"),
        )
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

/// The known word that a mistyped one is most like, if it is like any.
pub(super) fn closest<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}
