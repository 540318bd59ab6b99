//! The client's TLS settings: trusted authorities, offered protocols and the client certificate.

mod alert;
mod cause;
mod peer;
mod words;

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    ClientConfig, DEFAULT_VERSIONS, RootCertStore, SupportedProtocolVersion, version,
};

use crate::secret::opaque_debug;
pub(super) use alert::in_words as alert_in_words;
use cause::Circumstances;
pub use cause::TlsCause;
pub(super) use cause::tls_error;
use peer::{NotingResolver, NotingVerifier, PeerRecord};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The given file holds no certificate.
    #[error("the file of authorities contains no PEM certificate")]
    NoCertificate,
    /// The given file contains something that is not a certificate.
    #[error("a certificate of the authorities is damaged: {0}")]
    Damaged(String),
    /// The system has no trusted roots.
    #[error("this system has no trusted root certificates")]
    NoSystemRoots,
    /// The host is not a name that a certificate can have.
    #[error("{0:?} is not a name that a certificate can have")]
    Name(String),
    /// The client certificate and its key cannot be shown.
    #[error("the client certificate cannot be used: {0}")]
    Identity(String),
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

/// What is offered by ALPN: one protocol, or the extension is left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Alpn {
    /// Nothing, as the JDK's client does.
    #[default]
    Nothing,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

/// What is offered to a server.
#[derive(Debug)]
pub struct TlsForm {
    /// The only version; `None` offers 1.2 and 1.3.
    pub version: Option<TlsVersion>,
    /// Whether later connections resume a session.
    pub resumption: bool,
    /// What is offered by ALPN (RFC 7301).
    pub alpn: Alpn,
    /// The client certificate for a server that asks for one.
    pub identity: Option<ClientIdentity>,
}

impl Default for TlsForm {
    /// As Salesforce does: HTTP/1.1 only, with session resumption.
    fn default() -> Self {
        Self {
            version: None,
            resumption: true,
            alpn: Alpn::default(),
            identity: None,
        }
    }
}

/// A certificate with its private key.
pub struct ClientIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientIdentity {
    /// Reads a certificate, or a chain of them, and its private key.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let damaged = |what: &str| TlsError::Identity(format!("{what} is damaged or not PEM"));
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| damaged("the certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| damaged("the private key"))?;
        Ok(Self { chain, key })
    }
}

impl Clone for ClientIdentity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

opaque_debug!(ClientIdentity);

/// The certificates that the system trusts, in DER.
pub fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// What TLS computes with.
pub fn crypto_provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificate authorities that a run trusts, and what it offers to servers.
#[derive(Clone)]
pub struct TlsTrust {
    connector: TlsConnector,
    /// What is offered to every server.
    offered: Circumstances,
    seen: Arc<PeerRecord>,
}

impl TlsTrust {
    /// Trusts the authorities of a PEM file, or the one of a DER file, and no others.
    pub fn from_pem(pem: &[u8], form: TlsForm) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        // A SEQUENCE with a long length; no text begins like this.
        let certificates = if let [0x30, 0x81..=0x84, ..] = pem {
            Ok(vec![CertificateDer::from(pem.to_vec())])
        } else {
            CertificateDer::pem_slice_iter(pem).collect()
        };
        for certificate in certificates.map_err(damaged)? {
            roots.add(certificate).map_err(damaged)?;
        }
        if roots.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Self::from_roots(roots, form)
    }

    /// Trusts the authorities that the system trusts.
    pub fn from_system(form: TlsForm) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(system_roots());
        if roots.is_empty() {
            return Err(TlsError::NoSystemRoots);
        }
        Self::from_roots(roots, form)
    }

    fn from_roots(roots: RootCertStore, form: TlsForm) -> Result<Self, TlsError> {
        let builder = ClientConfig::builder_with_protocol_versions(versions(form.version));
        let identity = form.identity.map(|identity| {
            CertifiedKey::from_der(identity.chain, identity.key, builder.crypto_provider())
        });
        let identity = identity
            .transpose()
            .map_err(|error| TlsError::Identity(error.to_string()))?;
        let has_identity = identity.is_some();
        let seen = Arc::new(PeerRecord::default());
        // The same verifier as `with_root_certificates` makes.
        let verifier = WebPkiServerVerifier::builder(Arc::new(roots))
            .build()
            .map_err(damaged)?;
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(NotingVerifier {
                inner: verifier,
                seen: Arc::clone(&seen),
            }))
            .with_client_cert_resolver(Arc::new(NotingResolver {
                identity: identity.map(Arc::new),
                seen: Arc::clone(&seen),
            }));
        if !form.resumption {
            config.resumption = Resumption::disabled();
        }
        config.alpn_protocols = match form.alpn {
            Alpn::Nothing => Vec::new(),
            Alpn::Http1 => vec![b"http/1.1".to_vec()],
            Alpn::Http2 => vec![b"h2".to_vec()],
        };
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            offered: Circumstances {
                version: form.version,
                alpn: form.alpn,
                has_identity,
                ..Circumstances::default()
            },
            seen,
        })
    }

    /// Whether the server asked for a client certificate on any connection so far.
    pub(super) fn was_asked(&self) -> bool {
        self.seen.asked()
    }

    /// Whether there is a client certificate to show.
    pub(super) const fn has_identity(&self) -> bool {
        self.offered.has_identity
    }

    /// What a failed connection to this host means; `None` where the operating system says it.
    pub(super) fn cause_of(&self, error: &io::Error, host: &str) -> Option<TlsCause> {
        let circumstances = Circumstances {
            host: host.to_owned(),
            asked: self.seen.asked(),
            authorities: self.seen.authorities.lock().clone(),
            shown: self.seen.disbelieved.lock().clone(),
            ..self.offered.clone()
        };
        TlsCause::of(error, &circumstances)
    }

    pub(super) const fn connector(&self) -> &TlsConnector {
        &self.connector
    }
}

fn damaged(error: impl fmt::Display) -> TlsError {
    TlsError::Damaged(error.to_string())
}

fn versions(only: Option<TlsVersion>) -> &'static [&'static SupportedProtocolVersion] {
    const V1_2: &[&SupportedProtocolVersion] = &[&version::TLS12];
    const V1_3: &[&SupportedProtocolVersion] = &[&version::TLS13];
    match only {
        None => DEFAULT_VERSIONS,
        Some(TlsVersion::V1_2) => V1_2,
        Some(TlsVersion::V1_3) => V1_3,
    }
}

opaque_debug!(TlsTrust);

/// The name that the server's certificate must carry.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_in_pem_and_in_der() {
        let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let der = made.cert.der();
        let read = |bytes: &[u8]| TlsTrust::from_pem(bytes, TlsForm::default()).map(|_| ());
        read(made.cert.pem().as_bytes()).unwrap();
        read(der).unwrap();
        assert!(matches!(read(&der[..100]), Err(TlsError::Damaged(_))));
        assert!(matches!(read(b"no PEM"), Err(TlsError::NoCertificate)));
    }
}
