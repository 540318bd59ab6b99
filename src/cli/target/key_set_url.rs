//! Key sets behind a URL: fetched at the start, and again when a token names an unknown key.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::time::Instant;

use crate::cli::exit::Failure;
use crate::keys::TrustedKey;
use crate::plan::Host;

/// The largest key set that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an argument is the URL of a key set, and not a file.
pub(super) fn is_one(argument: &str) -> bool {
    argument.split_once("://").is_some_and(|(scheme, _)| {
        let scheme = scheme.rsplit('=').next().unwrap_or_default();
        ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str())
    })
}

/// Fetches a key set, only from this machine: the owner of another host may not want the request.
pub(super) fn fetch(argument: &str) -> Result<Vec<TrustedKey>, Failure> {
    let url = admitted(argument)?;
    let failed = |error: anyhow::Error| {
        let what = format!("could not fetch the key set {}", shown(argument));
        Failure::environment(error.context(what))
    };
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // A redirect would lead to the keys of a host that the user did not name.
        .max_redirects(0)
        // The library would use HTTP_PROXY, and another host would then fetch the key set.
        .proxy(None)
        .build();
    let mut answer = ureq::Agent::new_with_config(config)
        .get(&url)
        .call()
        // The library's message may contain the URL.
        .map_err(|error| failed(anyhow!("{}", error.to_string().replace(&url, &shown(&url)))))?;
    let status = answer.status();
    if status.as_u16() != 200 {
        let place = answer.headers().get(ureq::http::header::LOCATION);
        return Err(match place.and_then(|place| place.to_str().ok()) {
            Some(place) => failed(anyhow!(
                "it answered {status} and redirects to {}, and leadbench does not follow \
                 redirects",
                shown(place)
            ))
            .hint("name the URL of the key set itself"),
            None => failed(anyhow!("it answered {status}")),
        });
    }
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(BYTES_MAX)
        .read_to_vec()
        .context("its body could not be read")
        .map_err(failed)?;
    TrustedKey::read(&bytes).map_err(|error| failed(error.into()))
}

/// The URL to fetch: on this machine, by its canonical address.
fn admitted(argument: &str) -> Result<String, Failure> {
    let refused = |why: &str, hint: &'static str| {
        Failure::environment(anyhow!("{}: {why}", shown(argument))).hint(hint)
    };
    let (scheme, rest) = argument.split_once("://").unwrap_or_default();
    if scheme.contains('=') {
        let why = "the keys of a set have their own names, and NAME= cannot change them";
        return Err(refused(why, "leave out the part before the URL"));
    }
    if !scheme.eq_ignore_ascii_case("http") {
        let why = "a key set can only be fetched over http";
        return Err(refused(why, "download it, and name the file"));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        let why = "the URL of a key set cannot contain a user or a password";
        return Err(refused(why, "leave out the part before the '@'"));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, format!(":{port}"))
        }
        _ => (authority, String::new()),
    };
    match Host::parse(host) {
        Some(host) if host.is_loopback() => {
            let host = match host.address() {
                Some(IpAddr::V6(address)) => format!("[{address}]"),
                _ => host.to_string(),
            };
            let path = path.split('#').next().unwrap_or_default();
            Ok(format!("http://{host}{port}{path}"))
        }
        _ => Err(refused(
            "a key set can only be fetched from this machine",
            "download it, and name the file",
        )),
    }
}

/// A URL without the parts that may be secret: user and password, query and fragment (RFC 3986,
/// section 3).
fn shown(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let start = url.find("//").map_or(0, |scheme| scheme + 2);
    let (before, rest) = url[..end.max(start)].split_at(start.min(end));
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let without_user = match rest[..authority_end].rfind('@') {
        Some(at) => &rest[at + 1..],
        None => rest,
    };
    let text = format!("{before}{without_user}");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// When a key set is fetched again.
pub(super) struct Refetch {
    /// The shortest time between two fetches, so that unknown kids cannot cause many.
    apart: Duration,
    unknown_kids: u64,
    last: Instant,
}

impl Refetch {
    /// The first fetch was now; the next come at least `apart` later.
    pub(super) fn new(apart: Duration) -> Self {
        Self {
            apart,
            unknown_kids: 0,
            last: Instant::now(),
        }
    }

    /// Whether tokens have named unknown keys since the last fetch, and it is not too soon.
    pub(super) fn is_due(&mut self, unknown_kids: u64) -> bool {
        let is_due = unknown_kids > self.unknown_kids && self.last.elapsed() >= self.apart;
        if is_due {
            self.unknown_kids = unknown_kids;
            self.last = Instant::now();
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn what_is_shown_of_a_url_holds_no_secret() {
        for (url, text) in [
            ("http://h/a", "http://h/a"),
            ("http://u:pa@ss@h:1/a?k=1#f", "http://h:1/a"),
            ("http://h?k=1", "http://h"),
            ("http://h#f", "http://h"),
            ("/b?k=1", "/b"),
            ("//u:p@h/b", "//h/b"),
            ("?k", ""),
            ("", ""),
            ("http://h/\n\u{1b}[2J", "http://h/[2J"),
        ] {
            assert_eq!(shown(url), text, "{url}");
        }
    }

    #[test]
    fn only_this_machine_is_asked_and_by_its_canonical_address() {
        for (url, asked) in [
            ("http://127.0.0.1:8/jwks?a=b", "http://127.0.0.1:8/jwks?a=b"),
            ("HTTP://0x7f.1:8/jwks", "http://127.0.0.1:8/jwks"),
            ("http://[::ffff:127.0.0.1]:8/", "http://127.0.0.1:8/"),
            ("http://[0::1]:8/", "http://[::1]:8/"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(admitted(url).unwrap(), asked);
        }
        for (url, why) in [
            ("https://127.0.0.1/k?canary", "only be fetched over http"),
            ("http://me:canary@127.0.0.1/k", "cannot contain a user"),
            (
                "http://keys.example.com/k?canary",
                "only be fetched from this machine",
            ),
            (
                "http://127.0.0.1\\@keys.example.com/k?canary",
                "cannot contain a user",
            ),
            ("http://0.0.0.0/k", "only be fetched from this machine"),
            ("name=http://127.0.0.1/k?canary", "their own names"),
        ] {
            let said = admitted(url).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
            assert!(!said.contains("canary"), "{said}");
        }
    }

    /// Answers one request with this head and body, and gives what fetching from there says.
    fn fetched(head: &'static str, body: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answering = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            assert!(stream.read(&mut asked).unwrap() > 0);
            let length = body.len();
            let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let said = fetch(&format!("http://{address}/keys?sig=canary"));
        answering.join().unwrap();
        said.unwrap_err().to_string()
    }

    #[test]
    fn a_redirect_is_told_and_neither_followed_nor_read() {
        const KEYS: &str = r#"{"keys":[]}"#;
        let said = fetched(
            "302 Found\r\nLocation: http://me:canary@other/keys?canary",
            KEYS,
        );
        assert!(
            said.contains("redirects to http://other/keys, and leadbench does not follow"),
            "{said}"
        );
        assert!(said.contains("302"), "{said}");
        assert!(!said.contains("canary"), "{said}");
        let said = fetched("204 No Content", "");
        assert!(said.contains("it answered 204"), "{said}");
        let said = fetched("403 Forbidden", "");
        assert!(said.contains("403") && !said.contains("canary"), "{said}");
    }
}
