//! The hosts that a plan sends to, and which of them are allowed.

use super::{Permissions, refused};
use crate::cli::exit::Failure;
use crate::plan::{Address, Host, Plan, Scheme};

/// A host beyond loopback that a plan sends to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RemoteHost<'p> {
    pub(super) scheme: Scheme,
    pub(super) host: &'p Host,
    /// Whether a token is sent there.
    pub(super) has_token: bool,
}

/// The target, the host of `connect_to` in its place, and the token endpoints, if they are not on
/// loopback.
pub(super) fn beyond_loopback(plan: &Plan) -> Vec<RemoteHost<'_>> {
    let auths = || (0..plan.loads.len()).filter_map(|load| plan.auth_of(load));
    let sends_token = auths().next().is_some();
    let place = |address, has_token| match address {
        &Address::Url {
            scheme, ref host, ..
        } => Some(RemoteHost {
            scheme,
            host,
            has_token,
        }),
        Address::Embedded(_) => None,
    };
    let target = place(&plan.target.address, sends_token);
    let connect_to = plan.target.connect_to.as_ref();
    let in_its_place = connect_to.and_then(|(host, _)| Some(RemoteHost { host, ..target? }));
    let endpoints = auths().filter_map(|auth| auth.exchange.as_ref()?.endpoint.as_ref());
    let all = target
        .into_iter()
        .chain(endpoints.filter_map(|endpoint| place(endpoint, true)))
        .chain(in_its_place);
    all.filter(|place| !place.host.is_loopback()).collect()
}

/// Refuses a host that neither the scenario nor the command line allows.
pub(super) fn admit(
    host: &Host,
    listed: &[Host],
    permissions: Permissions<'_>,
) -> Result<(), Failure> {
    if [listed, permissions.allowed, permissions.owned]
        .iter()
        .any(|hosts| hosts.contains(host))
    {
        return Ok(());
    }
    Err(refused(
        &format!("{host} is not among the allowed hosts"),
        format!(
            "if it is your test system, add allowed_hosts = [\"{host}\"] to [target] of the \
             scenario, or pass --allow {host}"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, plan, refusal};
    use super::*;

    #[test]
    fn loopback_needs_no_leave() {
        for name in [
            "localhost",
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "[::1]",
            "127.1",
            "0177.0.0.1",
            "::ffff:127.0.0.1",
        ] {
            assert!(host(name).is_loopback(), "{name}");
        }
        for name in ["0.0.0.0", "::", "::ffff:0.0.0.0", "a.localhost"] {
            assert!(!host(name).is_loopback(), "{name}");
        }
    }

    #[test]
    fn anything_else_needs_its_exact_name() {
        let listed = [host("staging.example.com")];
        let none = Permissions::default();
        assert!(admit(&host("STAGING.example.com"), &listed, none).is_ok());
        for (asked, listed) in [("10.1", "10.0.0.1"), ("10.0.0.1", "012.0.0.1")] {
            assert!(
                admit(&host(asked), &[host(listed)], none).is_ok(),
                "{asked}"
            );
        }
        let given = Permissions {
            allowed: &listed,
            ..none
        };
        assert!(admit(&host("staging.example.com"), &[], given).is_ok());
        for name in [
            "example.com",
            "www.staging.example.com",
            "staging.example.com.evil.example",
            "localhost.example.com",
            "10.0.0.1",
            "127.0.0.1.example.com",
        ] {
            let said = refusal(admit(&host(name), &listed, none));
            assert!(said.contains("is not among the allowed hosts"), "{said}");
        }
    }

    // Each load may have a token endpoint of its own, and each is a place to be judged.
    #[test]
    fn every_place_that_is_sent_to_is_known() {
        const AUTH: &str = "source = \"named-credential\"\nkey = \"k\"\nissuer = \"i\"\n\
                            subject = \"s\"\naudience = \"a\"\n";
        const LOAD: &str = "kind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n";
        let auth = format!("[auth]\n{AUTH}exchange = {{ url = \"http://login.example.com/t\" }}");
        let loads = format!("[[load]]\n{LOAD}");
        let plan = plan("https://staging.example.com/", &auth, &loads);
        let places = beyond_loopback(&plan);
        let shown: Vec<_> = places
            .iter()
            .map(|place| format!("{}://{} {}", place.scheme, place.host, place.has_token))
            .collect();
        assert_eq!(
            shown,
            [
                "https://staging.example.com true",
                "http://login.example.com true"
            ]
        );
    }
}
