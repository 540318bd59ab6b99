//! Checks the addresses of a name.

use std::net::{IpAddr, SocketAddr};

use crate::plan::Host;
use crate::runner::failure::{FailureKind, RunFailure};

/// The addresses of an allowed host, in the order of the resolver, if all of them are plausible.
///
/// # Errors
///
/// There is no address; a name of this machine has a remote address; an IP address resolves to another
/// one; or an address does not belong to a single machine.
pub(in crate::runner) fn checked(
    host: &Host,
    addresses: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, RunFailure> {
    if addresses.is_empty() {
        return Err(RunFailure::environment(anyhow::anyhow!(
            "{host} resolves to no address"
        )));
    }
    let wrong = addresses
        .iter()
        .find_map(|address| Some((address.ip(), disbelief(host, address.ip())?)));
    let Some((address, why)) = wrong else {
        return Ok(addresses);
    };
    let error = anyhow::anyhow!("{host} resolves to {address}, which is {why}");
    Err(RunFailure::new(FailureKind::Guard, error).hint(
        "check /etc/hosts and the name server; leadbench connected to none of these addresses",
    ))
}

/// Why an address cannot belong to the host.
fn disbelief(host: &Host, address: IpAddr) -> Option<&'static str> {
    // An IPv4 address that is mapped into IPv6 connects to the IPv4 address.
    let address = address.to_canonical();
    if host.is_loopback() && !address.is_loopback() {
        Some("not this machine")
    } else if host.address().is_some_and(|literal| literal != address) {
        Some("another address")
    } else if is_unspecified(address) {
        Some("not the address of any machine")
    } else if address.is_multicast() || is_broadcast(address) {
        Some("an address of many machines")
    } else {
        None
    }
}

/// The unspecified address, and all of "this network" (RFC 6890, section 2.2.2).
fn is_unspecified(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 0,
        IpAddr::V6(address) => address.is_unspecified(),
    }
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        let address = |text: &&str| SocketAddr::new(text.parse().unwrap(), 443);
        texts.iter().map(address).collect()
    }

    fn judge(name: &str, texts: &[&str]) -> Result<Vec<SocketAddr>, RunFailure> {
        checked(&Host::parse(name).unwrap(), addresses(texts))
    }

    #[test]
    fn what_a_name_may_have_is_kept_whole_and_in_order() {
        for (name, texts) in [
            ("localhost", &["::1", "127.0.0.1"][..]),
            ("staging.example.com", &["203.0.113.7", "2001:db8::7"]),
            // A name server of one's own may say so.
            ("staging.example.com", &["127.0.0.1"]),
            ("10.0.0.1", &["10.0.0.1"]),
            ("10.0.0.1", &["::ffff:10.0.0.1"]),
            ("::ffff:10.0.0.1", &["10.0.0.1"]),
            ("localhost", &["::ffff:127.0.0.1"]),
        ] {
            assert_eq!(judge(name, texts).unwrap(), addresses(texts), "{name}");
        }
    }

    #[test]
    fn one_address_that_cannot_be_meant_is_one_too_many() {
        for (name, texts, why) in [
            ("localhost", &["203.0.113.7"][..], "not this machine"),
            (
                "localhost",
                &["127.0.0.1", "203.0.113.7"],
                "not this machine",
            ),
            ("localhost", &["0.0.0.0"], "not this machine"),
            ("127.0.0.1", &["127.0.0.2"], "another address"),
            ("10.0.0.1", &["10.0.0.2"], "another address"),
            (
                "staging.example.com",
                &["0.0.0.0"],
                "not the address of any machine",
            ),
            (
                "staging.example.com",
                &["203.0.113.7", "::"],
                "not the address of any machine",
            ),
            (
                "staging.example.com",
                &["::ffff:0.0.0.0"],
                "not the address of any machine",
            ),
            (
                "staging.example.com",
                &["0.1.2.3"],
                "not the address of any machine",
            ),
            (
                "::ffff:0.0.0.0",
                &["0.0.0.0"],
                "not the address of any machine",
            ),
            ("0", &["0.0.0.0"], "not the address of any machine"),
            ("localhost", &["::ffff:0.0.0.0"], "not this machine"),
            ("staging.example.com", &["224.0.0.1"], "many machines"),
            (
                "staging.example.com",
                &["::ffff:224.0.0.1"],
                "many machines",
            ),
            ("staging.example.com", &["ff02::1"], "many machines"),
            (
                "staging.example.com",
                &["::ffff:255.255.255.255"],
                "many machines",
            ),
            ("staging.example.com", &["255.255.255.255"], "many machines"),
        ] {
            let refused = judge(name, texts).unwrap_err();
            assert_eq!(refused.kind, FailureKind::Guard, "{name}");
            let said = refused.to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_name_without_an_address_goes_nowhere() {
        let refused = judge("staging.example.com", &[]).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Environment);
        assert!(refused.to_string().contains("resolves to no address"));
    }
}
