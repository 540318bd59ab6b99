//! `[target.connections]` to how connections are opened, kept and shared.

use super::unique_name::unique_name;
use crate::plan::{Connections, HttpVersion, Lifetime, Sharing};
use crate::scenario::table::keys::FromTable;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::connections::ConnectionsTable;

/// The connections to a target that speaks TLS, or does not.
pub(super) fn connections(
    table: Option<ConnectionsTable>,
    speaks_tls: bool,
    complaints: &Complaints,
) -> Connections {
    let table = table.unwrap_or_else(|| ConnectionsTable::usual(complaints));
    let header = &table.header;
    if !speaks_tls {
        for key in ["tls", "alpn", "resumption", "client_certificate"] {
            let hint = "leave it out, or write an https URL";
            header.requires(key, "a target whose url is https", hint, complaints);
        }
    }
    if table.alpn.is_given() && !*table.alpn && table.http.0 == HttpVersion::Http2 {
        let message = "`alpn`: HTTP/2 over TLS requires ALPN";
        let hint = "leave it out";
        complaints.advise(table.alpn.span, message, hint);
    }
    if table.pool.0 == Sharing::Shared && table.lifetime.0 != Lifetime::KeepAlive {
        let message = "`pool`: only connections that are kept can be shared";
        let hint = "leave out `pool`, or write lifetime = \"keep-alive\"";
        complaints.advise(table.pool.span, message, hint);
    }
    Connections {
        lifetime: table.lifetime.0,
        pool: table.pool.0,
        http: table.http.0,
        tls: table.tls.0.only(),
        alpn: *table.alpn,
        resumption: *table.resumption,
        client_certificate: table
            .client_certificate
            .and_then(|name| unique_name("client_certificate", name, complaints)),
        kernel_stamps: table.kernel_stamps.map(|stamps| *stamps),
    }
}
