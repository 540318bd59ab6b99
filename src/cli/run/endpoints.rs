//! The addresses of a target: resolved, believed, and reached once before the load.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::exit::Failure;
use crate::cli::guard;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::client::{
    Alpn, ConnectError, Endpoint, Lookup, TlsError, TlsForm, TlsTrust, TlsVersion,
};
use crate::clock::Clock;
use crate::plan::{self, Address, Connections, Host, HttpVersion, Plan, Resolve, Scheme};

/// What to try when nothing answers, and when what answers is not believed.
const DOWN: &str = "start it first, or try the scenario with --target embedded";
const OTHER_CA: &str = "[target] ca replaces the system's authorities, and none of its own has \
                        signed what the target shows";
const DISTRUSTED: &str = "name a PEM file of authorities with [target] ca";

/// An endpoint for each address of the host, in the resolver's order.
pub(super) fn endpoints(
    plan: &Plan,
    scheme: Scheme,
    host: &Host,
    port: u16,
    keys: &KeyFolder,
) -> Result<Vec<Endpoint>, Failure> {
    let addresses = resolve(host, port)?;
    let lookup = match plan.target.resolve {
        Resolve::Once => None,
        Resolve::PerConnection => Some(Lookup::new(host.as_str(), port, &addresses)),
    };
    let finish = |endpoint: Endpoint| {
        let endpoint = speaking(plan, endpoint);
        match &lookup {
            Some(lookup) => endpoint.with_lookup(lookup.clone()),
            None => endpoint,
        }
    };
    if scheme == Scheme::Http {
        let plain = addresses.into_iter().map(Endpoint::plain);
        return Ok(plain.map(finish).collect());
    }
    let form = tls_form(&plan.target.connections, keys)?;
    let trust = match &plan.target.ca {
        Some(authorities) => TlsTrust::from_pem(&authorities.pem, form),
        None => TlsTrust::from_system(form),
    };
    trust
        .and_then(|trust| {
            addresses
                .into_iter()
                .map(|address| Endpoint::tls(address, host.as_str(), trust.clone()).map(finish))
                .collect()
        })
        .map_err(|error| {
            let is_ours = matches!(error, TlsError::Identity(_));
            match (is_ours, &plan.target.ca) {
                (true, _) => Failure::environment(error),
                (false, None) => Failure::environment(error).hint(DISTRUSTED),
                (false, Some(ca)) => {
                    let what = format!("[target] ca: {:?} cannot be used", ca.file);
                    Failure::environment(anyhow::Error::new(error).context(what))
                }
            }
        })
}

/// What is offered and shown to a server.
fn tls_form(connections: &Connections, keys: &KeyFolder) -> Result<TlsForm, Failure> {
    let name = connections.client_certificate.as_deref();
    let identity = name.map(|name| keys.load_identity(&unique_name(name)?));
    Ok(TlsForm {
        version: connections.tls.map(|version| match version {
            plan::TlsVersion::V1_2 => TlsVersion::V1_2,
            plan::TlsVersion::V1_3 => TlsVersion::V1_3,
        }),
        resumption: connections.resumption,
        alpn: match connections.http {
            HttpVersion::Http2 => Alpn::Http2,
            HttpVersion::Http1 if connections.alpn => Alpn::Http1,
            HttpVersion::Http1 => Alpn::Nothing,
        },
        identity: identity.transpose()?,
    })
}

/// The endpoint, speaking the plan's version of HTTP.
pub(super) fn speaking(plan: &Plan, endpoint: Endpoint) -> Endpoint {
    match plan.target.connections.http {
        HttpVersion::Http1 => endpoint,
        HttpVersion::Http2 => endpoint.with_http2(),
    }
}

/// Resolves once; at least one address, and none that is not believed.
fn resolve(host: &Host, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let addresses: Vec<_> = (host.as_str(), port)
        .to_socket_addrs()
        .map_err(|error| {
            Failure::environment(
                anyhow::Error::new(error).context(format!("could not resolve {host}")),
            )
            .hint("check the target's url")
        })?
        .collect();
    guard::believed(host, addresses)
}

/// Opens one connection and closes it: a target that is down is found out before the load.
///
/// Of several addresses the first that answers stays for the whole run; `localhost` is
/// often `::1` before it is `127.0.0.1`, and most targets listen on one of them.
pub(super) fn preflight(
    endpoints: Vec<Endpoint>,
    shown: &Address,
    plan: &Plan,
) -> Result<Endpoint, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let limit = plan.target.timeout.as_duration();
    let mut failed = anyhow::anyhow!("it has no address");
    let mut hint = DOWN;
    for endpoint in endpoints {
        let reached = runtime
            .block_on(async { tokio::time::timeout(limit, endpoint.preflight(&clock)).await });
        failed = match reached {
            Ok(Ok(_)) => return Ok(endpoint),
            Ok(Err(error)) => {
                hint = match error {
                    ConnectError::Lookup(_) | ConnectError::Tcp(_) => DOWN,
                    ConnectError::Tls(_) if plan.target.ca.is_some() => OTHER_CA,
                    ConnectError::Tls(_) => DISTRUSTED,
                    ConnectError::NoHttp2 => "leave out [target.connections] http = \"2\"",
                };
                error.into()
            }
            Err(_) => anyhow::anyhow!("no connection within {}", plan.target.timeout),
        };
    }
    Err(
        Failure::environment(failed.context(format!("the target {shown} cannot be reached")))
            .hint(hint),
    )
}
