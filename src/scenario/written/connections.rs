//! `[target.connections]` as it is written, and what it means.

use schemars::JsonSchema;

use crate::plan::{Connections, HttpVersion, Lifetime, Sharing};
use crate::scenario::table::reader::{At, Header, Table};
use crate::scenario::table::value::{One, Text};
use crate::scenario::table::words::Offered;
use crate::scenario::text::complaints::Complaints;

/// How connections are opened, kept and shared.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct ConnectionsTable {
    /// How long a connection is kept: as long as the target allows (`keep-alive`), for one
    /// transaction (`per-transaction`), or for one request (`per-callout`). That Salesforce keeps
    /// them is inferred from its headers, which are those of the JDK's pooling client; it is
    /// unverified.
    #[schemars(extend("default" = "keep-alive"))]
    lifetime: Option<At<One<Lifetime>>>,
    /// Whether each virtual user or slot has a connection of its own (`user`), or takes
    /// whichever is free (`shared`). How an org shares its own is unknown.
    #[schemars(extend("default" = "user"))]
    pool: Option<At<One<Sharing>>>,
    /// The version of HTTP. Salesforce speaks 1.1 (seen at a target that offered 2). Of HTTP/2 the request's start, the head
    /// of the answer and its end are measured; `send` is not told apart.
    #[schemars(extend("default" = "1.1"))]
    http: Option<At<One<HttpVersion>>>,
    /// The version of TLS to offer: `1.2`, which Salesforce was seen to speak, `1.3`, or `any`
    /// of both. That Salesforce speaks 1.3 to others is unverified.
    #[schemars(extend("default" = "1.2"))]
    tls: Option<At<One<Offered>>>,
    /// Whether `http/1.1` is offered by ALPN. The JDK's client, which Salesforce's looks like,
    /// offers nothing; of Salesforce it is unverified. HTTP/2 is always offered where it is spoken.
    #[schemars(extend("default" = false))]
    alpn: Option<At<bool>>,
    /// Whether TLS sessions are resumed by later connections, as Salesforce does (a captured
    /// line of a load balancer's log).
    #[schemars(extend("default" = true))]
    resumption: Option<At<bool>>,
    /// The unique name of a key pair whose certificate is shown to the target (mutual TLS).
    client_certificate: Option<At<Text<1, 80>>>,
    /// Whether the kernel is asked when each answer arrived, so that a generator that reads it
    /// late does not blame the network (phase `pickup`). HTTP/1.1 on Linux; elsewhere there are no
    /// stamps, and the report says so. Without this key it is, unless virtual users call without
    /// any pause: there it costs about 4 % of the generator's CPU time, and else too little to see.
    kernel_stamps: Option<At<bool>>,
    #[schemars(skip)]
    header: Header,
}

impl ConnectionsTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            lifetime: table.optional("lifetime"),
            pool: table.optional("pool"),
            http: table.optional("http"),
            tls: table.optional("tls"),
            alpn: table.optional("alpn"),
            resumption: table.optional("resumption"),
            client_certificate: table.optional("client_certificate"),
            kernel_stamps: table.optional("kernel_stamps"),
            header: table.header(),
        };
        table.finish();
        read
    }
}

/// What is said of connections to a target that speaks TLS, or does not.
pub(in crate::scenario) fn connections(
    table: Option<ConnectionsTable>,
    speaks_tls: bool,
    complaints: &Complaints,
) -> Connections {
    let Some(table) = table else {
        return Connections::default();
    };
    let http = table
        .http
        .map_or_else(HttpVersion::default, |http| http.value.0);
    let lifetime = table
        .lifetime
        .as_ref()
        .map_or_else(Lifetime::default, |lifetime| lifetime.value.0);
    for key in ["tls", "alpn", "resumption", "client_certificate"] {
        if let (Some(span), false) = (table.header.key(key), speaks_tls) {
            complaints.add(
                span,
                format!("`{key}` is only for a target whose url is https"),
            );
        }
    }
    if let (Some(alpn), HttpVersion::Http2) = (&table.alpn, http)
        && !alpn.value
    {
        complaints
            .add(
                alpn.span,
                "`alpn`: HTTP/2 over TLS is spoken where ALPN has chosen it",
            )
            .hint("leave it out");
    }
    let pool = table
        .pool
        .as_ref()
        .map_or_else(Sharing::default, |pool| pool.value.0);
    if let (Some(named), Sharing::Shared, true) =
        (&table.pool, pool, lifetime != Lifetime::KeepAlive)
    {
        complaints
            .add(
                named.span,
                "`pool`: connections that are not kept cannot be shared",
            )
            .hint("leave out pool, or write lifetime = \"keep-alive\"");
    }
    Connections {
        lifetime,
        pool,
        http,
        tls: match table.tls.map(|tls| tls.value.0) {
            None => Connections::default().tls,
            Some(Offered::Only(version)) => Some(version),
            Some(Offered::Any) => None,
        },
        alpn: table.alpn.is_some_and(|alpn| alpn.value),
        resumption: table.resumption.is_none_or(|resumption| resumption.value),
        client_certificate: table.client_certificate.map(|name| name.value.0),
        kernel_stamps: table.kernel_stamps.map(|stamps| stamps.value),
    }
}
