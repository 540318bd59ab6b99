//! What a TLS handshake agreed on.

use std::time::Duration;

use tokio::time::Instant;

use super::stream::Stream;
use super::transport::ConnectTimings;
use super::{ConnectError, Endpoint};
use crate::clock::Clock;

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsSession {
    /// The version: `TLSv1_3`.
    pub version: String,
    /// The cipher suite, by its IANA name.
    pub cipher: String,
    /// The protocol that was chosen by ALPN (RFC 7301), if one was.
    pub alpn: Option<String>,
    /// The certificates that the server showed, its own first, in DER.
    pub chain: Vec<Vec<u8>>,
}

impl Endpoint {
    /// Opens a connection, returns what TLS agreed on, and closes it; `None` without TLS.
    ///
    /// # Errors
    ///
    /// As any callout's connection.
    pub async fn session(&self) -> Result<Option<TlsSession>, ConnectError> {
        let clock = Clock::new(Instant::now(), Duration::ZERO);
        let stream = self.connect(&clock, &mut ConnectTimings::default()).await?;
        let Stream::Tls(stream) = stream else {
            return Ok(None);
        };
        let (_, tls) = stream.get_ref();
        let named = |name: Option<String>| name.unwrap_or_else(|| "unknown".to_owned());
        let version = tls
            .protocol_version()
            .and_then(|one| one.as_str().map(str::to_owned));
        let suite = tls.negotiated_cipher_suite().map(|one| one.suite());
        let chain = tls.peer_certificates().unwrap_or_default();
        let alpn = tls.alpn_protocol();
        Ok(Some(TlsSession {
            version: named(version),
            cipher: named(suite.and_then(|one| one.as_str().map(str::to_owned))),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            chain: chain.iter().map(|der| der.to_vec()).collect(),
        }))
    }
}
