//! Answers that show that a request was misdirected: plain HTTP sent to a TLS port, or a client
//! certificate that is missing or refused.
//!
//! Servers say so in very different ways: some with an alert of TLS in the place of HTTP, most with
//! a page of their own.

use strum::Display;

/// What the target requires instead.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display)]
pub enum Misdirected {
    /// `https`, and the request was plain HTTP.
    #[strum(serialize = "the target speaks TLS, but the request was plain HTTP")]
    WantsTls,
    /// A client certificate, and none was sent.
    #[strum(serialize = "the target requires a client certificate, and none was sent")]
    WantsCertificate,
    /// Another client certificate than the one that was shown.
    #[strum(serialize = "the target refused our client certificate")]
    CertificateRefused,
}

/// What the pages of servers say, in lower case, by what they mean.
const PAGES: [(Misdirected, &[&str]); 3] = [
    (
        Misdirected::WantsTls,
        &[
            // nginx
            "the plain http request was sent to https port",
            // Apache
            "speaking plain http to an ssl-enabled server port",
            // Go's net/http, and with it Traefik and Caddy
            "client sent an http request to an https server",
            // Tomcat
            "this combination of host and port requires tls",
        ],
    ),
    (
        Misdirected::WantsCertificate,
        &[
            // nginx
            "no required ssl certificate was sent",
            // IIS, 403.7
            "the page you are attempting to access requires your browser to have a secure sockets layer (ssl) client certificate",
        ],
    ),
    (
        Misdirected::CertificateRefused,
        &[
            // nginx
            "the ssl certificate error",
            // IIS, 403.16
            "your client certificate is untrusted or invalid",
        ],
    ),
];

/// Bytes of a page that are looked at.
const PAGE_BYTES: usize = 4 * 1024;

impl Misdirected {
    /// What the first bytes of an answer to plain HTTP say: a record of TLS, an alert (21) or a
    /// handshake (22), begins with its type and the version 3 (RFC 8446, section 5.1).
    pub fn of_first_bytes(bytes: &[u8]) -> Option<Self> {
        matches!(bytes, [21 | 22, 3, ..]).then_some(Self::WantsTls)
    }

    /// What a refusal says in its own words, by its status and the beginning of its body.
    pub fn of_answer(status: u16, body: &[u8]) -> Option<Self> {
        // nginx has numbers of its own for these, and lets some of them out (494 to 497).
        match status {
            495 => return Some(Self::CertificateRefused),
            496 => return Some(Self::WantsCertificate),
            497 => return Some(Self::WantsTls),
            400 | 403 | 421 | 426 => {}
            _ => return None,
        }
        let page = body.get(..PAGE_BYTES).unwrap_or(body);
        let page = String::from_utf8_lossy(page).to_ascii_lowercase();
        let known = PAGES
            .into_iter()
            .find(|(_, all)| all.iter().any(|words| page.contains(words)));
        known.map(|(meaning, _)| meaning)
    }

    /// What is wrong, and what to try.
    pub(super) fn words(self) -> String {
        format!("{self}; {}", self.hint())
    }

    /// What to try.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::WantsTls => "use https:// in the URL",
            Self::WantsCertificate => {
                "write client_certificate = \"NAME\" in [target.connections]; \
                 `leadbench keys import NAME FILE --for client-tls` imports the key pair"
            }
            Self::CertificateRefused => {
                "`leadbench keys show NAME` shows who signed the client certificate and until when \
                 it is valid"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_tls_is_known_by_its_first_bytes() {
        let tls = Some(Misdirected::WantsTls);
        assert_eq!(Misdirected::of_first_bytes(&[21, 3, 1, 0, 2, 2, 70]), tls);
        assert_eq!(Misdirected::of_first_bytes(&[22, 3]), tls);
        for other in [&b"HTTP/1.1 400"[..], &[21], &[21, 13], &[], &[0, 0, 18, 4]] {
            assert_eq!(Misdirected::of_first_bytes(other), None);
        }
    }

    #[test]
    fn what_servers_say_is_understood() {
        let nginx =
            "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title>";
        for (status, body, meaning) in [
            (400, nginx, Misdirected::WantsTls),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.\n",
                Misdirected::WantsTls,
            ),
            (
                400,
                "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
                Misdirected::WantsTls,
            ),
            (
                400,
                "<center>No required SSL certificate was sent</center>",
                Misdirected::WantsCertificate,
            ),
            (
                400,
                "<center>The SSL certificate error</center>",
                Misdirected::CertificateRefused,
            ),
            (497, "", Misdirected::WantsTls),
        ] {
            assert_eq!(
                Misdirected::of_answer(status, body.as_bytes()),
                Some(meaning),
                "{body}"
            );
        }
        for (status, body) in [(400, "{\"error\":\"lead\"}"), (201, nginx), (500, nginx)] {
            assert_eq!(Misdirected::of_answer(status, body.as_bytes()), None);
        }
    }
}
