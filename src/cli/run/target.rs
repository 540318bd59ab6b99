//! Reaching the target before the load.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use tokio::time::Instant;

use super::credentials::Credential;
use super::negatives::other_key;
use crate::cli::exit::{Code, Failure};
use crate::cli::guard;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::client::{
    Alpn, ConnectError, Endpoint, Lookup, RequestForm, RequestFormError, TlsError, TlsForm,
    TlsTrust, TlsVersion,
};
use crate::clock::Clock;
use crate::keys::{PrivateKey, TrustedKey, UniqueName};
use crate::plan::{
    self, Address, ConnectionField, Connections, EmbeddedTarget, Exchange, Host, HttpVersion, Plan,
    Resolve, Scheme, Subject,
};
use crate::target::{
    self, Accepts, KidPolicy, Outage, RunningTarget, Target, TargetConfig, TokenPolicy, Trouble,
    Troubles,
};

/// Where leads go on the embedded target.
const LEADS: &str = "/leads";

/// Its token endpoint.
const TOKENS: &str = "/token";

/// What to try when nothing answers, and when what answers is not believed.
const DOWN: &str = "start it first, or try the scenario with --target embedded";
const OTHER_CA: &str = "[target] ca replaces the system's authorities, and none of its own has \
                        signed what the target shows";
const DISTRUSTED: &str = "name a PEM file of authorities with [target] ca";

/// A target that has answered a connection.
pub(super) struct Reached {
    pub(super) endpoint: Endpoint,
    pub(super) form: RequestForm,
    /// For each load the token endpoint, where it exchanges tokens.
    pub(super) desks: Vec<Option<(Endpoint, RequestForm)>>,
    /// The embedded target, which ends when this is dropped.
    embedded: Option<RunningTarget>,
}

/// Starts the embedded target, or resolves and reaches another.
pub(super) fn reach(
    plan: &Plan,
    credentials: &[Credential],
    keys: &KeyFolder,
) -> Result<Reached, Failure> {
    let mut reached = match &plan.target.address {
        Address::Embedded(embedded) => start(*embedded, plan, credentials, other_key(plan, keys)?)?,
        address @ Address::Url { .. } => {
            let (endpoint, form) = at(address, plan, keys)?;
            Reached {
                endpoint,
                form: dressed(form, plan)?,
                desks: Vec::new(),
                embedded: None,
            }
        }
    };
    let own = reached
        .embedded
        .as_ref()
        .map(|running| (reached.endpoint.clone(), running.addr()));
    let desk = |load| {
        let exchange = plan.auth_of(load)?.exchange.as_ref()?;
        Some(desk(exchange, own.clone(), plan, keys))
    };
    let desks = (0..plan.loads.len()).map(|load| desk(load).transpose());
    reached.desks = desks.collect::<Result<_, Failure>>()?;
    Ok(reached)
}

/// The token endpoint that a load exchanges its tokens at; `own` is the embedded target's.
fn desk(
    exchange: &Exchange,
    own: Option<(Endpoint, SocketAddr)>,
    plan: &Plan,
    keys: &KeyFolder,
) -> Result<(Endpoint, RequestForm), Failure> {
    let (endpoint, form) = match (&exchange.endpoint, own) {
        (Some(address), _) => at(address, plan, keys)?,
        (None, Some((endpoint, addr))) => {
            let form = bare(plan, Scheme::Http, &addr.to_string(), TOKENS)?;
            (endpoint, form)
        }
        (None, None) => {
            return Err(Failure::new(
                Code::Internal,
                anyhow::anyhow!("there is no token endpoint"),
            ));
        }
    };
    let form = form.with_content_type(&exchange.content_type);
    let form = form.and_then(|form| form.with_release(&plan.target.wire.release));
    let form = form.and_then(|form| with_headers(form, &exchange.headers));
    let form = form.map_err(|error| Failure::new(Code::ScenarioInvalid, error))?;
    Ok((endpoint, form))
}

/// Reaches an address, and forms requests to it.
fn at(
    address: &Address,
    plan: &Plan,
    keys: &KeyFolder,
) -> Result<(Endpoint, RequestForm), Failure> {
    let Address::Url {
        scheme,
        host,
        port,
        path,
    } = address
    else {
        return Err(Failure::new(
            Code::Internal,
            anyhow::anyhow!("only a URL can be reached"),
        ));
    };
    let endpoint = preflight(endpoints(plan, *scheme, host, *port, keys)?, address, plan)?;
    let form = bare(plan, *scheme, &authority(*scheme, host, *port), path)?;
    Ok((endpoint, form))
}

