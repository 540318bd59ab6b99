//! `[target.connections]` as it is written.

use crate::plan::{HttpVersion, Lifetime, Sharing};
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{One, Text};
use crate::scenario::table::words::Offered;

table! {
    /// How connections are opened, kept and shared.
    ConnectionsTable {
        /// How long a connection is kept: `keep-alive` for as long as the target allows,
        /// `per-transaction` for one transaction, `per-callout` for one request. That Salesforce keeps
        /// connections alive is inferred from its headers, which are those of the JDK's client; it is
        /// unverified. Outside a load of kind `salesforce` a transaction is one iteration with its
        /// retries.
        lifetime: One<Lifetime> = "keep-alive",
        /// Who may use a connection: `user` gives each virtual user or slot its own, `shared` is one
        /// connection pool for all. How Salesforce shares connections is unknown.
        pool: One<Sharing> = "user",
        /// The version of HTTP. Salesforce speaks 1.1 (captured at a target that offered 2). With HTTP/2
        /// the start of the request, the head of the answer and its end are measured; `send` is not
        /// measured apart. HTTP/2 is requested by ALPN over TLS, otherwise spoken with prior knowledge.
        http: One<HttpVersion> = "1.1",
        /// The version of TLS to offer: `1.2`, which Salesforce was seen to speak, `1.3`, or `any` for
        /// both. Whether Salesforce speaks 1.3 is unverified. Only for `https`.
        tls: One<Offered> = "1.2",
        /// Whether `http/1.1` is offered by ALPN. The JDK's client, which Salesforce's resembles, offers
        /// nothing; unverified for Salesforce. HTTP/2 is always offered where `http = "2"`. Only for
        /// `https`.
        alpn: bool = false,
        /// Whether later connections resume TLS sessions, as Salesforce does (seen in a load balancer's
        /// log). Only for `https`.
        resumption: bool = true,
        /// The unique name of a key pair whose certificate, with the chain in its file, is shown to the
        /// target (mutual TLS). Only for `https`.
        client_certificate: Maybe<Text<1, 80>>,
        /// Whether the kernel is asked when each answer arrived, so that a late read is charged to the
        /// generator (phase `pickup`) and not to the network. HTTP/1.1 on Linux only. Without this key:
        /// yes, except for virtual users without a pause, where it costs about 5 % of the generator's CPU
        /// time.
        kernel_stamps: Maybe<bool>,
    }
}
