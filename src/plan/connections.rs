//! How connections to a target are opened, kept and shared.

use std::fmt;

use strum::{EnumString, VariantNames};

/// How connections are opened, kept and shared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connections {
    /// How long one is kept.
    pub lifetime: Lifetime,
    /// Who may use it.
    pub pool: Sharing,
    /// What is spoken on it.
    pub http: HttpVersion,
    /// The version of TLS, and no other; `None` offers 1.2 and 1.3.
    pub tls: Option<TlsVersion>,
    /// Whether ALPN (RFC 7301) offers HTTP/1.1; over TLS, HTTP/2 always uses ALPN.
    pub alpn: bool,
    /// Whether TLS sessions are resumed by later connections.
    pub resumption: bool,
    /// The unique name of the key pair whose certificate the caller shows (mutual TLS).
    pub client_certificate: Option<String>,
    /// Whether the kernel is asked when the bytes of an answer arrived (HTTP/1.1, Linux); where
    /// nothing is said, the load decides.
    pub kernel_stamps: Option<bool>,
}

impl Default for Connections {
    /// As Salesforce has them: HTTP/1.1 and TLS 1.2, both kept and resumed.
    fn default() -> Self {
        Self {
            lifetime: Lifetime::default(),
            pool: Sharing::default(),
            http: HttpVersion::default(),
            tls: Some(TlsVersion::V1_2),
            alpn: false,
            resumption: true,
            client_certificate: None,
            kernel_stamps: None,
        }
    }
}

/// How long a connection is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Lifetime {
    /// For as long as the target keeps it open.
    #[default]
    KeepAlive,
    /// For the callouts of one transaction. In loads of other kinds than `salesforce`, that is one
    /// iteration with its retry.
    PerTransaction,
    /// For one request.
    PerCallout,
}

/// Who may use a connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Sharing {
    /// The virtual user, slot or worker that opened it.
    #[default]
    User,
    /// Whoever needs one next, among all callers of an I/O worker.
    Shared,
}

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
pub enum HttpVersion {
    /// HTTP/1.1, as Salesforce speaks it.
    #[default]
    #[strum(serialize = "1.1")]
    Http1,
    /// HTTP/2: by ALPN over TLS, else with prior knowledge (RFC 9113, section 3).
    #[strum(serialize = "2")]
    Http2,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

impl fmt::Display for Connections {
    /// Writes what departs from a kept HTTP/1.1 connection for each caller, all of it:
    /// `HTTP/1.1, a new connection per callout, shared, TLS 1.3 only, no resumption`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.http {
            HttpVersion::Http1 => "HTTP/1.1",
            HttpVersion::Http2 => "HTTP/2",
        })?;
        f.write_str(match self.lifetime {
            Lifetime::KeepAlive => ", kept alive",
            Lifetime::PerTransaction => ", a new connection per transaction",
            Lifetime::PerCallout => ", a new connection per callout",
        })?;
        f.write_str(match self.pool {
            Sharing::User => "",
            Sharing::Shared => ", shared",
        })?;
        f.write_str(match self.tls {
            None => ", TLS 1.2 or 1.3",
            Some(TlsVersion::V1_2) => "",
            Some(TlsVersion::V1_3) => ", TLS 1.3 only",
        })?;
        if self.alpn {
            f.write_str(", ALPN")?;
        }
        if !self.resumption {
            f.write_str(", no TLS resumption")?;
        }
        if let Some(name) = &self.client_certificate {
            write!(f, ", client certificate {name}")?;
        }
        if self.kernel_stamps == Some(false) {
            f.write_str(", no kernel stamps")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_read_as_a_phrase() {
        let usual = Connections::default();
        assert_eq!(usual.to_string(), "HTTP/1.1, kept alive");
        let other = Connections {
            lifetime: Lifetime::PerCallout,
            pool: Sharing::Shared,
            http: HttpVersion::Http2,
            tls: Some(TlsVersion::V1_3),
            alpn: true,
            resumption: false,
            client_certificate: Some("lead_mtls".to_owned()),
            kernel_stamps: Some(false),
        };
        assert_eq!(
            other.to_string(),
            "HTTP/2, a new connection per callout, shared, TLS 1.3 only, ALPN, \
             no TLS resumption, client certificate lead_mtls, no kernel stamps"
        );
    }
}
