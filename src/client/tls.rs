//! Whom we believe: the system's roots, or a given authority.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The given file holds no certificate.
    #[error("there is no PEM certificate in the file of authorities")]
    NoCertificate,
    /// The given file holds something that is no certificate.
    #[error("a certificate among the authorities is damaged: {0}")]
    Damaged(String),
    /// The system has no roots.
    #[error("this system has no trusted root certificates")]
    NoSystemRoots,
    /// The host is no name that a certificate could carry.
    #[error("{0:?} is no name that a certificate could carry")]
    Name(String),
}

/// The certificate authorities that a run believes.
#[derive(Clone)]
pub struct TlsTrust {
    connector: TlsConnector,
}

impl TlsTrust {
    /// Believes the authorities of a PEM file and no others.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| TlsError::Damaged(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| TlsError::Damaged(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Ok(Self::from_roots(roots))
    }

    /// Believes what the system believes.
    pub fn from_system() -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TlsError::NoSystemRoots);
        }
        Ok(Self::from_roots(roots))
    }

    /// HTTP/1.1 alone is offered, as Salesforce does; sessions are resumed.
    fn from_roots(roots: RootCertStore) -> Self {
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            connector: TlsConnector::from(Arc::new(config)),
        }
    }

    pub(super) const fn connector(&self) -> &TlsConnector {
        &self.connector
    }
}

impl fmt::Debug for TlsTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTrust").finish_non_exhaustive()
    }
}

/// The name that the server's certificate must carry.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}
