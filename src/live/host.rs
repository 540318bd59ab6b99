//! Checks which host a request names.

use std::net::IpAddr;

use hyper::Request;
use hyper::header::HOST;
use hyper::http::uri::Authority;

/// Whether a request names this server by an address, as `localhost`, or by one of its given names,
/// which are in lower case.
///
/// The owner of a page elsewhere may point its name at this machine, to read this server through a
/// visitor's browser (DNS rebinding). Such a request carries that
/// name, and cannot carry an address of this machine.
pub(super) fn is_ours<B>(request: &Request<B>, names: &[String]) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_known = |authority: &str| is_known(authority, names);
    let in_head = host.to_str().is_ok_and(is_known);
    // In absolute form the target is what counts (RFC 9112, section 3.2.2).
    let in_line = request.uri().authority();
    in_head && in_line.is_none_or(|authority| is_known(authority.as_str()))
}

fn is_known(authority: &str, names: &[String]) -> bool {
    if authority.contains('@') {
        return false;
    }
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok()
        || names.iter().any(|name| bare.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, hosts: &[&str]) -> bool {
        let request = Request::builder().uri(uri);
        let request = hosts
            .iter()
            .fold(request, |request, host| request.header(HOST, *host));
        let names = ["bench".to_owned(), "bench.load.svc".to_owned()];
        is_ours(&request.body(()).unwrap(), &names)
    }

    #[test]
    fn addresses_and_localhost_are_ours() {
        for host in [
            "127.0.0.1:8090",
            "127.0.0.1",
            "10.1.2.3:9090",
            "[::1]:8090",
            "[::1]",
            "localhost:8090",
            "LocalHost",
            "bench",
            "Bench:9090",
            "bench.load.svc:9090",
        ] {
            assert!(asked("/", &[host]), "{host}");
        }
        assert!(asked("http://127.0.0.1:8090/", &["127.0.0.1:8090"]));
    }

    #[test]
    fn any_other_name_is_somebody_else_s() {
        for host in [
            "evil.example.com",
            "evil.example.com:8090",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "127.0.0.1@evil.example.com",
            "evil.example.com@127.0.0.1",
            "127.1",
            "2130706433",
            "localhost.",
            "",
            ":8090",
            "127.0.0.1, evil.example.com",
            "bench.evil.example.com",
            "bench.load",
            "bench@evil.example.com",
        ] {
            assert!(!asked("/", &[host]), "{host}");
        }
        assert!(!asked("/", &[]));
        assert!(!asked("/", &["127.0.0.1", "evil.example.com"]));
        assert!(!asked("http://evil.example.com/", &["127.0.0.1"]));
    }
}
