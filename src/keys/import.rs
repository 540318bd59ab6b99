//! Key pairs as others keep them: PEM, PKCS#12 and Java key stores.

mod sealed;

use std::fmt;

use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::armour::{self, Kind};
use super::certificate;
use super::{
    CertificateFacts, GeneratedPair, Jwk, KeyError, KeySize, Passphrase, PrivateKey, UniqueName,
    jks,
};

/// A key pair from elsewhere.
pub struct ImportedPair {
    /// The private key.
    pub key: PrivateKey,
    /// Its certificate in DER, if one came along.
    pub certificate: Option<Vec<u8>>,
    /// What the certificate says.
    pub facts: Option<CertificateFacts>,
}

/// What opens what is imported.
#[derive(Debug, Default)]
pub struct Opening<'o> {
    /// Of an encrypted key, or of a store.
    pub passphrase: Option<&'o Passphrase>,
    /// Of the key within a store, where it has one of its own.
    pub key_passphrase: Option<&'o Passphrase>,
    /// Which of several keys of a store.
    pub alias: Option<&'o str>,
}

impl fmt::Debug for ImportedPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportedPair")
            .field("key", &self.key)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl ImportedPair {
    /// Reads a key pair: PEM with a key in PKCS#1 or PKCS#8, encrypted or not; a PKCS#12 store;
    /// or a Java key store. The bytes tell which. Certificates may be in further PEM texts.
    ///
    /// # Errors
    ///
    /// A key that is none for RS256, a passphrase that is missing or wrong, a store with several
    /// keys of which none is named, and a certificate of another key.
    pub fn read(files: &[&[u8]], opening: &Opening<'_>) -> Result<Self, KeyError> {
        let mut key = None;
        let mut certificates = Vec::new();
        for bytes in files {
            let found = open(bytes, opening)?;
            if let Some(found) = found.key
                && key.replace(found).is_some()
            {
                return Err(KeyError::SeveralFiles);
            }
            certificates.extend(found.certificates);
        }
        let key = key.ok_or(KeyError::NotPrivate {
            found: "a certificate",
        })?;
        let mut other = None;
        for der in certificates {
            let facts = CertificateFacts::from_der(&der);
            match facts {
                Ok(facts) if facts.public_key == *key.public_key() => {
                    return Ok(Self {
                        key,
                        certificate: Some(der),
                        facts: Some(facts),
                    });
                }
                other_key => other = Some(other_key),
            }
        }
        match other {
            None => Ok(Self {
                key,
                certificate: None,
                facts: None,
            }),
            Some(_) => Err(KeyError::OtherCertificate),
        }
    }

    /// The pair in every form that somebody needs, under a unique name; where it has no
    /// certificate, a self-signed one is made, valid from `now`.
    pub fn named(self, name: &UniqueName, now: OffsetDateTime) -> Result<GeneratedPair, KeyError> {
        let der = if let Some(der) = self.certificate {
            der
        } else {
            let size = KeySize::from_bits(self.key.bits()).unwrap_or_default();
            certificate::self_signed(&self.key.prepare()?, name, size, now)?
        };
        let public_key = self.key.public_key();
        Ok(GeneratedPair {
            private_key_pem: self.key.to_pkcs8_pem()?,
            certificate_pem: armour::write("CERTIFICATE", &der),
            public_key_pem: public_key.to_pem(),
            jwk: Jwk::new(name.as_str(), public_key).with_certificate(&der),
        })
    }
}

/// What one file holds.
#[derive(Default)]
struct Found {
    key: Option<PrivateKey>,
    certificates: Vec<Vec<u8>>,
}

fn open(bytes: &[u8], opening: &Opening<'_>) -> Result<Found, KeyError> {
    if jks::is_one(bytes) {
        return from_jks(bytes, opening);
    }
    // A PKCS#12 store is a SEQUENCE, and PEM is text.
    if bytes.first() == Some(&0x30) {
        return from_pkcs12(bytes, opening);
    }
    from_pem(bytes, opening)
}

fn from_pem(text: &[u8], opening: &Opening<'_>) -> Result<Found, KeyError> {
    let mut found = Found::default();
    for block in armour::read(text)? {
        if block.kind == Kind::Certificate {
            found.certificates.push(block.der.to_vec());
        } else if block.kind.is_private() && found.key.is_some() {
            return Err(KeyError::SeveralFiles);
        } else if block.kind == Kind::Encrypted {
            found.key = Some(sealed::open(&block.der, opening)?);
        } else if block.kind.is_private() {
            found.key = Some(PrivateKey::from_block(block)?);
        }
    }
    Ok(found)
}

fn from_jks(bytes: &[u8], opening: &Opening<'_>) -> Result<Found, KeyError> {
    let passphrase = opening.passphrase.ok_or(KeyError::NeedsPassphrase)?;
    let entries = jks::read(bytes, passphrase)?;
    let entry = one_of(entries, |entry| &entry.alias, opening.alias)?;
    let plain = entry.open(opening.key_passphrase.unwrap_or(passphrase))?;
    Ok(Found {
        key: Some(PrivateKey::from_pkcs8(plain)?),
        certificates: entry.chain.into_iter().take(1).collect(),
    })
}

fn from_pkcs12(bytes: &[u8], opening: &Opening<'_>) -> Result<Found, KeyError> {
    let passphrase = opening.passphrase.ok_or(KeyError::NeedsPassphrase)?;
    let store = KeyStore::from_pkcs12(bytes, passphrase.reveal(), Pkcs12ImportPolicy::Relaxed)
        .map_err(|error| match error {
            p12_keystore::error::Error::MacError(_) => KeyError::WrongPassphrase,
            _ => KeyError::UnreadableStore,
        })?;
    let keys = store.entries().filter_map(|(alias, entry)| match entry {
        KeyStoreEntry::PrivateKeyChain(chain) => Some((alias.clone(), chain)),
        _ => None,
    });
    let (_, chain) = one_of(keys.collect(), |(alias, _)| alias, opening.alias)?;
    let plain = Zeroizing::new(chain.key().as_der().to_vec());
    let leaf = chain.certs().first();
    Ok(Found {
        key: Some(PrivateKey::from_pkcs8(plain)?),
        certificates: leaf
            .map(|leaf| leaf.as_der().to_vec())
            .into_iter()
            .collect(),
    })
}

/// The key of a store that is named, or its only one.
fn one_of<T>(
    mut keys: Vec<T>,
    alias_of: impl Fn(&T) -> &String,
    wanted: Option<&str>,
) -> Result<T, KeyError> {
    let aliases = |keys: &[T]| keys.iter().map(|key| alias_of(key).clone()).collect();
    let place = match (wanted, keys.as_slice()) {
        (_, []) => return Err(KeyError::NoKeyInStore),
        (None, [_]) => Some(0),
        (None, several) => {
            return Err(KeyError::SeveralKeys {
                aliases: aliases(several),
            });
        }
        (Some(wanted), all) => all
            .iter()
            .position(|key| alias_of(key).eq_ignore_ascii_case(wanted)),
    };
    match place {
        Some(place) => Ok(keys.swap_remove(place)),
        None => Err(KeyError::SeveralKeys {
            aliases: aliases(&keys),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
