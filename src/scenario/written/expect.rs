//! `[target.expect]` as it is written.

use schemars::JsonSchema;

use crate::scenario::table::at::Header;
use crate::scenario::table::forms::Statuses;
use crate::scenario::table::keys::{FromTable, Maybe};
use crate::scenario::table::reader::Table;
use crate::scenario::table::value::Free;
use crate::scenario::text::tree::Entry;

/// What an answer must say to count as a success. An answer that does not counts as
/// `unexpected_answer`. A key that begins with `/` is a JSON Pointer (RFC 6901) to a member of the body:
/// `"/success" = true`, `"/id" = { matches = "^00Q" }`, `"/errors" = { exists = false }`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = { "^/": true }))]
pub(in crate::scenario) struct ExpectTable {
    /// The status that is right, or several: `201`, `[200, 409]`. No other status counts as a success.
    /// Without this key: 200 to 299.
    pub(in crate::scenario) status: Maybe<Statuses>,
    /// Header fields: `{ "X-Queue" = "leads" }`, or a table with `matches` or `exists`.
    pub(in crate::scenario) headers: Maybe<Free<serde_json::Value>>,
    /// Members of the body, by their pointers.
    #[schemars(skip)]
    pub(in crate::scenario) members: Vec<Entry>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

impl FromTable for ExpectTable {
    fn from_table(mut table: Table<'_>) -> Self {
        let is_pointer = |entry: &&Entry| entry.key.starts_with('/');
        let read = Self {
            status: table.optional("status"),
            headers: table.optional("headers"),
            members: table.entries().iter().filter(is_pointer).cloned().collect(),
            header: table.header(),
        };
        table.finish_but(|key| key.starts_with('/'));
        read
    }

    fn header(&self) -> &Header {
        &self.header
    }
}
