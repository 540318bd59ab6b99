//! Key pairs as others keep them: PEM, PKCS#12 and Java key stores.

mod encrypted_pkcs8;

use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificate;
use super::pem::{self, Label};
use super::private::Encoding;
use super::{
    CertificateFacts, Chain, Form, GeneratedPair, Jwk, KeyError, KeySize, Passphrase, PrivateKey,
    UniqueName, jks,
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

/// What opens what is imported.
#[derive(Debug, Default)]
pub struct Opening<'o> {
    /// Of an encrypted key, or of a store.
    pub passphrase: Option<&'o Passphrase>,
    /// Of the key within a store, if that has its own.
    pub key_passphrase: Option<&'o Passphrase>,
    /// Which of several keys of a store.
    pub alias: Option<&'o str>,
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

/// What one file holds.
#[derive(Default)]
struct KeyFile {
    key: Option<PrivateKey>,
    certificates: Vec<Vec<u8>>,
    /// What it contains instead of a key.
    other: Option<&'static str>,
}

impl KeyFile {
    const fn key(key: PrivateKey) -> Self {
        Self {
            key: Some(key),
            certificates: Vec::new(),
            other: None,
        }
    }
}

fn open(bytes: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
    let secret = || Zeroizing::new(bytes.to_vec());
    match Form::of(bytes) {
        Form::Jks => from_jks(bytes, opening),
        Form::Pkcs12 => from_pkcs12(bytes, opening),
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

fn from_pkcs12(bytes: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
    // Many stores have an empty one, which no file and no variable can give.
    let passphrase = opening.passphrase.map_or("", Passphrase::reveal);
    let store = KeyStore::from_pkcs12(bytes, passphrase, Pkcs12ImportPolicy::Relaxed);
    let store = store.map_err(|error| match error {
        p12_keystore::error::Error::MacError(_) if opening.passphrase.is_none() => {
            KeyError::NeedsPassphrase
        }
        p12_keystore::error::Error::MacError(_) => KeyError::WrongPassphrase,
        _ => KeyError::UnreadableStore,
    })?;
    let keys = store.entries().filter_map(|(alias, entry)| match entry {
        KeyStoreEntry::PrivateKeyChain(chain) => Some((alias.clone(), chain)),
        _ => None,
    });
    let (_, chain) = one_of(keys.collect(), |(alias, _)| alias, opening.alias)?;
    let plain = Zeroizing::new(chain.key().as_der().to_vec());
    // Authorities may stand beside the chain as well.
    let beside = store.entries().filter_map(|(_, entry)| match entry {
        KeyStoreEntry::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    let all = chain.certs().iter().chain(beside);
    Ok(KeyFile {
        certificates: all.map(|one| one.as_der().to_vec()).collect(),
        ..KeyFile::key(PrivateKey::from_der(plain, Encoding::Pkcs8)?)
    })
}

/// The key of a store that is named, or its only one.
fn one_of<T>(
    mut keys: Vec<T>,
    alias_of: impl Fn(&T) -> &String,
    wanted: Option<&str>,
) -> Result<T, KeyError> {
    let place = match (wanted, keys.as_slice()) {
        (_, []) => return Err(KeyError::NoKeyInStore),
        (None, [_]) => Some(0),
        (None, _) => None,
        (Some(wanted), all) => all
            .iter()
            .position(|key| alias_of(key).eq_ignore_ascii_case(wanted)),
    };
    let aliases = |keys: &[T]| {
        let mut aliases: Vec<String> = keys.iter().map(&alias_of).cloned().collect();
        aliases.sort_unstable();
        aliases
    };
    match (place, wanted) {
        (Some(place), _) => Ok(keys.swap_remove(place)),
        (None, None) => Err(KeyError::SeveralKeys(aliases(&keys))),
        (None, Some(wanted)) => Err(KeyError::NoSuchAlias {
            alias: wanted.to_owned(),
            known: aliases(&keys),
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
