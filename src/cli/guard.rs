//! Which hosts may be sent to.

use crate::plan::Host;

use super::exit::{Code, Failure};

/// Refuses a host beyond loopback that neither the scenario nor the command line names.
///
/// Judged by name, before the name is resolved: not even a DNS query leaves.
pub(super) fn admit(host: &Host, allowed: &[Host], given: &[Host]) -> Result<(), Failure> {
    if is_loopback(host) || allowed.contains(host) || given.contains(host) {
        return Ok(());
    }
    Err(Failure::new(
        Code::GuardRefused,
        anyhow::anyhow!("{host} is not among the allowed hosts; nothing was sent"),
    )
    .hint(format!(
        "if this is your test system, add it to the scenario (allowed_hosts = [\"{host}\"]) or pass --allow {host}"
    )))
}

/// Whether a host is this machine by its very name.
pub(super) fn is_loopback(host: &Host) -> bool {
    host.as_str() == "localhost"
        || host
            .as_str()
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    #[test]
    fn loopback_needs_no_leave() {
        for name in ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert!(admit(&host(name), &[], &[]).is_ok(), "{name}");
        }
    }

    #[test]
    fn anything_else_needs_its_exact_name() {
        let allowed = [host("staging.example.com")];
        assert!(admit(&host("STAGING.example.com"), &allowed, &[]).is_ok());
        assert!(admit(&host("staging.example.com"), &[], &allowed).is_ok());
        for name in [
            "example.com",
            "www.staging.example.com",
            "staging.example.com.evil.example",
            "localhost.example.com",
            "10.0.0.1",
            "127.0.0.1.example.com",
        ] {
            let refused = admit(&host(name), &allowed, &[]).unwrap_err();
            assert_eq!(refused.code(), Code::GuardRefused, "{name}");
        }
    }
}
