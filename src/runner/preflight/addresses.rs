//! The addresses of a target: resolved, checked, and reached once before the load.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use tokio::time::Instant;

use super::destination::Destination;
use super::hints;
use super::resolved::checked;
use super::wait::{NotReached, Wait};
use crate::client::{
    Alpn, ClientIdentity, ConnectError, Endpoint, Lookup, TlsError, TlsForm, TlsTrust, TlsVersion,
};
use crate::clock::Clock;
use crate::plan::{self, Address, Connections, Host, HttpVersion, Plan, Resolve, Scheme};
use crate::runner::failure::{FailureKind, RunFailure};
use crate::units::Nanos;

/// An endpoint for each address of the host, in the resolver's order.
pub(in crate::runner) fn endpoints(
    plan: &Plan,
    server: Destination<'_>,
    identity: Option<&ClientIdentity>,
    wait: &Wait,
) -> Result<Vec<Endpoint>, NotReached> {
    let Address::Url {
        scheme, host, port, ..
    } = server.address
    else {
        return Err(RunFailure::internal("only a URL can be reached").into());
    };
    let (connected, port) = match server.connect_to {
        Some((host, other)) => (host, other.unwrap_or(*port)),
        None => (host, *port),
    };
    let hint = server.if_unknown();
    let limit = plan.target.timeout;
    let addresses = resolve((connected, port), hint, limit, wait, look_up)?;
    let lookup = match plan.target.resolve {
        Resolve::Once => None,
        Resolve::PerConnection => Some(Lookup::new(connected.as_str(), port, &addresses)),
    };
    let finish = |endpoint: Endpoint| {
        let endpoint = speaking(plan, endpoint);
        match &lookup {
            Some(lookup) => endpoint.with_lookup(lookup.clone()),
            None => endpoint,
        }
    };
    if *scheme == Scheme::Http {
        let plain = addresses.into_iter().map(Endpoint::plain);
        return Ok(plain.map(finish).collect());
    }
    let trust = tls_trust(plan, identity)?;
    let tls = |address| Endpoint::tls(address, host.as_str(), trust.clone()).map(finish);
    let endpoints: Result<_, TlsError> = addresses.into_iter().map(tls).collect();
    endpoints.map_err(|error| distrusted(error, plan).into())
}

/// The authorities that a plan trusts, and its client certificate.
pub fn tls_trust(plan: &Plan, identity: Option<&ClientIdentity>) -> Result<TlsTrust, RunFailure> {
    let template = tls_form(&plan.target.connections, identity);
    let trust = match &plan.target.ca {
        Some(authorities) => TlsTrust::from_pem(&authorities.pem, template),
        None => TlsTrust::from_system(template),
    };
    trust.map_err(|error| distrusted(error, plan))
}

/// The authorities or the client certificate cannot be used.
fn distrusted(error: TlsError, plan: &Plan) -> RunFailure {
    let is_ours = matches!(error, TlsError::Identity(_));
    match (is_ours, &plan.target.ca) {
        (true, _) => RunFailure::environment(error),
        (false, None) => RunFailure::environment(error).hint(hints::DISTRUSTED),
        (false, Some(ca)) => {
            let what = format!("[target] ca: {:?} cannot be used", ca.file);
            RunFailure::environment(anyhow::Error::new(error).context(what))
        }
    }
}

/// What is offered to a TLS server.
fn tls_form(connections: &Connections, identity: Option<&ClientIdentity>) -> TlsForm {
    TlsForm {
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
        identity: identity.cloned(),
    }
}

