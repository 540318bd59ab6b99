//! Reaching the target before the load.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::exit::{Code, Failure};
use crate::cli::{files, guard};
use crate::client::{ConnectError, Endpoint, RequestForm, TlsTrust};
use crate::clock::Clock;
use crate::keys::{PrivateKey, TrustedKey};
use crate::plan::{Address, EmbeddedTarget, Host, Plan, Scheme, SigningMode};
use crate::target::{RunningTarget, Target, TargetConfig};

/// More than any bundle of authorities has.
const CA_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Where leads go on the embedded target.
const LEADS: &str = "/leads";

/// A target that has answered a connection.
pub(super) struct Reached {
    pub(super) endpoint: Endpoint,
    pub(super) form: RequestForm,
    /// The embedded target, which ends when this is dropped.
    _embedded: Option<RunningTarget>,
}

/// Starts the embedded target, or resolves and reaches another.
pub(super) fn reach(plan: &Plan, key: Option<&PrivateKey>) -> Result<Reached, Failure> {
    match &plan.target.address {
        Address::Embedded(embedded) => start(*embedded, plan, key),
        Address::Url {
            scheme,
            host,
            port,
            path,
        } => {
            let endpoint = endpoint(plan, *scheme, host, *port)?;
            preflight(&endpoint, plan)?;
            Ok(Reached {
                endpoint,
                form: form(&authority(*scheme, host, *port), path)?,
                _embedded: None,
            })
        }
    }
}

fn start(
    embedded: EmbeddedTarget,
    plan: &Plan,
    key: Option<&PrivateKey>,
) -> Result<Reached, Failure> {
    let auth = plan
        .auth
        .as_ref()
        .filter(|auth| auth.signing != SigningMode::None);
    let trust = match (auth, key) {
        (Some(auth), Some(key)) => vec![TrustedKey {
            kid: Some(auth.key.clone()),
            key: key.public_key().clone(),
        }],
        _ => Vec::new(),
    };
    let running = Target::start(&TargetConfig {
        require_token: auth.is_some(),
        trust,
        issuer: auth.map(|auth| auth.issuer.clone()),
        audience: auth.map(|auth| auth.audience.clone()),
        service_time: embedded.service_time,
        ..TargetConfig::default()
    })
    .map_err(Failure::environment)?;
    let address = running.addr();
    Ok(Reached {
        endpoint: Endpoint::plain(address),
        form: form(&address.to_string(), LEADS)?,
        _embedded: Some(running),
    })
}

fn endpoint(plan: &Plan, scheme: Scheme, host: &Host, port: u16) -> Result<Endpoint, Failure> {
    let address = resolve(host, port)?;
    if scheme == Scheme::Http {
        return Ok(Endpoint::plain(address));
    }
    let trust = match &plan.target.ca {
        Some(path) => {
            let pem = files::read(path.as_ref(), CA_BYTES_MAX).map_err(Failure::environment)?;
            TlsTrust::from_pem(&pem)
        }
        None => TlsTrust::from_system(),
    };
    trust
        .and_then(|trust| Endpoint::tls(address, host.as_str(), trust))
        .map_err(|error| {
            Failure::environment(error).hint("name a PEM file of authorities with [target] ca")
        })
}

/// Resolves once; the address then stays for the whole run.
fn resolve(host: &Host, port: u16) -> Result<SocketAddr, Failure> {
    let mut addresses = (host.as_str(), port).to_socket_addrs().map_err(|error| {
        Failure::environment(anyhow::Error::new(error).context(format!("could not resolve {host}")))
            .hint("check the target's url")
    })?;
    let address = addresses
        .next()
        .ok_or_else(|| Failure::environment(anyhow::anyhow!("{host} resolves to no address")))?;
    if guard::is_loopback(host) && !address.ip().is_loopback() {
        return Err(Failure::new(
            Code::GuardRefused,
            anyhow::anyhow!(
                "{host} resolves to {}, which is not this machine",
                address.ip()
            ),
        ));
    }
    Ok(address)
}

/// Opens one connection and closes it: a target that is down is found out before the load.
fn preflight(endpoint: &Endpoint, plan: &Plan) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let limit = plan.target.timeout.as_duration();
    let reached =
        runtime.block_on(async { tokio::time::timeout(limit, endpoint.preflight(&clock)).await });
    let shown = &plan.target.address;
    let failure = |error: anyhow::Error, hint| {
        Failure::environment(error.context(format!("the target {shown} cannot be reached")))
            .hint(hint)
    };
    let start_it = "start it first, or try the scenario with --target embedded";
    match reached {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error @ ConnectError::Tls(_))) => Err(failure(
            error.into(),
            "if its certificate is your own authority's, name that in [target] ca",
        )),
        Ok(Err(error @ ConnectError::Tcp(_))) => Err(failure(error.into(), start_it)),
        Err(_) => Err(failure(
            anyhow::anyhow!("no connection within {}", plan.target.timeout),
            start_it,
        )),
    }
}

/// The `Host` header: the port only where it is not the scheme's own.
fn authority(scheme: Scheme, host: &Host, port: u16) -> String {
    let name = if host.as_str().contains(':') {
        format!("[{host}]")
    } else {
        host.to_string()
    };
    match (scheme, port) {
        (Scheme::Http, 80) | (Scheme::Https, 443) => name,
        _ => format!("{name}:{port}"),
    }
}

/// The request form of an address.
pub(super) fn form(host: &str, path: &str) -> Result<RequestForm, Failure> {
    RequestForm::new(host, path).map_err(|error| Failure::new(Code::ScenarioInvalid, error))
}
