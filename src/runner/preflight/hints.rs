//! What to try if a target cannot be reached.

use super::destination::Destination;
use crate::client::{Alpn, ConnectError, Misdirected, TlsCause};
use crate::plan::Plan;

/// What to try when the authorities cannot be used.
pub(in crate::runner) const DISTRUSTED: &str = "name a PEM file of authorities with [target] ca";

/// A note if a server asked for a certificate, got none, and accepted the connection.
pub(in crate::runner) fn misses_certificate(server: Destination<'_>) -> String {
    let noun = server.noun();
    format!(
        "note: the {noun} asked for a client certificate, and none is set; if it refuses the \
         callouts, name a key pair: [target.connections] client_certificate = \"NAME\""
    )
}

/// What to try after a failed connection.
pub(in crate::runner) fn of_connecting(
    error: &ConnectError,
    server: Destination<'_>,
    plan: &Plan,
) -> String {
    match error {
        ConnectError::Lookup(_) | ConnectError::Tcp(_) | ConnectError::TlsIo(_) => {
            server.if_down().to_owned()
        }
        ConnectError::NoHttp2 => "leave out [target.connections] http = \"2\"".to_owned(),
        ConnectError::Tls(cause) => of_tls(cause, plan),
    }
}

fn of_tls(cause: &TlsCause, plan: &Plan) -> String {
    let fixed = match cause {
        TlsCause::NoTls => "use the port that speaks TLS, or http:// in the URL",
        TlsCause::ClosedEarly => {
            "see the target's log; a proxy in front of it may not know the name in the URL"
        }
        TlsCause::WantsCertificate { .. } => Misdirected::WantsCertificate.hint(),
        TlsCause::CertificateRefused { .. } => return refused(plan),
        TlsCause::NothingInCommon { .. } => {
            "let the target accept ECDHE with AES-GCM or ChaCha20-Poly1305; leadbench offers \
             nothing else. `openssl s_client -connect HOST:PORT` shows what it accepts now"
        }
        TlsCause::Version { offered: Some(_) } => {
            "offer both versions: [target.connections] tls = \"any\"; leadbench does not speak \
             TLS 1.0 and 1.1 (RFC 8996)"
        }
        TlsCause::Version { offered: None } => {
            "leadbench does not speak TLS 1.0 and 1.1 (RFC 8996); let the target speak TLS 1.2"
        }
        TlsCause::NoSuchName { host } => {
            return format!(
                "give the target a certificate for {host}, or write the URL with its own name"
            );
        }
        TlsCause::NoProtocol { offered } => match offered {
            Alpn::Http2 => "leave out [target.connections] http = \"2\"",
            Alpn::Http1 | Alpn::Nothing => "leave out [target.connections] alpn",
        },
        TlsCause::Alert { .. } | TlsCause::Other { .. } => {
            "see the target's log; it says more than a TLS alert can"
        }
        TlsCause::SelfSigned { .. } | TlsCause::UnknownIssuer { .. } => return authorities(plan),
        TlsCause::NoIntermediate { .. } => {
            return format!(
                "let the target send its whole chain (nginx: ssl_certificate with its own certificate \
             first and the intermediate after it), or else: {}",
                authorities(plan)
            );
        }
        TlsCause::AuthorityAsOwn => {
            "for a self-signed certificate, pass `-addext basicConstraints=critical,CA:FALSE` to \
             `openssl req -x509`; then name its file with [target] ca"
        }
        TlsCause::WrongName { names, .. } if names.is_empty() => {
            "make a certificate with the name in it: `-addext subjectAltName=DNS:HOST` with \
             `openssl req`"
        }
        TlsCause::WrongName { .. } => {
            "write the URL with a name of the certificate, or give the target one for this name"
        }
        TlsCause::Expired { .. } => "renew the target's certificate",
        TlsCause::NotYetValid { .. } => "check this machine's clock and the certificate's dates",
        TlsCause::WrongPurpose => {
            "make a certificate with `extendedKeyUsage = serverAuth`, or without that extension"
        }
        TlsCause::WrongSignature { .. } => {
            return format!(
                "the authority may have a new key under its old name; {}",
                authorities(plan)
            );
        }
        TlsCause::Certificate { .. } => "create a new certificate for the target",
    };
    fixed.to_owned()
}

fn authorities(plan: &Plan) -> String {
    match &plan.target.ca {
        None => "name the file of that certificate, in PEM: [target] ca = \"FILE\"".to_owned(),
        Some(ca) => format!(
            "[target] ca = {:?} replaces the system's authorities; put the right one into the file",
            ca.file
        ),
    }
}

fn refused(plan: &Plan) -> String {
    match &plan.target.connections.client_certificate {
        None => Misdirected::CertificateRefused.hint().to_owned(),
        Some(name) => format!(
            "`leadbench keys show {name}` shows who signed the client certificate, with which \
             chain, and until when it is valid"
        ),
    }
}
