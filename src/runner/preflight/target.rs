//! Reaching the target before the load.

use std::net::SocketAddr;
use std::sync::Arc;

use super::addresses::{endpoints, first_reached, speaking};
use super::destination::Destination;
use super::expected::expectation;
use super::user_agent::user_agent;
use super::wait::Wait;
use crate::client::{Endpoint, Expectation, OpenSockets, RequestTemplate, RequestTemplateError};
use crate::keys::TrustedKey;
use crate::plan::{
    self, Address, ConnectionField, EmbeddedTarget, ExchangePlan, Host, HttpVersion, Plan, Scheme,
    Subject,
};
use crate::runner::failure::RunFailure;
use crate::runner::job::{Credential, Keys, OtherKey};
use crate::secret::Hidden;
use crate::target::{
    self, Accepts, KidPolicy, Outage, RunningTarget, Target, TargetConfig, TokenPolicy, Trouble,
    Troubles,
};

/// Where leads go on the embedded target.
const LEADS: &str = "/leads";

/// Its token endpoint.
const TOKENS: &str = "/token";

/// A target that accepted a connection.
pub(in crate::runner) struct Reached {
    pub(in crate::runner) endpoint: Endpoint,
    pub(in crate::runner) template: RequestTemplate,
    /// The connections of callouts, to ask the kernel about.
    pub(in crate::runner) sockets: OpenSockets,
    /// The request that asks the target whether it is ready, if there is one.
    pub(in crate::runner) ready: Option<RequestTemplate>,
    /// What answers must contain besides a status of success.
    pub(in crate::runner) expectation: Option<Arc<Expectation>>,
    /// The token endpoint of each load that exchanges tokens.
    pub(in crate::runner) token_endpoints: Vec<Option<(Endpoint, RequestTemplate)>>,
    /// The embedded target, which ends when this is dropped.
    embedded: Option<RunningTarget>,
}

impl Reached {
    fn new(endpoint: Endpoint, template: RequestTemplate, embedded: Option<RunningTarget>) -> Self {
        Self {
            endpoint,
            template,
            sockets: OpenSockets::default(),
            ready: None,
            expectation: None,
            token_endpoints: Vec::new(),
            embedded,
        }
    }
}

/// Starts the embedded target, or resolves and reaches another; `run` is the run's id.
pub(in crate::runner) fn reach(
    plan: &Plan,
    keys: &Keys,
    wait: &Wait,
    run: &str,
) -> Result<Reached, RunFailure> {
    let mut reached = match &plan.target.address {
        Address::Embedded(embedded) => {
            let running = start(*embedded, plan, &keys.credentials, keys.other.as_ref())?;
            let address = running.addr();
            let endpoint = speaking(plan, Endpoint::plain(address));
            let template = template(plan, Scheme::Http, &address.to_string(), LEADS)?;
            Reached::new(endpoint, template, Some(running))
        }
        address @ Address::Url { .. } => {
            let (endpoint, template) = at(Destination::target(plan), plan, keys, wait)?;
            Reached {
                ready: ready(address, plan)?,
                ..Reached::new(endpoint, dressed(template, plan)?, None)
            }
        }
    };
    reached.template = named(reached.template, plan, run)?;
    reached.expectation = expectation(&plan.target.expect)?;
    let own = reached
        .embedded
        .as_ref()
        .map(|running| (reached.endpoint.clone(), running.addr()));
    let token_endpoint = |load| {
        let exchange = plan.auth_of(load)?.exchange.as_ref()?;
        let reached = token_endpoint(exchange, own.clone(), plan, keys, wait);
        Some(reached.and_then(|(endpoint, template)| Ok((endpoint, named(template, plan, run)?))))
    };
    let token_endpoints = (0..plan.loads.len()).map(|load| token_endpoint(load).transpose());
    reached.token_endpoints = token_endpoints.collect::<Result<_, RunFailure>>()?;
    // Without those of the token endpoint, which is another server.
    reached.endpoint = reached.endpoint.noting(&reached.sockets);
    Ok(reached)
}

