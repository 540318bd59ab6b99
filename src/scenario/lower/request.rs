//! `[target.request]` to what callouts carry.

use super::header_fields::{check_value, fields};
use super::parsed::parsed;
use crate::plan::{ConnectionField, Connections, HttpVersion, Lifetime, RequestPlan};
use crate::scenario::table::at::At;
use crate::scenario::table::keys::FromTable;
use crate::scenario::table::value::One;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::request::RequestTable;

/// The header field of a trace (W3C Trace Context), in lower case.
const TRACEPARENT: &str = "traceparent";

/// What callouts carry; faults are complained of, and the plan is then none.
pub(super) fn request(
    table: Option<RequestTable>,
    connections: &Connections,
    complaints: &Complaints,
) -> RequestPlan {
    let table = table.unwrap_or_else(|| RequestTable::usual(complaints));
    check_value("content_type", &table.content_type, complaints);
    let is_version = |b: u8| b.is_ascii_digit() || b == b'.';
    if !table.release.0.bytes().all(is_version) {
        let message = format!("`release`: {:?} is not a release number", table.release.0);
        let hint = "write the number of the platform's API version: \"65.0\"";
        complaints.advise(table.release.span, message, hint);
    }
    suits(&table.connection, connections, complaints);
    let headers = fields(table.headers.as_ref(), complaints);
    if headers.iter().any(|(name, _)| name == TRACEPARENT) {
        let hint = "leave it out of the headers: each callout gets one of its own";
        let why = "is set here and among the headers";
        table.header.refuse(TRACEPARENT, why, hint, complaints);
    }
    if !table.header.has(TRACEPARENT) {
        let hint = "add traceparent = \"1%\" beside it";
        let header = &table.header;
        header.requires("trace_link", "`traceparent`", hint, complaints);
    }
    RequestPlan {
        traceparent: table.traceparent.map(|share| share.0),
        trace_link: parsed(
            "trace_link",
            table.trace_link,
            trace_link,
            "write it as \"https://tempo.example/trace/{trace_id}\"",
            complaints,
        ),
        content_type: table.content_type.value.0,
        connection: table.connection.0,
        release: table.release.value.0,
        headers,
        resend_dropped: *table.resend_dropped,
        created_id: table.created_id.map(|path| path.value.0),
    }
}

/// Reads where a trace can be seen; the report shows it as a link, so it must be one.
fn trace_link(text: &str) -> Result<String, String> {
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    if is_url && text.matches("{trace_id}").count() == 1 {
        return Ok(text.to_owned());
    }
    Err("must be a URL with `{trace_id}` in it once".to_owned())
}

/// Complains of a `Connection` field that contradicts how connections are kept.
fn suits(field: &At<One<ConnectionField>>, connections: &Connections, complaints: &Complaints) {
    let is_kept = connections.lifetime != Lifetime::PerCallout;
    let (problem, hint) = match field.0 {
        ConnectionField::Absent => return,
        _ if connections.http == HttpVersion::Http2 => (
            "HTTP/2 has no such field (RFC 9113, section 8.2.2)",
            "leave it out",
        ),
        ConnectionField::Close if is_kept => (
            "\"close\" contradicts `lifetime`, which keeps connections open",
            "write lifetime = \"per-callout\" in [target.connections]",
        ),
        ConnectionField::KeepAlive if !is_kept => (
            "\"keep-alive\" contradicts lifetime = \"per-callout\"",
            "write connection = \"close\", or leave it out",
        ),
        ConnectionField::Close | ConnectionField::KeepAlive => return,
    };
    let message = format!("`connection`: {problem}");
    complaints.advise(field.span, message, hint);
}
