//! The addresses of a target: resolved, believed, and reached once before the load.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use tokio::time::Instant;

use super::hints;
use super::patience::{Missed, Patience};
use crate::cli::exit::{Code, Failure};
use crate::cli::guard;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::cli::stdio;
use crate::client::{
    Alpn, ConnectError, Endpoint, Lookup, TlsError, TlsForm, TlsTrust, TlsVersion,
};
use crate::clock::Clock;
use crate::plan::{self, Address, Connections, Host, HttpVersion, Plan, Resolve, Scheme};
use crate::units::Nanos;

/// An endpoint for each address of the host, in the resolver's order.
pub(super) fn endpoints(
    plan: &Plan,
    scheme: Scheme,
    (host, port): (&Host, u16),
    keys: &KeyFolder,
    patience: &Patience,
) -> Result<Vec<Endpoint>, Missed> {
    let limit = plan.target.timeout;
    let addresses = resolve(host, port, limit, patience, look_up)?;
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
    let endpoints: Result<_, TlsError> = trust.and_then(|trust| {
        let tls = |address| Endpoint::tls(address, host.as_str(), trust.clone()).map(finish);
        addresses.into_iter().map(tls).collect()
    });
    endpoints.map_err(|error| distrusted(error, plan).into())
}

/// The authorities or the certificate of our own cannot be used.
fn distrusted(error: TlsError, plan: &Plan) -> Failure {
    let is_ours = matches!(error, TlsError::Identity(_));
    match (is_ours, &plan.target.ca) {
        (true, _) => Failure::environment(error),
        (false, None) => Failure::environment(error).hint(hints::DISTRUSTED),
        (false, Some(ca)) => {
            let what = format!("[target] ca: {:?} cannot be used", ca.file);
            Failure::environment(anyhow::Error::new(error).context(what))
        }
    }
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

/// The endpoint, speaking the plan's version of HTTP, with the kernel's stamps where the plan
/// wants them.
pub(super) fn speaking(plan: &Plan, endpoint: Endpoint) -> Endpoint {
    let endpoint = if plan.wants_kernel_stamps() {
        endpoint.with_kernel_stamps()
    } else {
        endpoint
    };
    match plan.target.connections.http {
        HttpVersion::Http1 => endpoint,
        HttpVersion::Http2 => endpoint.with_http2(),
    }
}

/// The system's own resolver, which waits for a name server as long as it likes.
fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

/// Resolves once; at least one address, and none that is not believed.
///
/// # Errors
///
/// The name is not known, no name server answered within `limit`, or it is not where it must be.
fn resolve(
    host: &Host,
    port: u16,
    limit: Nanos,
    patience: &Patience,
    look_up: impl FnOnce(String, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, Missed> {
    let failed = |why| Missed::for_now(Failure::environment(why).hint("check the target's url"));
    let name = host.as_str().to_owned();
    let found = patience.apart(limit.as_duration(), move || look_up(name, port))?;
    let Some(found) = found else {
        return Err(failed(anyhow::anyhow!(
            "could not resolve {host}: the name server did not answer in {limit}"
        )));
    };
    let addresses = found.map_err(|error| {
        failed(anyhow::Error::new(error).context(format!("could not resolve {host}")))
    })?;
    guard::believed(host, addresses).map_err(|failure| match failure.code() {
        Code::GuardRefused => failure.into(),
        _ => Missed::for_now(failure),
    })
}

/// Opens one connection and closes it: a target that is down is found out before the load.
///
/// Of several addresses the first that answers stays for the whole run; `localhost` is
/// often `::1` before it is `127.0.0.1`, and most targets listen on one of them.
pub(super) fn preflight(
    endpoints: Vec<Endpoint>,
    shown: &Address,
    plan: &Plan,
    patience: &Patience,
) -> Result<Endpoint, Missed> {
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let limit = plan.target.timeout.as_duration();
    let mut failed = anyhow::anyhow!("it has no address");
    let mut hint = hints::DOWN.to_owned();
    let mut may_pass = true;
    for endpoint in endpoints {
        failed = match patience.within(limit, endpoint.preflight(&clock))? {
            Some(Ok(found)) => {
                if found.misses_certificate {
                    stdio::note(hints::MISSES_CERTIFICATE);
                }
                return Ok(endpoint);
            }
            Some(Err(error)) => {
                may_pass &= matches!(error, ConnectError::Lookup(_) | ConnectError::Tcp(_));
                hint = hints::of_connecting(&error, plan);
                error.into()
            }
            None => anyhow::anyhow!("no connection within {}", plan.target.timeout),
        };
    }
    let what = format!("the target {shown} cannot be reached");
    let failure = Failure::environment(failed.context(what)).hint(hint);
    Err(if may_pass {
        Missed::for_now(failure)
    } else {
        failure.into()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::engine::Stop;

    #[test]
    fn a_name_server_that_does_not_answer_is_given_up_in_time() {
        let patience = Patience::new(Stop::default(), None).unwrap();
        let host = Host::parse("staging.example.com").unwrap();
        let (hold, held) = channel::<()>();
        let hangs = move |_, _| {
            held.recv().map_err(io::Error::other)?;
            Ok(Vec::new())
        };
        let limit = Nanos::from_millis(20);
        let missed = resolve(&host, 443, limit, &patience, hangs).unwrap_err();
        let failure = missed.into_failure();
        assert_eq!(failure.code(), Code::Environment);
        let told = failure.to_string();
        assert!(
            told.contains("the name server did not answer in 20.0 ms"),
            "{told}"
        );
        drop(hold);
    }
}
