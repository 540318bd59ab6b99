//! Tokens over plain HTTP, which others on the network could read.

use super::hosts::RemoteHost;
use super::{Permissions, refused};
use crate::cli::exit::Failure;
use crate::plan::{Host, Scheme};

/// Refuses to send a token to a remote host over plain HTTP, unless the host is named for it.
///
/// A token is valid until its `exp`, and the network to a test system may not be a test network.
pub(super) fn check(
    place: &RemoteHost<'_>,
    listed: &[Host],
    permissions: Permissions<'_>,
) -> Result<(), Failure> {
    let host = place.host;
    let is_readable = place.scheme == Scheme::Http && place.has_token;
    if !is_readable || listed.contains(host) || permissions.plaintext.contains(host) {
        return Ok(());
    }
    Err(refused(
        &format!("a token would be sent to {host} over plain http, where others can read it"),
        format!(
            "use https, or send no token ([auth] source = \"none\"); if the whole network to it \
             is yours, pass --allow-plaintext {host} or add allow_plaintext = [\"{host}\"] to \
             [target]"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, refusal};
    use super::*;

    #[test]
    fn a_token_in_the_clear_needs_leave_for_that_very_host() {
        let here = [host("staging.example.com")];
        let other = [host("example.com")];
        let place = RemoteHost {
            scheme: Scheme::Http,
            host: &here[0],
            has_token: true,
        };
        let permissions = |hosts| Permissions {
            plaintext: hosts,
            // Neither of the other leaves is one for this.
            allowed: &here,
            owned: &here,
        };
        let said = refusal(check(&place, &other, permissions(&other)));
        for words in [
            "a token would be sent to staging.example.com over plain http",
            "--allow-plaintext staging.example.com",
            "allow_plaintext = [\"staging.example.com\"]",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert!(check(&place, &here, permissions(&[])).is_ok());
        assert!(check(&place, &[], permissions(&here)).is_ok());
    }

    #[test]
    fn without_a_token_or_with_tls_nothing_can_be_read() {
        let host = host("staging.example.com");
        for (scheme, has_token) in [
            (Scheme::Http, false),
            (Scheme::Https, true),
            (Scheme::Https, false),
        ] {
            let place = RemoteHost {
                scheme,
                host: &host,
                has_token,
            };
            assert!(check(&place, &[], Permissions::default()).is_ok());
        }
    }
}
