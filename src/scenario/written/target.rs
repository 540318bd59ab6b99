//! `[target]` and `[target.embedded]` as they are written.

use super::connections::ConnectionsTable;
use super::expect::ExpectTable;
use super::request::RequestTable;
use crate::plan::{CONTACT_MAX, Resolve};
use crate::scenario::table::at::At;
use crate::scenario::table::forms::MetricNames;
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{HOUR, Lasting, MILLISECOND, One, Quantity, SECOND, Text};
use crate::scenario::table::words::Addresses;
use crate::units::{Latency, RecurringWindow};

table! {
    /// The API under test.
    TargetTable {
        /// The URL that leads are posted to, or `embedded` for the reference target that leadbench
        /// starts within its own process.
        #[schemars(required)]
        url: Text<1, 2048> => "\"embedded\"",
        /// Hosts beyond loopback that the run may send to (Salesforce: Remote Site Settings). The host
        /// of `url` must be in this list unless it is loopback.
        allowed_hosts: Vec<At<Text<1, 253>>> = [],
        /// Hosts beyond loopback that may be sent a token over plain `http`. A scenario without tokens
        /// does not need it.
        allow_plaintext: Vec<At<Text<1, 253>>> = [],
        /// Whom the target's owner can ask about this load: a mail address or a URL. It is sent as
        /// `User-Agent: leadbench/VERSION (+CONTACT; run ID)` in place of Salesforce's
        /// `SFDC-Callout/NN.0`.
        identify: Maybe<Text<1, CONTACT_MAX>>,
        /// How long a callout may take before it counts as failed. 10 s is Salesforce's default.
        timeout: Lasting<MILLISECOND, { 120 * SECOND }> = "10s",
        /// A PEM file of certificate authorities to trust instead of the system's. Its path is relative
        /// to the scenario.
        ca: Maybe<Text<1, 4096>>,
        /// When the host name is resolved: `once`, before the load, or `per-connection`, so that the
        /// callout that opens a connection pays for the lookup (phase `dns`).
        resolve: One<Resolve> = "once",
        /// How connections are opened, kept and shared.
        connections: Option<ConnectionsTable>,
        /// What a callout carries besides its token and its lead.
        request: Option<RequestTable>,
        /// The metric of `Server-Timing` that is the server's whole time, or several that add up to it:
        /// `"app"`, `["db", "render"]`. Without this key: `total`, or the largest metric where none has
        /// that name.
        server_timing: Maybe<MetricNames>,
        /// Connects to this host instead of the URL's, for one node behind a load balancer: `10.0.0.7`,
        /// `10.0.0.7:8443`, `node-3`. The `Host` field, the TLS server name and the certificate stay the
        /// URL's. Both hosts must be allowed.
        connect_to: Maybe<Text<1, 300>>,
        /// Which address is used where the host has several: `in-turn` spreads connections over those
        /// that answer before the load (all of one family), `first` uses the first only.
        addresses: One<Addresses> = "in-turn",
        /// A path that answers `GET` with a success once the target is ready, such as `/health`. It is
        /// asked before the load; with `--wait-for`, until it succeeds.
        ready: Maybe<Text<1, 2048>>,
        /// Whether one callout is made before the load. It is marked `Leadbench-Callout: preflight` and
        /// is in no figure. If the target refuses it, the run says why and does not begin.
        preflight: bool = true,
        /// What an answer must say to count as a success. Without this table every 2xx status does.
        expect: Option<ExpectTable>,
        /// Whether the run ends early if its first callouts all fail. It ends after 20 failures of the
        /// same kind, or after 100 of different kinds that last 5 s. If the failure may be temporary (503,
        /// a reset), the 20 must last 5 s too.
        early_stop: bool = true,
        /// How the embedded target behaves. Only for `url = "embedded"`.
        embedded: Option<EmbeddedTable>,
    }
}

table! {
    /// How the embedded target behaves. Only for `url = "embedded"`.
    EmbeddedTable {
        /// How long the target takes to answer a lead. Its timer has a resolution of 1 ms, so its own
        /// account (phase `server`) is up to 1 ms more, and more on a busy machine.
        service_time: Lasting<0, { 120 * SECOND }> = "5ms",
        /// Instead of `service_time`, a distribution: `lognormal p50=5ms p99=40ms` or `exponential 5ms`;
        /// or a single server that handles one lead at a time: `mm1 5ms`, `md1 5ms`.
        latency: Maybe<Quantity<Latency>>,
        /// When the target answers nothing, counted from its first request: `every=10s for=1s`, or once
        /// with `from=10s for=2s`.
        freeze: Maybe<Quantity<RecurringWindow>>,
        /// How long an access token of its token endpoint is valid.
        access_token_life: Lasting<SECOND, { 24 * HOUR }> = "1h",
        /// When its token endpoint answers 503, counted from the first request: `from=10s for=2s`.
        token_outage: Maybe<Quantity<RecurringWindow>>,
    }
}
