//! `[target.expect]` as it is written, and what it means.

use schemars::JsonSchema;

use crate::plan::{ExpectedAnswer, Wanted};
use crate::scenario::table::reader::{At, Table};
use crate::scenario::table::value::{Value, Whole};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Node, Tree};

/// Statuses, header fields or members that may be named.
const PARTS_MAX: usize = 32;

/// What an answer must say to count as a success; where it does not it counts as
/// `unexpected_answer`. A key that begins with `/` is a JSON Pointer (RFC 6901) to a member of the
/// body: `"/success" = true`, `"/id" = { matches = "^00Q" }`, `"/errors" = { exists = false }`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = { "^/": true }))]
pub(in crate::scenario) struct ExpectTable {
    /// The status that is right, or several: `201`, `[200, 409]`. Any other, also of a success,
    /// is not. Without it any from 200 to 299 is.
    #[schemars(with = "Option<StatusesSchema>")]
    status: Option<At<Statuses>>,
    /// Header fields: `{ "X-Queue" = "leads" }`, or a table with `matches` or `exists`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    headers: Option<Vec<Entry>>,
    /// Members of the body, by their pointers.
    #[schemars(skip)]
    members: Vec<Entry>,
}

/// One status, or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the form of a key, for its schema alone")]
enum StatusesSchema {
    One(#[schemars(range(min = 100, max = 599))] u16),
    Many(#[schemars(length(min = 1, max = 32), inner(range(min = 100, max = 599)))] Vec<u16>),
}

#[derive(Debug)]
struct Statuses(Vec<u16>);

impl Value for Statuses {
    fn read(node: &Node) -> Result<Self, String> {
        let one = |node: &Node| {
            let Whole(status) = Whole::<100, 599>::read(node)?;
            u16::try_from(status).map_err(|error| error.to_string())
        };
        let Tree::Array(items) = &node.value else {
            return one(node).map(|status| Self(vec![status]));
        };
        if !(1..=PARTS_MAX).contains(&items.len()) {
            return Err(format!("should have 1 to {PARTS_MAX} statuses"));
        }
        items.iter().map(one).collect::<Result<_, _>>().map(Self)
    }
}

impl ExpectTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let is_pointer = |entry: &&Entry| entry.key.starts_with('/');
        let members = table.entries().iter().filter(is_pointer).cloned().collect();
        let read = Self {
            status: table.optional("status"),
            headers: table.table("headers").map(|table| table.entries().to_vec()),
            members,
        };
        table.finish_but(|key| key.starts_with('/'));
        read
    }
}

/// What an answer must say; faults are complained of, and left out.
pub(in crate::scenario) fn expect(
    table: Option<ExpectTable>,
    complaints: &Complaints,
) -> ExpectedAnswer {
    let Some(table) = table else {
        return ExpectedAnswer::default();
    };
    let headers = table.headers.unwrap_or_default();
    for parts in [&headers, &table.members] {
        if let Some(first) = parts.get(PARTS_MAX) {
            let message = format!("more than {PARTS_MAX} parts of an answer are expected");
            complaints.add(first.key_span, message);
        }
    }
    let header = |entry: &Entry| Some((entry.key.to_ascii_lowercase(), wanted(entry, complaints)?));
    let member = |entry: &Entry| Some((entry.key.clone(), wanted(entry, complaints)?));
    ExpectedAnswer {
        statuses: table
            .status
            .map(|statuses| statuses.value.0)
            .unwrap_or_default(),
        headers: headers.iter().filter_map(header).collect(),
        members: table.members.iter().filter_map(member).collect(),
    }
}

fn wanted(entry: &Entry, complaints: &Complaints) -> Option<Wanted> {
    let fault = |message: &str, hint: &str| {
        complaints
            .add(entry.node.span, format!("`{}`: {message}", entry.key))
            .hint(hint);
        None
    };
    let form = "write a value, { matches = \"^00Q\" } or { exists = true }";
    let Tree::Table(inner) = &entry.node.value else {
        return match entry.node.value.json() {
            Some(value) => Some(Wanted::Is(value)),
            None => fault("this cannot stand in JSON", form),
        };
    };
    let [only] = inner.as_slice() else {
        return fault(
            "a table should have the one key `matches` or `exists`",
            form,
        );
    };
    match (only.key.as_str(), &only.node.value) {
        ("matches", Tree::String(pattern)) => match regex_lite::Regex::new(pattern) {
            Ok(_) => Some(Wanted::Matches(pattern.clone())),
            Err(error) => fault(&format!("this is no pattern: {error}"), form),
        },
        ("exists", Tree::Boolean(true)) => Some(Wanted::Present),
        ("exists", Tree::Boolean(false)) => Some(Wanted::Absent),
        _ => fault(
            "a table should have the one key `matches` or `exists`",
            form,
        ),
    }
}