fn start(
    embedded: EmbeddedTarget,
    plan: &Plan,
    credentials: &[Credential],
    other: Option<(UniqueName, PrivateKey)>,
) -> Result<Reached, Failure> {
    let mut trust: Vec<TrustedKey> = Vec::new();
    let mut algorithms: Vec<target::Algorithm> = Vec::new();
    for Credential { auth, key, .. } in credentials {
        let kid = Some(auth.kid().to_owned());
        if trust.iter().all(|known| known.kid != kid) {
            trust.push(TrustedKey {
                kid,
                key: key.public_key().clone(),
            });
        }
        algorithms.push(match auth.algorithm {
            plan::Algorithm::Rs256 => target::Algorithm::Rs256,
            plan::Algorithm::Rs512 => target::Algorithm::Rs512,
        });
    }
    if let Some((name, key)) = other {
        trust.push(TrustedKey {
            kid: Some(name.as_str().to_owned()),
            key: key.public_key().clone(),
        });
    }
    let exchanges = |load| {
        let auth = plan.auth_of(load);
        let exchange = auth.and_then(|auth| auth.exchange.as_ref());
        exchange.is_some_and(|exchange| exchange.endpoint.is_none())
    };
    let accepts = if (0..plan.loads.len()).any(exchanges) {
        Accepts::Both
    } else {
        Accepts::Jwt
    };
    let sends_none = |load| plan.auth_of(load).is_none();
    let first = credentials.first().map(|credential| &credential.auth);
    let running = Target::start(&TargetConfig {
        tokens: if credentials.is_empty() {
            TokenPolicy::Ignored
        } else if (0..plan.loads.len()).any(sends_none) {
            TokenPolicy::Optional
        } else {
            TokenPolicy::Required
        },
        trust,
        kid: if credentials
            .iter()
            .all(|credential| credential.auth.has_kid())
        {
            KidPolicy::default()
        } else {
            KidPolicy::Optional
        },
        algorithms,
        issuer: first.and_then(|auth| auth.issuer.clone()),
        subjects: subjects(credentials),
        audience: first
            .and_then(|auth| auth.audience.as_ref()?.first())
            .map(ToOwned::to_owned),
        latency: embedded.latency,
        freeze: embedded.freeze,
        accepts,
        access_token_life: embedded.access_token_life,
        token_troubles: outage_of(embedded),
        ..TargetConfig::default()
    })
    .map_err(Failure::environment)?;
    let address = running.addr();
    Ok(Reached {
        endpoint: speaking(plan, Endpoint::plain(address)),
        form: form(plan, Scheme::Http, &address.to_string(), LEADS)?,
        desks: Vec::new(),
        embedded: Some(running),
    })
}

/// When the embedded target's token endpoint answers 503.
fn outage_of(embedded: EmbeddedTarget) -> Troubles {
    let outage = embedded.token_outage.map(|spell| Outage {
        spell,
        trouble: Trouble::Status(503),
    });
    Troubles {
        shares: Vec::new(),
        outages: outage.into_iter().collect(),
    }
}

/// Whose leads the embedded target takes; anybody's where a token may have no subject.
fn subjects(credentials: &[Credential]) -> Vec<String> {
    let of_each = credentials.iter().map(|credential| {
        let subject = credential.auth.subject.as_ref()?;
        Some(match subject {
            Subject::Fixed(one) => vec![one.clone()],
            Subject::PerUser(all) => all.to_vec(),
        })
    });
    let all: Option<Vec<_>> = of_each.collect();
    all.map_or_else(Vec::new, |all| all.concat())
}

/// An endpoint for each address of the host, in the resolver's order.
fn endpoints(
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
fn speaking(plan: &Plan, endpoint: Endpoint) -> Endpoint {
    match plan.target.connections.http {
        HttpVersion::Http1 => endpoint,
        HttpVersion::Http2 => endpoint.with_http2(),
    }
}

/// Resolves once; at least one address.
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
    if addresses.is_empty() {
        return Err(Failure::environment(anyhow::anyhow!(
            "{host} resolves to no address"
        )));
    }
    let beyond = addresses.iter().find(|address| !address.ip().is_loopback());
    match beyond {
        Some(address) if guard::is_loopback(host) => Err(Failure::new(
            Code::GuardRefused,
            anyhow::anyhow!(
                "{host} resolves to {}, which is not this machine",
                address.ip()
            ),
        )),
        _ => Ok(addresses),
    }
}

/// Opens one connection and closes it: a target that is down is found out before the load.
///
/// Of several addresses the first that answers stays for the whole run; `localhost` is
/// often `::1` before it is `127.0.0.1`, and most targets listen on one of them.
fn preflight(endpoints: Vec<Endpoint>, shown: &Address, plan: &Plan) -> Result<Endpoint, Failure> {
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

/// The form of the callouts at an address.
pub(super) fn form(
    plan: &Plan,
    scheme: Scheme,
    host: &str,
    path: &str,
) -> Result<RequestForm, Failure> {
    dressed(bare(plan, scheme, host, path)?, plan)
}

/// The form of requests at an address, in the plan's version of HTTP.
fn bare(plan: &Plan, scheme: Scheme, host: &str, path: &str) -> Result<RequestForm, Failure> {
    match plan.target.connections.http {
        HttpVersion::Http1 => RequestForm::new(host, path),
        HttpVersion::Http2 => RequestForm::http2(&scheme.to_string(), host, path),
    }
    .map_err(|error| Failure::new(Code::ScenarioInvalid, error))
}

/// The same with what the plan's callouts carry.
fn dressed(form: RequestForm, plan: &Plan) -> Result<RequestForm, Failure> {
    let wire = &plan.target.wire;
    let form = match wire.connection {
        ConnectionField::Absent => form,
        ConnectionField::KeepAlive => form.with_connection("keep-alive"),
        ConnectionField::Close => form.with_connection("close"),
    };
    form.with_content_type(&wire.content_type)
        .and_then(|form| form.with_release(&wire.release))
        .and_then(|form| with_headers(form, &wire.headers))
        .map_err(|error| Failure::new(Code::ScenarioInvalid, error))
}

fn with_headers(
    form: RequestForm,
    headers: &[(String, String)],
) -> Result<RequestForm, RequestFormError> {
    let mut fields = headers.iter();
    fields.try_fold(form, |form, (name, value)| form.with_header(name, value))
}