/// The token endpoint that a load exchanges its tokens at; `own` is the embedded target's.
fn token_endpoint(
    exchange: &ExchangePlan,
    own: Option<(Endpoint, SocketAddr)>,
    plan: &Plan,
    keys: &Keys,
    wait: &Wait,
) -> Result<(Endpoint, RequestTemplate), RunFailure> {
    let (endpoint, template) = match (&exchange.endpoint, own) {
        (Some(address), _) => at(Destination::token_endpoint(address), plan, keys, wait)?,
        (None, Some((endpoint, addr))) => {
            let template = bare(plan, Scheme::Http, &addr.to_string(), TOKENS)?;
            (endpoint, template)
        }
        (None, None) => return Err(RunFailure::internal("there is no token endpoint")),
    };
    let template = template
        .keeping_secret(&plan.secrets)
        .with_content_type(&exchange.content_type)?
        .with_release(&plan.target.request.release)?;
    Ok((endpoint, with_headers(template, &exchange.headers)?))
}

/// The request that asks the target whether it is ready, if the plan has one.
fn ready(address: &Address, plan: &Plan) -> Result<Option<RequestTemplate>, RunFailure> {
    let (
        Some(path),
        Address::Url {
            scheme, host, port, ..
        },
    ) = (&plan.target.ready, address)
    else {
        return Ok(None);
    };
    let template = bare(plan, *scheme, &authority(*scheme, host, *port), path)?;
    Ok(Some(template.asking()))
}

/// Reaches a server, and makes its request template.
fn at(
    server: Destination<'_>,
    plan: &Plan,
    keys: &Keys,
    wait: &Wait,
) -> Result<(Endpoint, RequestTemplate), RunFailure> {
    let Address::Url {
        scheme,
        host,
        port,
        path,
    } = server.address
    else {
        return Err(RunFailure::internal("only a URL can be reached"));
    };
    let endpoint = wait.reach(server.address, || {
        let endpoints = endpoints(plan, server, keys.identity.as_ref(), wait)?;
        first_reached(endpoints, server, plan, wait)
    })?;
    let template = bare(plan, *scheme, &authority(*scheme, host, *port), path)?;
    Ok((endpoint, template))
}

/// Starts the embedded target.
fn start(
    embedded: EmbeddedTarget,
    plan: &Plan,
    credentials: &[Credential],
    other: Option<&OtherKey>,
) -> Result<RunningTarget, RunFailure> {
    let auths = || (0..plan.loads.len()).map(|load| plan.auth_of(load));
    let mut exchanges = auths().filter_map(|auth| auth?.exchange.as_ref());
    let first = credentials.first().map(|credential| &credential.auth);
    let audience = first.and_then(|auth| auth.audience.as_ref()?.first());
    Target::start(&TargetConfig {
        tokens: match credentials {
            [] => TokenPolicy::Ignored,
            _ if auths().any(|auth| auth.is_none()) => TokenPolicy::Optional,
            _ => TokenPolicy::Required,
        },
        trust: trusted(credentials, other),
        kid: if credentials.iter().all(|one| one.auth.has_kid()) {
            KidPolicy::default()
        } else {
            KidPolicy::Optional
        },
        algorithms: credentials.iter().map(algorithm).collect(),
        issuer: first.and_then(|auth| auth.issuer.clone()),
        subjects: subjects(credentials),
        audience: audience.map(ToOwned::to_owned),
        latency: embedded.latency,
        freeze: embedded.freeze,
        accepts: if exchanges.any(|exchange| exchange.endpoint.is_none()) {
            Accepts::Both
        } else {
            Accepts::Jwt
        },
        access_token_life: embedded.access_token_life,
        token_troubles: outage_of(embedded),
        ..TargetConfig::default()
    })
    .map_err(RunFailure::environment)
}

