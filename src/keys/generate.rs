//! New key pairs.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize as LibraryKeySize};
use aws_lc_rs::signature::KeyPair as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Jwk, KeyError, KeySize, PublicKey, UniqueName, certificate, pem};

/// A new key pair in every format that is needed.
pub struct GeneratedPair {
    /// PKCS#8, label `PRIVATE KEY`; wiped when dropped.
    pub private_key_pem: Zeroizing<String>,
    /// Self-signed, as the API's owner would get it from Salesforce Setup.
    pub certificate_pem: String,
    /// Label `PUBLIC KEY`.
    pub public_key_pem: String,
    /// The public key with the unique name as `kid`, and the certificate beside it.
    pub jwk: Jwk,
}

impl fmt::Debug for GeneratedPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedPair")
            .field("jwk", &self.jwk)
            .finish_non_exhaustive()
    }
}

/// Makes a key pair and a self-signed certificate like those of Certificate and Key
/// Management, valid from `now`.
///
/// Takes about a tenth of a second for 2048 bits and a second or more for 4096.
pub fn generate(
    name: &UniqueName,
    size: KeySize,
    now: OffsetDateTime,
) -> Result<GeneratedPair, KeyError> {
    let pair = KeyPair::generate(match size {
        KeySize::Rsa2048 => LibraryKeySize::Rsa2048,
        KeySize::Rsa3072 => LibraryKeySize::Rsa3072,
        KeySize::Rsa4096 => LibraryKeySize::Rsa4096,
    })
    .map_err(|_| KeyError::NotGenerated)?;
    let private_key: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::NotGenerated)?;
    let public_key = PublicKey::from_pkcs1_der(pair.public_key().as_ref())?;
    let certificate = certificate::self_signed(&pair, name, size, now)?;
    Ok(GeneratedPair {
        private_key_pem: pem::write_secret("PRIVATE KEY", private_key.as_ref()),
        certificate_pem: pem::write("CERTIFICATE", &certificate),
        public_key_pem: public_key.to_pem(),
        jwk: Jwk::new(name.as_str(), &public_key).with_certificate(&certificate),
    })
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::super::{CertificateFacts, PrivateKey, TrustedKey};
    use super::*;

    // Goal: the four forms are of one key, and say what Salesforce's would.
    #[test]
    fn every_form_is_of_the_same_key() {
        let name = UniqueName::parse("lead_signing").unwrap();
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let pair = generate(&name, KeySize::Rsa2048, now).unwrap();

        let private_key = PrivateKey::from_pem(pair.private_key_pem.as_bytes()).unwrap();
        let facts = CertificateFacts::from_pem(pair.certificate_pem.as_bytes()).unwrap();
        assert_eq!(facts.public_key, *private_key.public_key());
        assert_eq!(facts.subject, "CN=lead_signing");
        assert_eq!(facts.not_before, now);
        assert_eq!(facts.not_after, now + Duration::days(365));

        let public_key = TrustedKey::read(pair.public_key_pem.as_bytes()).unwrap();
        assert_eq!(public_key[0].key, *private_key.public_key());
        let jwk = serde_json::to_vec(&pair.jwk).unwrap();
        let jwk = TrustedKey::read(&jwk).unwrap();
        assert_eq!(jwk[0].key, *private_key.public_key());
        assert_eq!(jwk[0].kid.as_deref(), Some("lead_signing"));
    }

    #[test]
    fn debug_holds_no_private_key() {
        let name = UniqueName::parse("k").unwrap();
        let pair = generate(&name, KeySize::Rsa2048, OffsetDateTime::UNIX_EPOCH).unwrap();
        let shown = format!("{pair:?}");
        assert!(!shown.contains("PRIVATE"));
        // The first lines hold the modulus, which is public.
        let secret = pair.private_key_pem.lines().nth(15).unwrap();
        assert!(!shown.contains(secret));
    }
}
