//! `[target.request]` as it is written, and what it means.

use schemars::JsonSchema;

use crate::plan::{ConnectionField, Connections, HttpVersion, Lifetime, RequestPlan};
use crate::scenario::lower::header_fields::{fields, is_value};
use crate::scenario::table::reader::{At, Table};
use crate::scenario::table::value::{One, Text, Written};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::Entry;
use crate::units::Percent;

/// The header field of a trace (W3C Trace Context), in lower case.
const TRACEPARENT: &str = "traceparent";

/// What a callout carries besides its token and its lead.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct RequestTable {
    /// The `Content-Type`, to the byte. Where Apex code forgets to set it, Salesforce writes
    /// `application/x-www-form-urlencoded` over the JSON (seen in a published capture). Whether
    /// it adds a `charset` to what code has set is unverified: none is added here.
    #[schemars(extend("default" = "application/json"))]
    content_type: Option<At<Text<1, 255>>>,
    /// The `Connection` field: `absent`, as in published captures, whose proxies may have taken
    /// it out; `keep-alive`, as the JDK's client writes it, which Salesforce's looks like; or
    /// `close`, of connections with lifetime = "per-callout". What Salesforce writes is
    /// unverified.
    #[schemars(extend("default" = "absent"))]
    connection: Option<At<One<ConnectionField>>>,
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
    /// Sends `traceparent` (W3C Trace Context) with each callout, of which this share is sampled:
    /// `"100%"`, `"1%"`. The id of a trace follows from seed, run, load and number of the callout;
    /// it stands in `slowest.csv`, `requests.csv` and the page. Salesforce sends no such header.
    traceparent: Option<At<Written<Percent>>>,
    /// Where a trace can be looked at, for the page to lead there: a URL with `{trace_id}` in it,
    /// such as `https://tempo.example/trace/{trace_id}`.
    trace_link: Option<At<Text<1, 2048>>>,
}

impl RequestTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            content_type: table.optional("content_type"),
            connection: table.optional("connection"),
            release: table.optional("release"),
            headers: table.table("headers").map(|table| table.entries().to_vec()),
            resend_dropped: table.optional("resend_dropped"),
            created_id: table.optional("created_id"),
            traceparent: table.optional("traceparent"),
            trace_link: table.optional("trace_link"),
        };
        table.finish();
        read
    }
}

/// What callouts carry; faults are complained of, and the plan is then none.
pub(in crate::scenario) fn wire(
    table: Option<RequestTable>,
    connections: &Connections,
    complaints: &Complaints,
) -> RequestPlan {
    let usual = RequestPlan::default();
    let Some(table) = table else {
        return usual;
    };
    let span_of_trace = table.traceparent.as_ref().map(|share| share.span);
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
            complaints
                .add(
                    release.span,
                    format!("`release`: {:?} is no release", release.value.0),
                )
                .hint("write the number of the platform's API version: \"65.0\"");
        }
        release.value.0
    });
    if let Some(field) = &table.connection {
        suits(field, connections, complaints);
    }
    let headers = fields(table.headers.as_deref(), complaints);
    let traceparent = table.traceparent.map(|share| share.value.0);
    let has_own = headers.iter().any(|(name, _)| name == TRACEPARENT);
    if let (Some(span), true) = (span_of_trace, has_own) {
        complaints
            .add(span, "`traceparent` is among the headers too")
            .hint("leave it out there: each callout gets one of its own");
    }
    RequestPlan {
        traceparent,
        trace_link: table
            .trace_link
            .and_then(|link| trace_link(link, traceparent, complaints)),
        content_type: text("content_type", table.content_type, usual.content_type),
        connection: table
            .connection
            .map_or_else(ConnectionField::default, |field| field.value.0),
        release: release.unwrap_or(usual.release),
        headers,
        resend_dropped: table.resend_dropped.is_some_and(|resend| resend.value),
        created_id: table.created_id.map(|path| path.value.0),
    }
}

/// Reads the way to a trace; it is shown as a link, so it must be one.
fn trace_link(
    link: At<Text<1, 2048>>,
    traceparent: Option<Percent>,
    complaints: &Complaints,
) -> Option<String> {
    let text = link.value.0;
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    if !is_url || text.matches("{trace_id}").count() != 1 {
        complaints
            .add(
                link.span,
                "`trace_link`: should be a URL with `{trace_id}` in it once",
            )
            .hint("write it as \"https://tempo.example/trace/{trace_id}\"");
        return None;
    }
    if traceparent.is_none() {
        complaints
            .add(link.span, "`trace_link` requires `traceparent`")
            .hint("add traceparent = \"1%\" beside it");
    }
    Some(text)
}

/// Complains of a `Connection` field that says what is not done.
fn suits(field: &At<One<ConnectionField>>, connections: &Connections, complaints: &Complaints) {
    let is_kept = connections.lifetime != Lifetime::PerCallout;
    let (problem, hint) = match field.value.0 {
        ConnectionField::Absent => return,
        _ if connections.http == HttpVersion::Http2 => (
            "HTTP/2 has no such field (RFC 9113, section 8.2.2)",
            "leave it out",
        ),
        ConnectionField::Close if is_kept => (
            "\"close\" would end connections that are to be kept",
            "write lifetime = \"per-callout\" in [target.connections]",
        ),
        ConnectionField::KeepAlive if !is_kept => (
            "\"keep-alive\" would be said of connections that are closed",
            "write connection = \"close\", or leave it out",
        ),
        ConnectionField::Close | ConnectionField::KeepAlive => return,
    };
    complaints
        .add(field.span, format!("`connection`: {problem}"))
        .hint(hint);
}
