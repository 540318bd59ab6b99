//! `[target]` to a target.

use super::connections::connections;
use super::expect::expect;
use super::parsed::parsed;
use super::request::request;
use crate::plan::{Address, Authorities, Contact, EmbeddedTarget, Host, Scheme, Target};
use crate::scenario::sources::given::Files;
use crate::scenario::table::at::{At, Header};
use crate::scenario::table::keys::FromTable;
use crate::scenario::table::value::Text;
use crate::scenario::table::words::Addresses;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::target::{EmbeddedTable, TargetTable};
use crate::units::Latency;

/// The word for our own target.
const EMBEDDED: &str = "embedded";

pub(super) fn target(
    table: TargetTable,
    has_token_endpoint: bool,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Target> {
    let allowed_hosts = hosts("allowed_hosts", &table.allowed_hosts, complaints);
    let allow_plaintext = hosts("allow_plaintext", &table.allow_plaintext, complaints);
    let identify = parsed(
        "identify",
        table.identify,
        Contact::parse,
        "write whom to ask: \"mailto:load-tests@example.com\", or a URL",
        complaints,
    );
    let (url, ca) = (table.url?, table.ca);
    // From the command line the url may change for a run without the rest of the file.
    if url.0 == EMBEDDED && url.span.source == 0 {
        refuse_for_embedded(&table.header, has_token_endpoint, complaints);
    }
    let address = address(&url, table.embedded, complaints);
    let https = Scheme::Https;
    let speaks_tls = matches!(address, Some(Address::Url { scheme, .. }) if scheme == https);
    // From the command line the url may change, and what is said of TLS then waits.
    let may_speak_tls = speaks_tls || url.span.source != 0;
    let connections = connections(table.connections, may_speak_tls, complaints);
    let request = request(table.request, &connections, complaints);
    Some(Target {
        address: address?,
        connections,
        request,
        allowed_hosts,
        allow_plaintext,
        identify,
        timeout: table.timeout.0,
        ca: ca.and_then(|file| authorities(file, files, complaints)),
        server_timing: table
            .server_timing
            .map_or_else(Vec::new, |names| names.value.0),
        connect_to: parsed(
            "connect_to",
            table.connect_to,
            Host::parse_with_port,
            "write a name or an address, and a port if it is another: \"10.0.0.7:8443\"",
            complaints,
        ),
        first_address: table.addresses.0 == Addresses::First,
        ready: parsed(
            "ready",
            table.ready,
            ready,
            "write it from its slash on: \"/health\"",
            complaints,
        ),
        expect: expect(table.expect, complaints),
        preflight: *table.preflight,
        early_stop: *table.early_stop,
        resolve: table.resolve.0,
    })
}

/// Complains of keys that have no effect on a target in this process.
fn refuse_for_embedded(header: &Header, has_token_endpoint: bool, complaints: &Complaints) {
    // A token endpoint elsewhere has a name and a certificate.
    let of_others: &[&str] = if has_token_endpoint {
        &[]
    } else {
        &["ca", "resolve", "addresses"]
    };
    for name in ["connect_to", "ready"].iter().chain(of_others) {
        let why = "has no effect on url = \"embedded\"";
        let hint = "leave it out, or write the URL of your API";
        header.refuse(name, why, hint, complaints);
    }
}

/// Reads where the target is; `None` where there is a fault in its URL.
fn address(
    url: &At<Text<1, 2048>>,
    table: Option<EmbeddedTable>,
    complaints: &Complaints,
) -> Option<Address> {
    // From the command line the url may change for a run without the rest of the file.
    if let (Some(table), 0) = (&table, url.span.source)
        && url.0 != EMBEDDED
    {
        let message = "[target.embedded] requires url = \"embedded\"";
        complaints.advise(table.header.span, message, "leave the table out");
    }
    let embedded = embedded(table, complaints);
    if url.0 == EMBEDDED {
        return Some(Address::Embedded(embedded));
    }
    if !url.0.contains("://") {
        let message = "`url`: must be \"embedded\" or begin with http:// or https://";
        complaints.add(url.span, message);
        return None;
    }
    Address::parse(&url.0)
        .map_err(|why| complaints.add(url.span, format!("`url`: {why}")))
        .ok()
}

/// How the embedded target behaves.
fn embedded(table: Option<EmbeddedTable>, complaints: &Complaints) -> EmbeddedTarget {
    let table = table.unwrap_or_else(|| EmbeddedTable::usual(complaints));
    let (header, hint) = (&table.header, "leave one of them out");
    header.exclude("latency", "service_time", hint, complaints);
    let constant = Latency::Constant(table.service_time.0);
    EmbeddedTarget {
        latency: table.latency.map_or(constant, |model| model.0),
        freeze: table.freeze.map(|spell| spell.0),
        access_token_life: table.access_token_life.0,
        token_outage: table.token_outage.map(|spell| spell.0),
    }
}

/// Reads the authorities that are trusted instead of the system's.
fn authorities(
    file: At<Text<1, 4096>>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Authorities> {
    let name = file.value.0;
    let pem = files(file.span.source, &name)
        .map_err(|why| complaints.add(file.span, format!("`ca`: {why}")));
    Some(Authorities {
        file: name,
        pem: pem.ok()?,
    })
}

/// Reads a list of hosts.
fn hosts(key: &str, listed: &[At<Text<1, 253>>], complaints: &Complaints) -> Vec<Host> {
    let host = |host: &At<Text<1, 253>>| {
        let parsed = Host::parse(&host.0);
        if parsed.is_none() {
            let message = format!("`{key}`: {:?} is not a host", host.0);
            let hint = "write the name or address alone: no scheme, no port, no path, no '*'";
            complaints.advise(host.span, message, hint);
        }
        parsed
    };
    listed.iter().filter_map(host).collect()
}

/// Reads the path that is asked for readiness.
fn ready(path: &str) -> Result<String, String> {
    if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(path.to_owned());
    }
    Err("must be a path of the target in percent-encoded ASCII".to_owned())
}
