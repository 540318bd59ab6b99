//! Key pairs as others keep them: PEM, PKCS#12 and Java key stores.

mod encrypted_pkcs8;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificate;
use super::key_file::{KeyFile, Opening, one_of};
use super::pem::{self, Label};
use super::private::Encoding;
use super::{
    CertificateFacts, Chain, Form, GeneratedPair, Jwk, KeyError, KeySize, PrivateKey, UniqueName,
    jks, pkcs12,
};

/// A key pair from elsewhere.
#[derive(Debug)]
pub struct ImportedPair {
    /// The private key.
    pub key: PrivateKey,
    /// Its certificate and those that lead from it to an authority, if they came along.
    pub chain: Option<Chain>,
    /// What its certificate says.
    pub facts: Option<CertificateFacts>,
}

/// Why files make no key pair.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportError {
    /// The place of the file that cannot be used, from 0; `None` if the files do not fit together.
    pub file: Option<usize>,
    /// Why.
    pub error: KeyError,
}

impl From<KeyError> for ImportError {
    fn from(error: KeyError) -> Self {
        Self { file: None, error }
    }
}

impl ImportedPair {
    /// Reads a key pair: PEM or DER with a key in PKCS#1 or PKCS#8, encrypted or not; a PKCS#12
    /// store; or a Java key store, recognised by their bytes. Certificates may be in further files,
    /// in any order.
    ///
    /// # Errors
    ///
    /// A key that is none for RS256, a passphrase that is missing or wrong, a store with several
    /// keys of which none is named, a certificate of another key, and a file that is none of these.
    pub fn read(files: &[&[u8]], opening: &Opening<'_>) -> Result<Self, ImportError> {
        let mut key = None;
        let mut certificates = Vec::new();
        let mut other = None;
        for (place, bytes) in files.iter().enumerate() {
            let found = open(bytes, opening).map_err(|error| ImportError {
                file: Some(place),
                error,
            })?;
            if let Some(found) = found.key
                && key.replace(found).is_some()
            {
                return Err(KeyError::SeveralFiles.into());
            }
            certificates.extend(found.certificates);
            other = other.or(found.other);
        }
        let key = key.ok_or(KeyError::NotPrivate(other.unwrap_or("nothing")))?;
        if certificates.is_empty() {
            return Ok(Self {
                key,
                chain: None,
                facts: None,
            });
        }
        let chain = Chain::of_key(key.public_key(), &certificates);
        let chain = chain.ok_or(KeyError::OtherCertificate)?;
        let facts = CertificateFacts::from_der(chain.own())?;
        Ok(Self {
            key,
            chain: Some(chain),
            facts: Some(facts),
        })
    }

    /// The pair in every format that is needed, under a unique name; without a certificate, a
    /// self-signed one is made, valid from `now`.
    pub fn named(self, name: &UniqueName, now: OffsetDateTime) -> Result<GeneratedPair, KeyError> {
        let chain = if let Some(chain) = self.chain {
            chain
        } else {
            let size = KeySize::from_bits(self.key.bits()).unwrap_or_default();
            let der = certificate::self_signed(&self.key.prepare()?, name, size, now)?;
            Chain {
                certificates: vec![der],
                left_out: Vec::new(),
                was_reordered: false,
            }
        };
        let public_key = self.key.public_key();
        Ok(GeneratedPair {
            private_key_pem: self.key.to_pkcs8_pem()?,
            certificate_pem: chain.to_pem(),
            public_key_pem: public_key.to_pem(),
            jwk: Jwk::new(name.as_str(), public_key).with_certificate(chain.own()),
        })
    }
}

fn open(bytes: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
    let secret = || Zeroizing::new(bytes.to_vec());
    match Form::of(bytes) {
        Form::Jks => from_jks(bytes, opening),
        Form::Pkcs12 => pkcs12::read(bytes, opening),
        Form::Pkcs8 => PrivateKey::from_der(secret(), Encoding::Pkcs8).map(KeyFile::key),
        Form::Pkcs1 => PrivateKey::from_der(secret(), Encoding::Pkcs1).map(KeyFile::key),
        Form::Sealed => encrypted_pkcs8::open(bytes, opening).map(KeyFile::key),
        Form::Sec1 => Err(KeyError::NotRsa("an EC key")),
        Form::Dsa => Err(KeyError::NotRsa("a DSA key")),
        Form::Certificate => Ok(KeyFile {
            certificates: vec![bytes.to_vec()],
            other: Some("a certificate"),
            ..KeyFile::default()
        }),
        _ => from_pem(bytes, opening),
    }
}

fn from_pem(text: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
    let mut found = KeyFile::default();
    let blocks = pem::read(text)?;
    found.other = Some(pem::noun_of(&blocks));
    for block in blocks {
        if block.kind == Label::Certificate {
            found.certificates.push(block.der.to_vec());
        } else if block.kind.is_private() && found.key.is_some() {
            return Err(KeyError::SeveralFiles);
        } else if block.kind == Label::Encrypted {
            found.key = Some(encrypted_pkcs8::open(&block.der, opening)?);
        } else if block.kind == Label::EncryptedTraditional {
            return Err(KeyError::LegacyEncryption(
                "OpenSSL's traditional PEM (Proc-Type: 4,ENCRYPTED)",
            ));
        } else if block.kind.is_private() {
            found.key = Some(PrivateKey::from_block(block)?);
        }
    }
    Ok(found)
}

fn from_jks(bytes: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
    let passphrase = opening.passphrase.ok_or(KeyError::NeedsPassphrase)?;
    let entries = jks::read(bytes, passphrase)?;
    let entry = one_of(entries, |entry| &entry.alias, opening.alias)?;
    let plain = entry.open(opening.key_passphrase.unwrap_or(passphrase))?;
    Ok(KeyFile {
        certificates: entry.chain,
        ..KeyFile::key(PrivateKey::from_der(plain, Encoding::Pkcs8)?)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Passphrase;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let passphrase = Passphrase::new(&Zeroizing::new("x".to_owned()));
            let opening = Opening { passphrase: Some(&passphrase), ..Opening::default() };
            let _no_panic = ImportedPair::read(&[&bytes], &opening).is_ok();
            let sequence = [&[0x30, 0x82], bytes.as_slice()].concat();
            let _no_panic = ImportedPair::read(&[&sequence], &opening).is_ok();
        }
    }
}
