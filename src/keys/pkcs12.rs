//! PKCS#12 stores (RFC 7292), as OpenSSL and Java write them; in builds with the feature `pkcs12`.

use super::{Chain, KeyError, Passphrase, PrivateKey};

pub(super) use store::read;

impl PrivateKey {
    /// A PKCS#12 store with the chain of certificates, in DER.
    ///
    /// # Errors
    ///
    /// This build lacks the feature `pkcs12`, or the store could not be made.
    pub fn to_pkcs12(
        &self,
        alias: &str,
        chain: &Chain,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>, KeyError> {
        store::write(self, alias, chain, passphrase)
    }
}

/// In a build without stores.
#[cfg(not(feature = "pkcs12"))]
mod store {
    use crate::keys::key_file::{KeyFile, Opening};
    use crate::keys::{Chain, KeyError, Passphrase, PrivateKey};

    pub(in crate::keys) const fn read(_: &[u8], _: &Opening<'_>) -> Result<KeyFile, KeyError> {
        Err(KeyError::NoPkcs12)
    }

    pub(super) const fn write(
        _: &PrivateKey,
        _: &str,
        _: &Chain,
        _: &Passphrase,
    ) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::NoPkcs12)
    }
}

#[cfg(feature = "pkcs12")]
mod store {
    use p12_keystore::error::Error;
    use p12_keystore::{
        Certificate, KeyStore, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKey as StoredKey,
        PrivateKeyChain,
    };
    use zeroize::Zeroizing;

    use crate::keys::key_file::{KeyFile, Opening, one_of};
    use crate::keys::private::Encoding;
    use crate::keys::{Chain, KeyError, Passphrase, PrivateKey};

    pub(in crate::keys) fn read(bytes: &[u8], opening: &Opening<'_>) -> Result<KeyFile, KeyError> {
        // Many stores have an empty one, which no file and no variable can give.
        let passphrase = opening.passphrase.map_or("", Passphrase::reveal);
        let store = KeyStore::from_pkcs12(bytes, passphrase, Pkcs12ImportPolicy::Relaxed);
        let store = store.map_err(|error| match error {
            Error::MacError(_) if opening.passphrase.is_none() => KeyError::NeedsPassphrase,
            Error::MacError(_) => KeyError::WrongPassphrase,
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

    pub(super) fn write(
        key: &PrivateKey,
        alias: &str,
        chain: &Chain,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>, KeyError> {
        let not_made = |_| KeyError::StoreNotMade;
        let key = StoredKey::from_der(&key.to_pkcs8_der()?).map_err(not_made)?;
        let chain = chain.certificates.iter();
        let chain: Result<Vec<_>, _> = chain.map(|der| Certificate::from_der(der)).collect();
        let chain = chain.map_err(not_made)?;
        let chain = PrivateKeyChain::new(alias.as_bytes().to_vec(), key, chain);
        let mut store = KeyStore::new();
        store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(chain));
        store.writer(passphrase.reveal()).write().map_err(not_made)
    }
}
