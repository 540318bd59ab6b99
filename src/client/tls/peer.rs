//! What a server asked for and showed, noted while rustls shakes hands.
//!
//! Nothing here decides anything: the verifier and the choice of the certificate are rustls's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::secret::opaque_debug;
use parking_lot::Mutex;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// Characters of a name that a message has room for.
const NAME_CHARS: usize = 80;

/// Authorities that a message has room for.
const AUTHORITIES: usize = 3;

/// The names in the chain of certificates that a server showed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Shown {
    /// Whose its own certificate is.
    pub(super) subject: String,
    /// Who signed that.
    pub(super) issuer: String,
    /// Certificates that came beside its own.
    pub(super) intermediates: usize,
    /// Who signed the last of them.
    pub(super) top_issuer: String,
}

impl Shown {
    /// Reads the names; `None` where a certificate is none.
    pub(super) fn read(own: &[u8], others: &[&[u8]]) -> Option<Self> {
        let names = |der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            Some((text(certificate.subject()), text(certificate.issuer())))
        };
        let (subject, issuer) = names(own)?;
        let top_issuer = match others.last() {
            None => issuer.clone(),
            Some(last) => names(last)?.1,
        };
        Some(Self {
            subject,
            issuer,
            intermediates: others.len(),
            top_issuer,
        })
    }
}

/// What was seen of the server on any connection of a run.
#[derive(Debug, Default)]
pub(super) struct PeerRecord {
    asked: AtomicBool,
    /// Whose certificates it takes, as it said when it asked.
    pub(super) authorities: Mutex<Vec<String>>,
    /// The certificates that it sent when they were not trusted.
    pub(super) disbelieved: Mutex<Option<Shown>>,
}

impl PeerRecord {
    /// Whether it asked for a certificate.
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Relaxed)
    }

    fn note_asked(&self, authorities: &[&[u8]]) {
        if self.asked.swap(true, Relaxed) {
            return;
        }
        let names = authorities.iter().take(AUTHORITIES).filter_map(|der| {
            let (_, name) = X509Name::from_der(der).ok()?;
            Some(text(&name))
        });
        *self.authorities.lock() = names.collect();
    }

    fn note_disbelieved(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let others: Vec<&[u8]> = others.iter().map(AsRef::as_ref).collect();
        *self.disbelieved.lock() = Shown::read(own, &others);
    }
}

/// Verifies as rustls does, and notes certificates that are not trusted.
#[derive(Debug)]
pub(super) struct NotingVerifier {
    pub(super) inner: Arc<WebPkiServerVerifier>,
    pub(super) seen: Arc<PeerRecord>,
}

impl ServerCertVerifier for NotingVerifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(own, others, name, ocsp, now);
        if verified.is_err() {
            self.seen.note_disbelieved(own, others);
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Sends the client certificate, if one is set, and notes that the server asked for it.
pub(super) struct NotingResolver {
    pub(super) identity: Option<Arc<CertifiedKey>>,
    pub(super) seen: Arc<PeerRecord>,
}

opaque_debug!(NotingResolver);

impl ResolvesClientCert for NotingResolver {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.seen.note_asked(authorities);
        self.identity.clone()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

fn text(name: &X509Name<'_>) -> String {
    harmless(&name.to_string())
}

/// A name as a message may show it: it is a stranger's text.
pub(super) fn harmless(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_graphic() || c.is_alphanumeric() || *c == ' ';
    let shown = |c| if is_plain(&c) { c } else { '?' };
    name.chars().map(shown).take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_change_how_a_message_reads() {
        assert_eq!(
            harmless("CN=a\u{1b}[2J\n\u{202e}b, O=Ä"),
            "CN=a?[2J??b, O=Ä"
        );
        assert_eq!(harmless(&"x".repeat(1_000)).len(), NAME_CHARS);
    }
}
