//! X.509 certificates: the one a generated key pair carries, and what any of them says.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData,
    SignatureAlgorithm, SigningKey,
};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{Chain, KeyError, KeySize, PublicKey, UniqueName};

/// What a certificate says about its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateFacts {
    /// The distinguished name, `CN=lead_signing`.
    pub subject: String,
    /// When it becomes valid.
    pub not_before: OffsetDateTime,
    /// When it stops being valid.
    pub not_after: OffsetDateTime,
    /// The serial number in hexadecimal, bytes apart by colons.
    pub serial: String,
    /// The SHA-256 of its DER in hexadecimal, bytes apart by colons, as OpenSSL prints it.
    pub sha256: String,
    /// Who signed it.
    pub issuer: String,
    /// Whether its extended key usage is for TLS clients and for nothing else (RFC 5280, section
    /// 4.2.1.12), so that it cannot be the certificate of a signing key.
    pub is_for_clients_alone: bool,
    /// The key that it certifies.
    pub public_key: PublicKey,
}

impl CertificateFacts {
    /// Reads the certificate of a PEM text; of a chain its own, wherever it stands.
    ///
    /// Its signature and dates are not checked; a key that is not a usable RSA key is an error.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        Self::from_der(&certificate_der_of_any(text)?)
    }

    /// Reads a certificate in DER (RFC 5280, section 4.1).
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| KeyError::Damaged)?;
        let validity = certificate.validity();
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            is_for_clients_alone: is_for_clients_alone(&certificate),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
            serial: certificate.raw_serial_as_string(),
            sha256: with_colons(digest(&SHA256, der).as_ref()),
            public_key: PublicKey::from_info(certificate.public_key())?,
        })
    }
}

/// The certificate of a PEM text, in DER; of a chain its own, wherever it stands.
///
/// # Errors
///
/// A text without a certificate, and a block with that label that is not a certificate.
pub fn certificate_der_of(text: &[u8]) -> Result<Vec<u8>, KeyError> {
    let der = certificate_der_of_any(text)?;
    CertificateFacts::from_der(&der)?;
    Ok(der)
}

/// The same of a key of any kind.
fn certificate_der_of_any(text: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut chain = Chain::from_pem(text)?;
    Ok(chain.certificates.swap_remove(0))
}

fn is_for_clients_alone(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.extended_key_usage().ok().flatten();
    usage.is_some_and(|usage| {
        let usage = usage.value;
        usage.client_auth
            && !usage.any
            && !usage.server_auth
            && !usage.code_signing
            && !usage.email_protection
            && usage.other.is_empty()
    })
}

/// Makes a self-signed certificate in DER, signed with `SHA256withRSA`.
///
/// Its common name is the unique name, and it is valid from `now` for as long as
/// Salesforce makes one of this size valid.
pub(super) fn self_signed(
    pair: &KeyPair,
    name: &UniqueName,
    size: KeySize,
    now: OffsetDateTime,
) -> Result<Vec<u8>, KeyError> {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name.as_str());
    let mut certificate = CertificateParams::default();
    certificate.distinguished_name = subject;
    certificate.not_before = now;
    certificate.not_after = now.saturating_add(Duration::days(size.validity_days()));
    certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    certificate
        .self_signed(&Signer(pair))
        .map(|certificate| certificate.der().to_vec())
        .map_err(|_| KeyError::CertificateNotMade)
}

/// Lends the key to the certificate builder, which so never sees its bytes.
struct Signer<'a>(&'a KeyPair);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature)
    }
}

fn with_colons(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &[u8] =
        include_bytes!("../../tests/fixtures/keys/test-only-rsa2048.crt.pem");

    #[test]
    fn facts_are_those_that_openssl_prints() {
        let facts = CertificateFacts::from_pem(CERTIFICATE).unwrap();
        assert_eq!(facts.subject, "CN=test_only");
        assert_eq!(facts.public_key.bits(), 2048);
        assert_eq!(facts.not_after - facts.not_before, Duration::days(36500));
        assert_eq!(
            facts.sha256,
            "45:EF:8A:5E:34:C9:A4:3A:5D:7E:98:74:78:85:6F:A6:16:D0:25:62:83:26:78:C3:50:5B:E1:83:C3:B4:47:A6"
        );
    }

    #[test]
    fn a_public_key_is_no_certificate() {
        let public_key = include_bytes!("../../tests/fixtures/keys/test-only-rsa2048.pub.pem");
        assert_eq!(
            CertificateFacts::from_pem(public_key),
            Err(KeyError::NotCertificate("a public key"))
        );
    }
}