/// The endpoint with the plan's version of HTTP, and with the kernel's timestamps if the plan wants
/// them.
pub(in crate::runner) fn speaking(plan: &Plan, endpoint: Endpoint) -> Endpoint {
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

/// The system's resolver, which may wait for a name server for a long time.
fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

/// Resolves a name once; returns at least one address, all of them plausible.
///
/// # Errors
///
/// The name is unknown, no name server answered within `limit`, or an address is not allowed.
fn resolve(
    (host, port): (&Host, u16),
    hint: &'static str,
    limit: Nanos,
    wait: &Wait,
    look_up: impl FnOnce(String, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, NotReached> {
    let failed = |why| NotReached::for_now(RunFailure::environment(why).hint(hint));
    let name = host.as_str().to_owned();
    let found = wait.apart(limit.as_duration(), move || look_up(name, port))?;
    let Some(found) = found else {
        return Err(failed(anyhow::anyhow!(
            "could not resolve {host}: the name server did not answer within {limit}"
        )));
    };
    let addresses = found.map_err(|error| {
        failed(anyhow::Error::new(error).context(format!("could not resolve {host}")))
    })?;
    checked(host, addresses).map_err(|failure| match failure.kind {
        FailureKind::Guard => failure.into(),
        _ => NotReached::for_now(failure),
    })
}

/// Opens and closes one connection to each address, to find a target that is down before the load.
///
/// Callouts go in turn to the addresses that answer and have the family of the first one that does.
/// `localhost` often means `::1` first and then `127.0.0.1`, and most targets listen on one of them.
pub(in crate::runner) fn first_reached(
    endpoints: Vec<Endpoint>,
    server: Destination<'_>,
    plan: &Plan,
    wait: &Wait,
) -> Result<Endpoint, NotReached> {
    let mut not_reached = None;
    let mut usual: Option<Endpoint> = None;
    let mut answering: Vec<SocketAddr> = Vec::new();
    let mut silent: Vec<SocketAddr> = Vec::new();
    for endpoint in endpoints {
        let address = endpoint.address();
        let is_needed = usual.as_ref().is_none_or(|first| {
            first.address().is_ipv4() == address.is_ipv4() && !plan.target.first_address
        });
        if !is_needed || answering.contains(&address) {
            continue;
        }
        match reached(&endpoint, server, plan, wait)? {
            Ok(()) => {
                answering.push(address);
                usual.get_or_insert(endpoint);
            }
            Err(why) => {
                silent.push(address);
                not_reached = Some(why);
            }
        }
    }
    let Some(usual) = usual else {
        return Err(unreached(not_reached, server));
    };
    silent.retain(|address| address.is_ipv4() == usual.address().is_ipv4());
    tell(&answering, &silent, server.address, wait);
    Ok(usual.in_turn(&answering))
}

/// Why one address was not reached.
struct Unreached {
    why: anyhow::Error,
    hint: String,
    may_pass: bool,
}

/// Opens one connection and closes it.
fn reached(
    endpoint: &Endpoint,
    server: Destination<'_>,
    plan: &Plan,
    wait: &Wait,
) -> Result<Result<(), Unreached>, RunFailure> {
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let limit = plan.target.timeout.as_duration();
    Ok(match wait.within(limit, endpoint.preflight(&clock))? {
        Some(Ok(found)) => {
            if found.misses_certificate {
                wait.note(&hints::misses_certificate(server));
            }
            Ok(())
        }
        Some(Err(error)) => Err(Unreached {
            may_pass: matches!(error, ConnectError::Lookup(_) | ConnectError::Tcp(_)),
            hint: hints::of_connecting(&error, server, plan),
            why: error.into(),
        }),
        None => Err(Unreached {
            may_pass: true,
            hint: server.if_down().to_owned(),
            why: anyhow::anyhow!("no connection within {}", plan.target.timeout),
        }),
    })
}

/// No address was reached; `last` is the reason of the last one.
fn unreached(last: Option<Unreached>, server: Destination<'_>) -> NotReached {
    let Unreached {
        why,
        hint,
        may_pass,
    } = last.unwrap_or_else(|| Unreached {
        why: anyhow::anyhow!("it has no address"),
        hint: server.if_down().to_owned(),
        may_pass: true,
    });
    let what = format!("{server} cannot be reached");
    let failure = RunFailure::environment(why.context(what)).hint(hint);
    if may_pass {
        NotReached::for_now(failure)
    } else {
        failure.into()
    }
}

/// Prints which of several addresses get connections.
fn tell(answering: &[SocketAddr], silent: &[SocketAddr], shown: &Address, wait: &Wait) {
    let all = |addresses: &[SocketAddr]| {
        let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        texts.join(", ")
    };
    if answering.len() > 1 {
        wait.note(&format!(
            "note: {shown} has {} addresses; connections are opened to each in turn: {}",
            answering.len(),
            all(answering)
        ));
    }
    if !silent.is_empty() {
        wait.note(&format!(
            "warning: {shown} has an address that does not answer: {}; callouts go to {}",
            all(silent),
            all(answering)
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::engine::Stop;
    use crate::runner::job::Setting;

    #[test]
    fn a_name_server_that_does_not_answer_is_given_up_in_time() {
        let wait = Wait::new(&Setting::new(Stop::default(), || Duration::ZERO), None).unwrap();
        let host = Host::parse("staging.example.com").unwrap();
        let (hold, held) = channel::<()>();
        let hangs = move |_, _| {
            held.recv().map_err(io::Error::other)?;
            Ok(Vec::new())
        };
        let limit = Nanos::from_millis(20);
        let not_reached = resolve((&host, 443), "check it", limit, &wait, hangs).unwrap_err();
        let failure = not_reached.into_failure();
        assert_eq!(failure.kind, FailureKind::Environment);
        let told = failure.to_string();
        assert!(
            told.contains("the name server did not answer within 20.0 ms"),
            "{told}"
        );
        drop(hold);
    }

    fn failure(not_reached: NotReached) -> (String, String) {
        let failure = not_reached.into_failure();
        (failure.to_string(), failure.hint.unwrap_or_default())
    }

    // What is connected to in place of the target is never connected to in place of another server.
    #[test]
    fn a_server_that_is_down_is_named_as_what_it_is() {
        let text = "schema = 1\nname = \"down\"\n[target]\nurl = \"http://api.example.com/\"\n\
                    allowed_hosts = [\"api.example.com\"]\n\
                    connect_to = \"localhost\"\n\
                    [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n";
        let plan = crate::scenario::parse("down.toml", text, &[]).unwrap();
        let target = Destination::target(&plan);
        let (told, hint) = failure(unreached(None, target));
        assert!(
            told.starts_with("the target http://api.example.com:80/ (connect_to localhost) cannot"),
            "{told}"
        );
        assert!(hint.contains("--target embedded"), "{hint}");
        assert!(target.if_unknown().contains("connect_to"));
        let login = Destination::token_endpoint(&plan.target.address);
        let (told, hint) = failure(unreached(None, login));
        assert!(
            told.starts_with("the token endpoint http://api.example.com:80/ cannot be reached"),
            "{told}"
        );
        assert!(hint.contains("the url of [auth.exchange]"), "{hint}");
        assert!(login.if_unknown().contains("the url of [auth.exchange]"));
    }

    // Two addresses listen, at one port; between them lies one at which nothing does.
    #[test]
    fn connections_go_to_each_address_that_answers_in_turn() {
        let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let Ok(third) = std::net::TcpListener::bind(("127.0.0.3", port)) else {
            return;
        };
        let text = format!(
            "schema = 1\nname = \"turns\"\n[target]\nurl = \"http://localhost:{port}/\"\n\
             [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n"
        );
        let plan = crate::scenario::parse("turns.toml", &text, &[]).unwrap();
        let wait = Wait::new(&Setting::new(Stop::default(), || Duration::ZERO), None).unwrap();
        let all = (1..=3).map(|n| Endpoint::plain(SocketAddr::from(([127, 0, 0, n], port))));
        let found = first_reached(all.collect(), Destination::target(&plan), &plan, &wait);
        let endpoint = found
            .map_err(|not_reached| not_reached.into_failure().to_string())
            .unwrap();
        let clock = Clock::new(Instant::now(), Duration::ZERO);
        for _ in 0..4 {
            let limit = Duration::from_secs(5);
            wait.within(limit, endpoint.preflight(&clock))
                .unwrap()
                .unwrap()
                .unwrap();
        }
        // The preflight's own connection, and two of the four.
        for listener in [first, third] {
            listener.set_nonblocking(true).unwrap();
            let taken = listener.incoming().take_while(Result::is_ok).count();
            assert_eq!(taken, 3);
        }
    }
}