/// The target that a plan has embedded, for several processes, and the URL that they send to; `None` if it has
/// another one.
///
/// # Errors
///
/// It cannot be started.
pub fn embedded_target(
    plan: &Plan,
    keys: &Keys,
) -> Result<Option<(RunningTarget, String)>, RunFailure> {
    let Address::Embedded(embedded) = &plan.target.address else {
        return Ok(None);
    };
    let running = start(*embedded, plan, &keys.credentials, keys.other.as_ref())?;
    let url = format!("http://{}{LEADS}", running.addr());
    Ok(Some((running, url)))
}

/// The keys that the embedded target trusts: one for each `kid`, and the other key of bad tokens.
fn trusted(credentials: &[Credential], other: Option<&OtherKey>) -> Vec<TrustedKey> {
    let mut trust: Vec<TrustedKey> = Vec::new();
    for Credential { auth, key, .. } in credentials {
        let kid = Some(auth.kid().to_owned());
        if trust.iter().all(|known| known.kid != kid) {
            let key = key.public_key().clone();
            trust.push(TrustedKey { kid, key });
        }
    }
    trust.extend(other.map(|OtherKey { name, key }| TrustedKey {
        kid: Some(name.as_str().to_owned()),
        key: key.public_key().clone(),
    }));
    trust
}

const fn algorithm(credential: &Credential) -> target::Algorithm {
    match credential.auth.algorithm {
        plan::Algorithm::Rs256 => target::Algorithm::Rs256,
        plan::Algorithm::Rs512 => target::Algorithm::Rs512,
    }
}

/// When the embedded target's token endpoint answers 503.
fn outage_of(embedded: EmbeddedTarget) -> Troubles {
    let outage = embedded.token_outage.map(|window| Outage {
        window,
        trouble: Trouble::Status(503),
    });
    Troubles {
        shares: Vec::new(),
        outages: outage.into_iter().collect(),
    }
}

/// The subjects that the embedded target accepts; empty, which means any, if a token has none.
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

/// The `Host` header; it has the port only if that is not the scheme's own.
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

/// The template of callouts to an address.
pub fn template(
    plan: &Plan,
    scheme: Scheme,
    host: &str,
    path: &str,
) -> Result<RequestTemplate, RunFailure> {
    dressed(bare(plan, scheme, host, path)?, plan)
}

/// The template of requests to an address, in the plan's version of HTTP.
fn bare(
    plan: &Plan,
    scheme: Scheme,
    host: &str,
    path: &str,
) -> Result<RequestTemplate, RunFailure> {
    Ok(match plan.target.connections.http {
        HttpVersion::Http1 => RequestTemplate::new(host, path)?,
        HttpVersion::Http2 => RequestTemplate::http2(&scheme.to_string(), host, path)?,
    })
}

/// The template with the headers of the plan's callouts.
fn dressed(template: RequestTemplate, plan: &Plan) -> Result<RequestTemplate, RunFailure> {
    let request = &plan.target.request;
    let template = template.keeping_secret(&plan.secrets);
    let template = match request.connection {
        ConnectionField::Absent => template,
        ConnectionField::KeepAlive => template.with_connection("keep-alive"),
        ConnectionField::Close => template.with_connection("close"),
    };
    let template = template
        .with_content_type(&request.content_type)?
        .with_release(&request.release)?;
    Ok(with_headers(template, &request.headers)?)
}

/// The template with the contact of the sender, if the plan has one.
pub fn named(
    template: RequestTemplate,
    plan: &Plan,
    run: &str,
) -> Result<RequestTemplate, RunFailure> {
    let Some(contact) = &plan.target.identify else {
        return Ok(template);
    };
    Ok(template.with_user_agent(&user_agent(contact, run))?)
}

fn with_headers(
    template: RequestTemplate,
    headers: &[(String, Hidden)],
) -> Result<RequestTemplate, RequestTemplateError> {
    let mut fields = headers.iter();
    fields.try_fold(template, |template, (name, value)| {
        template.with_header(name, value.reveal())
    })
}
