//! A server's certificate in one line, whatever its key.

use std::fmt;

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::KeyError;

/// Names that are shown; some certificates have a hundred.
const NAMES_MAX: usize = 4;

/// What a certificate says of whose it is, and for how long.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShownCertificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    not_before: String,
    not_after: String,
}

impl ShownCertificate {
    /// Reads a certificate in DER (RFC 5280, section 4.1); nothing of it is judged.
    ///
    /// # Errors
    ///
    /// Bytes that are not a certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| KeyError::Damaged)?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map_or(&[][..], |names| names.value.general_names.as_slice());
        let name = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
                .map(|four| std::net::Ipv4Addr::from(four).to_string())
                .ok(),
            _ => None,
        };
        let validity = certificate.validity();
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names: names.iter().filter_map(name).collect(),
            not_before: validity.not_before.to_datetime().date().to_string(),
            not_after: validity.not_after.to_datetime().date().to_string(),
        })
    }
}

impl fmt::Display for ShownCertificate {
    /// `CN=api, for api.example.com, issued by CN=CA, valid from 2026-01-01 until 2027-01-01`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        if !self.names.is_empty() {
            let shown = &self.names[..self.names.len().min(NAMES_MAX)];
            write!(f, ", for {}", shown.join(", "))?;
        }
        if let more @ 1.. = self.names.len().saturating_sub(NAMES_MAX) {
            write!(f, " and {more} more")?;
        }
        let (from, until) = (&self.not_before, &self.not_after);
        write!(
            f,
            ", issued by {}, valid from {from} until {until}",
            self.issuer
        )
    }
}
