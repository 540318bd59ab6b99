//! `[target.expect]` to what an answer must say.

use crate::plan::{ExpectedAnswer, Wanted};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Tree};
use crate::scenario::written::expect::ExpectTable;

/// Header fields or members that may be named.
const PARTS_MAX: usize = 32;

/// What to write for a header field or a member.
const FORM: &str = "write a value, { matches = \"^00Q\" } or { exists = true }";

/// What an answer must say; faults are complained of, and left out.
pub(super) fn expect(table: Option<ExpectTable>, complaints: &Complaints) -> ExpectedAnswer {
    let Some(table) = table else {
        return ExpectedAnswer::default();
    };
    let headers = table
        .headers
        .map_or_else(Vec::new, |table| table.value.entries);
    for parts in [&headers, &table.members] {
        if let Some(first) = parts.get(PARTS_MAX) {
            let message = format!("there are more than {PARTS_MAX} expected parts of an answer");
            complaints.add(first.key_span, message);
        }
    }
    let wanted = |entry: &Entry| {
        let fault = |why: String| {
            let message = format!("`{}`: {why}", entry.key);
            complaints.advise(entry.node.span, message, FORM);
        };
        wanted(&entry.node.value).map_err(fault).ok()
    };
    let header = |entry: &Entry| Some((entry.key.to_ascii_lowercase(), wanted(entry)?));
    let member = |entry: &Entry| Some((entry.key.clone(), wanted(entry)?));
    ExpectedAnswer {
        statuses: table
            .status
            .map(|statuses| statuses.value.0)
            .unwrap_or_default(),
        headers: headers.iter().filter_map(header).collect(),
        members: table.members.iter().filter_map(member).collect(),
    }
}

fn wanted(value: &Tree) -> Result<Wanted, String> {
    let Tree::Table(inner) = value else {
        return value
            .json()
            .map(Wanted::Is)
            .ok_or_else(|| "this value cannot be written as JSON".to_owned());
    };
    let only = match inner.as_slice() {
        [only] => Some((only.key.as_str(), &only.node.value)),
        _ => None,
    };
    match only {
        Some(("matches", Tree::String(pattern))) => match regex_lite::Regex::new(pattern) {
            Ok(_) => Ok(Wanted::Matches(pattern.clone())),
            Err(error) => Err(format!("this is not a valid pattern: {error}")),
        },
        Some(("exists", Tree::Boolean(true))) => Ok(Wanted::Present),
        Some(("exists", Tree::Boolean(false))) => Ok(Wanted::Absent),
        _ => Err("a table here has exactly one key, `matches` or `exists`".to_owned()),
    }
}
