//! Where callouts go.

use std::fmt;

use strum::{Display, EnumString, VariantNames};

use super::{Connections, Contact, ExpectedAnswer, Host, RequestPlan};
use crate::units::{Latency, Nanos, RecurringWindow};

/// The API under test, and how patient its caller is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// Hosts that may be sent to beyond loopback, from the scenario; our Remote Site Settings.
    pub allowed_hosts: Vec<Host>,
    /// Hosts beyond loopback that may be sent a token over plain HTTP, from the scenario.
    pub allow_plaintext: Vec<Host>,
    /// Who sends, said in `User-Agent` in place of the platform's own; `None` imitates the
    /// platform.
    pub identify: Option<Contact>,
    /// How long a callout may take from the first connect to the last byte, 1 ms to 120 s.
    ///
    /// Salesforce's default is 10 s and its maximum 120 s (Apex Developer Guide, callout limits).
    pub timeout: Nanos,
    /// Certificate authorities to trust instead of the system's, in PEM.
    pub ca: Option<Authorities>,
    /// When its name is resolved.
    pub resolve: Resolve,
    /// How connections to it are opened, kept and shared.
    pub connections: Connections,
    /// What callouts carry besides token and lead.
    pub request: RequestPlan,
    /// The metrics of `Server-Timing` that make up the server's time; where none is named,
    /// `total` does, or else the largest.
    pub server_timing: Vec<String>,
    /// What is connected to in place of the address's host, which stays in `Host`, in TLS and in the
    /// certificate; without a port the address's own.
    pub connect_to: Option<(Host, Option<u16>)>,
    /// Whether only the first address of several is connected to, and not each in turn.
    pub first_address: bool,
    /// The path that answers a `GET` with a success once the target is ready.
    pub ready: Option<String>,
    /// What an answer must say to count as a success.
    pub expect: ExpectedAnswer,
    /// Whether one callout is made before the load, which must succeed.
    pub preflight: bool,
    /// Whether the run ends early where its first callouts all fail alike.
    pub early_stop: bool,
}

/// A PEM file of certificate authorities, as it was when the plan was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorities {
    /// The file's name, as the scenario has it.
    pub file: String,
    /// What is in it.
    pub pem: Vec<u8>,
}

/// When a target's name is resolved.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Resolve {
    /// Before the load, and the address stays.
    #[default]
    Once,
    /// For each new connection, whose callout pays for it. Only addresses that the name
    /// had before the load are connected to.
    PerConnection,
}

/// A target's address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// Our own reference target, started for the run on threads of its own.
    Embedded(EmbeddedTarget),
    /// An API somewhere else.
    Url {
        /// Whether TLS is spoken.
        scheme: Scheme,
        /// The host without its port, lower-case; an IPv6 address without brackets.
        host: Host,
        /// The port.
        port: u16,
        /// The path and query, starting with `/`.
        path: String,
    },
}

/// How the embedded target behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EmbeddedTarget {
    /// How long each accepted lead takes to answer.
    pub latency: Latency,
    /// When nothing is answered.
    pub freeze: Option<RecurringWindow>,
    /// How long its access tokens are valid.
    pub access_token_life: Nanos,
    /// When its token endpoint fails.
    pub token_outage: Option<RecurringWindow>,
}

/// The protocol below HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display)]
#[strum(serialize_all = "lowercase")]
pub enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS.
    Https,
}

impl Address {
    /// `host:port` as the `Host` header and a connect need it; `None` for the embedded target.
    pub fn authority(&self) -> Option<String> {
        match self {
            Self::Embedded(_) => None,
            Self::Url { host, port, .. } if host.as_str().contains(':') => {
                Some(format!("[{host}]:{port}"))
            }
            Self::Url { host, port, .. } => Some(format!("{host}:{port}")),
        }
    }
}

impl fmt::Display for Address {
    /// Writes the address as a report shows it: without the query, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.authority()) {
            (Self::Url { scheme, path, .. }, Some(authority)) => {
                let path = path.split('?').next().unwrap_or("/");
                write!(f, "{scheme}://{authority}{path}")
            }
            _ => f.write_str("embedded"),
        }
    }
}
