//! Key pairs in the formats that other programs read.

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Chain, KeyError, Passphrase, PrivateKey, jks, pem};

impl PrivateKey {
    /// PEM of PKCS#8, under a passphrase if there is one.
    pub fn to_pkcs8(&self, passphrase: Option<&Passphrase>) -> Result<Zeroizing<String>, KeyError> {
        let Some(passphrase) = passphrase else {
            return self.to_pkcs8_pem();
        };
        let plain = self.to_pkcs8_der()?;
        let sealed = PrivateKeyInfoRef::from_der(&plain)
            .map_err(|_| KeyError::Damaged)?
            .encrypt(passphrase.reveal())
            .map_err(|_| KeyError::NotGenerated)?;
        Ok(pem::write_secret(
            "ENCRYPTED PRIVATE KEY",
            sealed.as_bytes(),
        ))
    }

    /// PEM of PKCS#1.
    pub fn to_pkcs1(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::write_secret("RSA PRIVATE KEY", &self.to_pkcs1_der()?))
    }

    /// A Java key store with the chain of certificates, as Salesforce's Import from Keystore takes it.
    pub fn to_jks(
        &self,
        alias: &str,
        chain: &Chain,
        passphrase: &Passphrase,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, KeyError> {
        let now_ms = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        // Java's own tools write aliases in lower case.
        let alias = alias.to_ascii_lowercase();
        let chain: Vec<_> = chain.certificates.iter().map(Vec::as_slice).collect();
        jks::write(&alias, &self.to_pkcs8_der()?, &chain, passphrase, now_ms)
    }
}
