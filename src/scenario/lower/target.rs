//! `[target]` to a target.

use crate::plan::{
    Address, Authorities, CONTACT_MAX, Contact, EmbeddedTarget, Host, Resolve, Scheme, Target,
};
use crate::scenario::sources::given::Files;
use crate::scenario::table::reader::At;
use crate::scenario::table::value::Text;
use crate::scenario::table::words::Addresses;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::connections::connections;
use crate::scenario::written::expect::expect;
use crate::scenario::written::request::wire;
use crate::scenario::written::scenario::{EmbeddedTable, TargetTable};
use crate::units::{Latency, Nanos};

/// Salesforce's default (Apex Developer Guide, callout limits).
const TIMEOUT: Nanos = Nanos::from_secs(10);

/// What the embedded target takes where nothing is said.
const SERVICE_TIME: Nanos = Nanos::from_millis(5);

/// How long its access tokens are valid where nothing is said.
const ACCESS_TOKEN_LIFE: Nanos = Nanos::from_secs(3600);

/// The word for our own target.
const EMBEDDED: &str = "embedded";

pub(super) fn target(
    table: TargetTable,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Target> {
    let allowed_hosts = hosts("allowed_hosts", table.allowed_hosts, complaints);
    let allow_plaintext = hosts("allow_plaintext", table.allow_plaintext, complaints);
    let identify = table
        .identify
        .and_then(|contact| identify(&contact, complaints));
    let embedded = embedded(table.embedded.as_ref(), complaints);
    let url = table.url?;
    let address = if url.value.0 == EMBEDDED {
        Some(Address::Embedded(embedded))
    } else {
        // From the command line the url may change for a run without the rest of the file.
        if let (Some(embedded), 0) = (&table.embedded, url.span.source) {
            complaints.add(
                embedded.header.span,
                "`embedded` is only for url = \"embedded\", and the url is another",
            );
        }
        match address(&url.value.0) {
            Ok(address) => Some(address),
            Err(message) => {
                let message = message.replace("should begin", "should be \"embedded\" or begin");
                complaints.add(url.span, format!("`url`: {message}"));
                None
            }
        }
    };
    let https = Scheme::Https;
    let speaks_tls = matches!(address, Some(Address::Url { scheme, .. }) if scheme == https);
    // From the command line the url may change, and what is said of TLS then waits.
    let may_speak_tls = speaks_tls || url.span.source != 0;
    let connections = connections(table.connections, may_speak_tls, complaints);
    let wire = wire(table.request, &connections, complaints);
    Some(Target {
        address: address?,
        connections,
        request: wire,
        allowed_hosts,
        allow_plaintext,
        identify,
        timeout: table.timeout.map_or(TIMEOUT, |span| span.value.0),
        ca: table
            .ca
            .and_then(|file| authorities(file, files, complaints)),
        server_timing: table
            .server_timing
            .map(|names| names.value.0)
            .unwrap_or_default(),
        connect_to: table
            .connect_to
            .and_then(|place| connect_to(&place, complaints)),
        first_address: table
            .addresses
            .is_some_and(|which| which.value.0 == Addresses::First),
        ready: table.ready.and_then(|path| ready(&path, complaints)),
        expect: expect(table.expect, complaints),
        preflight: table.preflight.is_none_or(|wanted| wanted.value),
        early_stop: table.early_stop.is_none_or(|wanted| wanted.value),
        resolve: table
            .resolve
            .map_or_else(Resolve::default, |resolve| resolve.value.0),
    })
}

/// How the embedded target behaves.
fn embedded(table: Option<&EmbeddedTable>, complaints: &Complaints) -> EmbeddedTarget {
    let service_time = table.and_then(|table| table.service_time.as_ref());
    let model = table.and_then(|table| table.latency.as_ref());
    if let (Some(_), Some(model)) = (service_time, model) {
        complaints
            .add(
                model.span,
                "`latency` and `service_time` exclude each other",
            )
            .hint("leave one of them out");
    }
    let constant = service_time.map_or(SERVICE_TIME, |span| span.value.0);
    EmbeddedTarget {
        latency: model.map_or(Latency::Constant(constant), |model| model.value.0),
        freeze: table.and_then(|table| Some(table.freeze.as_ref()?.value.0)),
        access_token_life: table
            .and_then(|table| Some(table.access_token_life.as_ref()?.value.0))
            .unwrap_or(ACCESS_TOKEN_LIFE),
        token_outage: table.and_then(|table| Some(table.token_outage.as_ref()?.value.0)),
    }
}

/// Reads the authorities that are trusted instead of the system's.
fn authorities(
    file: At<Text<1, 4096>>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Authorities> {
    let name = file.value.0;
    match files(file.span.source, &name) {
        Ok(pem) => Some(Authorities { file: name, pem }),
        Err(why) => {
            complaints.add(file.span, format!("`ca`: {why}"));
            None
        }
    }
}

/// Reads a list of hosts.
fn hosts(
    key: &str,
    listed: Option<At<Vec<At<Text<1, 253>>>>>,
    complaints: &Complaints,
) -> Vec<Host> {
    let listed = listed.map_or_else(Vec::new, |listed| listed.value);
    listed
        .into_iter()
        .filter_map(|host| {
            let parsed = Host::parse(&host.value.0);
            if parsed.is_none() {
                complaints
                    .add(host.span, format!("`{key}`: {:?} is no host", host.value.0))
                    .hint("write the name or address alone: no scheme, no port, no path, no '*'");
            }
            parsed
        })
        .collect()
}

/// Reads who sends.
fn identify(contact: &At<Text<1, CONTACT_MAX>>, complaints: &Complaints) -> Option<Contact> {
    match Contact::parse(&contact.value.0) {
        Ok(contact) => Some(contact),
        Err(why) => {
            complaints
                .add(contact.span, format!("`identify`: {why}"))
                .hint("write whom to ask: \"mailto:load-tests@example.com\", or a URL");
            None
        }
    }
}

/// Reads what is connected to in place of the URL's host.
fn connect_to(place: &At<Text<1, 300>>, complaints: &Complaints) -> Option<(Host, Option<u16>)> {
    let read = split_port(&place.value.0).and_then(|(host, port)| {
        let host = Host::parse(host).ok_or_else(|| format!("{host:?} is no host"))?;
        Ok((host, port))
    });
    read.map_err(|why| {
        complaints
            .add(place.span, format!("`connect_to`: {why}"))
            .hint("write a name or an address, and a port if it is another: \"10.0.0.7:8443\"");
    })
    .ok()
}

/// Reads the path that is asked for readiness.
fn ready(path: &At<Text<1, 2048>>, complaints: &Complaints) -> Option<String> {
    let text = &path.value.0;
    if text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(text.clone());
    }
    complaints
        .add(
            path.span,
            "`ready` should be a path of the target in percent-encoded ASCII",
        )
        .hint("write it from its slash on: \"/health\"");
    None
}

/// Reads an `http` or `https` URL (RFC 3986, section 3).
pub(in crate::scenario) fn address(url: &str) -> Result<Address, String> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("should begin with http:// or https://")?;
    let (scheme, usual_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (Scheme::Http, 80),
        "https" => (Scheme::Https, 443),
        other => return Err(format!("{other:?} is neither http nor https")),
    };
    if rest.contains('#') {
        return Err("a fragment is never sent; leave out what follows '#'".to_owned());
    }
    let path_start = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_start);
    if authority.contains('@') {
        return Err("should hold no user or password".to_owned());
    }
    let (host, port) = split_port(authority)?;
    if path.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err("the path should be percent-encoded ASCII".to_owned());
    }
    Ok(Address::Url {
        scheme,
        host: Host::parse(host).ok_or_else(|| format!("{host:?} is no host"))?,
        port: port.unwrap_or(usual_port),
        path: match path {
            "" => "/".to_owned(),
            query if query.starts_with('?') => format!("/{query}"),
            path => path.to_owned(),
        },
    })
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    let after_address = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = authority[after_address..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(after_address + colon);
    match port[1..].parse() {
        Ok(port @ 1..) => Ok((host, Some(port))),
        _ => Err(format!(
            "{:?} is no port; 1 to 65535 is accepted",
            &port[1..]
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_what_is_needed() {
        for (url, shown, authority) in [
            (
                "http://127.0.0.1:8080/leads",
                "http://127.0.0.1:8080/leads",
                "127.0.0.1:8080",
            ),
            (
                "https://Staging.Example.com",
                "https://staging.example.com:443/",
                "staging.example.com:443",
            ),
            ("http://[::1]:9/x?key=1", "http://[::1]:9/x", "[::1]:9"),
            ("http://a?b", "http://a:80/", "a:80"),
        ] {
            let address = address(url).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.authority().unwrap(), authority);
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in [
            "staging.example.com",
            "ftp://a/",
            "http://",
            "http://user:secret@a/",
            "http://a:0/",
            "http://a:99999/",
            "http://a:/",
            "http://a/ b",
            "http://a/#b",
            "http://[::1/",
        ] {
            assert!(address(url).is_err(), "{url}");
        }
    }
}
