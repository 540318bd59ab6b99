//! `[target.request]` as it is written, and what it means.

use schemars::JsonSchema;

use super::problem::Complaints;
use super::table::{At, Table};
use super::tree::{Entry, Tree};
use super::value::Text;
use crate::plan::Wire;

/// Header fields that are not a user's to write: the connection's, and the token's.
const NOT_YOURS: [&str; 6] = [
    "authorization",
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

/// What a callout carries besides its token and its lead.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RequestTable {
    /// The `Content-Type`. Where Apex code forgets to set it, Salesforce writes
    /// `application/x-www-form-urlencoded` over the JSON (seen in a published capture).
    #[schemars(extend("default" = "application/json"))]
    content_type: Option<At<Text<1, 255>>>,
    /// The platform's release in `User-Agent: SFDC-Callout/NN.0`: 65.0 in Winter '26.
    #[schemars(extend("default" = "65.0"))]
    release: Option<At<Text<1, 16>>>,
    /// Header fields of your own, as `setHeader` sets them; they may stand in for `Accept` and
    /// the others of the platform.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>")]
    headers: Option<Vec<Entry>>,
    /// Whether a POST is sent once more when its connection is closed before any of its answer
    /// has come, with the same lead and the same token: what the JDK does silently, whose HTTP
    /// client Salesforce's requests look like. Of Salesforce it is not confirmed.
    #[schemars(extend("default" = false))]
    resend_dropped: Option<At<bool>>,
    /// Where in an answer the Id of the record stands that was created: names, and numbers of an
    /// array, with points between (`id`, `data.0.id`). Then the run writes `created.csv`, and a
    /// lead that is answered with the Id of another counts as `duplicate` and not as a success.
    created_id: Option<At<Text<1, 200>>>,
}

impl RequestTable {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            content_type: table.optional("content_type"),
            release: table.optional("release"),
            headers: table.table("headers").map(|table| table.entries().to_vec()),
            resend_dropped: table.optional("resend_dropped"),
            created_id: table.optional("created_id"),
        };
        table.finish();
        read
    }
}

/// What callouts carry; faults are complained of, and the plan is then none.
pub(super) fn wire(table: Option<RequestTable>, complaints: &Complaints) -> Wire {
    let usual = Wire::default();
    let Some(table) = table else {
        return usual;
    };
    let text = |key: &str, given: Option<At<Text<1, 255>>>, usual: String| match given {
        Some(given) => {
            if !is_value(&given.value.0) {
                complaints.add(given.span, format!("`{key}` can be no header value"));
            }
            given.value.0
        }
        None => usual,
    };
    let release = table.release.map(|release| {
        let is_version = release
            .value
            .0
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.');
        if !is_version {
            complaints.add_with_hint(
                release.span,
                format!("`release`: {:?} is no release", release.value.0),
                "write the number of the platform's API version: \"65.0\"",
            );
        }
        release.value.0
    });
    let headers = table.headers.unwrap_or_default();
    let headers = headers.iter().filter_map(|entry| field(entry, complaints));
    Wire {
        content_type: text("content_type", table.content_type, usual.content_type),
        release: release.unwrap_or(usual.release),
        headers: headers.collect(),
        resend_dropped: table.resend_dropped.is_some_and(|resend| resend.value),
        created_id: table.created_id.map(|path| path.value.0),
    }
}

/// A header field, if it can be one (RFC 9110, section 5).
fn field(entry: &Entry, complaints: &Complaints) -> Option<(String, String)> {
    let name = &entry.key;
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token {
        complaints.add(entry.key_span, format!("{name:?} can be no header's name"));
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if NOT_YOURS.contains(&lower.as_str()) {
        complaints.add_with_hint(
            entry.key_span,
            format!("`{name}` is written by the callout itself"),
            "leave it out; [auth] says what becomes of the token",
        );
        return None;
    }
    if ["content-type", "user-agent"].contains(&lower.as_str()) {
        complaints.add_with_hint(
            entry.key_span,
            format!("`{name}` has a key of its own"),
            "write content_type or release in [target.request]",
        );
        return None;
    }
    match &entry.node.value {
        Tree::String(value) if is_value(value) => Some((lower, value.clone())),
        Tree::String(_) => {
            complaints.add(entry.node.span, format!("`{name}` can be no header value"));
            None
        }
        other => {
            complaints.add(
                entry.node.span,
                format!("`{name}` should be a string, not {}", other.kind()),
            );
            None
        }
    }
}

/// Visible ASCII, and blanks between.
fn is_value(text: &str) -> bool {
    text.trim() == text && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
