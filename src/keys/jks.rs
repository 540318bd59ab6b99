//! The Java key store, version 2: what Certificate and Key Management exports and imports.
//!
//! The format is that of `sun.security.provider.JavaKeyStore` and its `KeyProtector` (OpenJDK):
//! big-endian fields; a private key under a key stream of SHA-1; a SHA-1 over all of it with the
//! passphrase and a phrase in front. It protects little, and it is what Salesforce takes.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use x509_parser::asn1_rs::{Any, FromDer, Sequence};
use zeroize::Zeroizing;

use super::{KeyError, Passphrase};

const MAGIC: [u8; 4] = [0xFE, 0xED, 0xFE, 0xED];
const VERSION: u32 = 2;
const PRIVATE_KEY: u32 = 1;
const CERTIFICATE: u32 = 2;

/// What stands between the passphrase and the store in its digest.
const PHRASE: &[u8] = b"Mighty Aphrodite";

/// Entries of a store, and certificates of a chain: more were never made by hand.
const MOST: u32 = 1_000;

/// Bytes of a SHA-1.
const DIGEST: usize = 20;

/// The algorithm of a protected key: 1.3.6.1.4.1.42.2.17.1.1, without parameters.
const PROTECTOR: [u8; 16] = [
    0x30, 0x0E, 0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x11, 0x01, 0x01, 0x05, 0x00,
];

/// A private key of a store, still protected, and its chain, the leaf first.
pub(super) struct StoredKey {
    pub(super) alias: String,
    protected: Vec<u8>,
    pub(super) chain: Vec<Vec<u8>>,
}

/// Reads the private keys of a store, whose digest must fit the passphrase.
pub(super) fn read(bytes: &[u8], passphrase: &Passphrase) -> Result<Vec<StoredKey>, KeyError> {
    let end = bytes.len().checked_sub(DIGEST).ok_or(KeyError::Damaged)?;
    let (store, told) = bytes.split_at(end);
    let mut reader = Reader(store);
    let entries = reader.store().ok_or(KeyError::Damaged)?;
    if digest(&[&utf16(passphrase), PHRASE, store]) != told {
        return Err(KeyError::WrongPassphrase);
    }
    Ok(entries)
}

impl StoredKey {
    /// The key as PKCS#8, where the passphrase is the right one.
    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let damaged = |_| KeyError::Damaged;
        let (_, info) = Sequence::from_der(&self.protected).map_err(damaged)?;
        let (rest, algorithm) = Any::from_der(&info.content).map_err(damaged)?;
        if algorithm.data != &PROTECTOR[2..] {
            return Err(KeyError::Damaged);
        }
        let (_, sealed) = Any::from_der(rest).map_err(damaged)?;
        let sealed = sealed.data;
        let length = sealed.len().checked_sub(2 * DIGEST);
        let length = length.ok_or(KeyError::Damaged)?;
        let (salt, rest) = sealed.split_at(DIGEST);
        let (hidden, check) = rest.split_at(length);
        let secret = utf16(passphrase);
        let plain = streamed(&secret, salt, hidden);
        if digest(&[&secret, &plain]) != check {
            return Err(KeyError::WrongPassphrase);
        }
        Ok(plain)
    }
}

/// Writes a store of one private key, PKCS#8, with its chain; `now_ms` dates it.
pub(super) fn write(
    alias: &str,
    pkcs8: &[u8],
    chain: &[&[u8]],
    passphrase: &Passphrase,
    now_ms: u64,
) -> Result<Vec<u8>, KeyError> {
    let secret = utf16(passphrase);
    let mut salt = [0; DIGEST];
    SystemRandom::new()
        .fill(&mut salt)
        .map_err(|_| KeyError::NotGenerated)?;
    let mut sealed = salt.to_vec();
    sealed.extend_from_slice(&streamed(&secret, &salt, pkcs8));
    sealed.extend_from_slice(&digest(&[&secret, pkcs8]));
    let protected = der(0x30, &[&PROTECTOR[..], &der(0x04, &sealed)].concat());

    let mut store = MAGIC.to_vec();
    store.extend_from_slice(&VERSION.to_be_bytes());
    store.extend_from_slice(&1_u32.to_be_bytes());
    store.extend_from_slice(&PRIVATE_KEY.to_be_bytes());
    put_text(&mut store, alias);
    store.extend_from_slice(&now_ms.to_be_bytes());
    put_block(&mut store, &protected);
    store.extend_from_slice(&length(chain.len()));
    for certificate in chain {
        put_text(&mut store, "X.509");
        put_block(&mut store, certificate);
    }
    let told = digest(&[&secret, PHRASE, &store]);
    store.extend_from_slice(&told);
    Ok(store)
}

/// The bytes under a key stream: each block the SHA-1 of the passphrase and the block before.
fn streamed(secret: &[u8], salt: &[u8], bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut block = salt.to_vec();
    for part in bytes.chunks(DIGEST) {
        block = digest(&[secret, &block]);
        out.extend(part.iter().zip(&block).map(|(byte, key)| byte ^ key));
    }
    out
}

fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// A passphrase as Java has it: two bytes for each UTF-16 unit, the higher first.
fn utf16(passphrase: &Passphrase) -> Zeroizing<Vec<u8>> {
    let units = passphrase.reveal().encode_utf16();
    Zeroizing::new(units.flat_map(u16::to_be_bytes).collect())
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes()
}

fn put_block(store: &mut Vec<u8>, block: &[u8]) {
    store.extend_from_slice(&length(block.len()));
    store.extend_from_slice(block);
}

/// A text of ASCII, which a unique name is, as Java writes it.
fn put_text(store: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    store.extend_from_slice(&length.to_be_bytes());
    store.extend_from_slice(text.as_bytes());
}

/// One value of DER (X.690, section 8.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut value = vec![tag];
    let length = content.len().to_be_bytes();
    let short: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    match short.as_slice() {
        [] => value.push(0),
        [one] if *one < 0x80 => value.push(*one),
        many => {
            value.push(0x80 | u8::try_from(many.len()).unwrap_or_default());
            value.extend_from_slice(many);
        }
    }
    value.extend_from_slice(content);
    value
}

/// What is left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn store(&mut self) -> Option<Vec<StoredKey>> {
        if self.take(4)? != MAGIC || self.number()? != VERSION {
            return None;
        }
        let count = self.number().filter(|count| *count <= MOST)?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let tag = self.number()?;
            let alias = self.text()?;
            self.take(8)?;
            match tag {
                PRIVATE_KEY => {
                    let protected = self.block()?.to_vec();
                    let length = self.number().filter(|length| *length <= MOST)?;
                    let chain = (0..length)
                        .map(|_| self.certificate())
                        .collect::<Option<_>>()?;
                    entries.push(StoredKey {
                        alias,
                        protected,
                        chain,
                    });
                }
                CERTIFICATE => {
                    self.certificate()?;
                }
                _ => return None,
            }
        }
        self.0.is_empty().then_some(entries)
    }

    fn certificate(&mut self) -> Option<Vec<u8>> {
        self.text()?;
        self.block().map(<[u8]>::to_vec)
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn block(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<String> {
        let length = self.take(2)?.try_into().ok().map(u16::from_be_bytes)?;
        let bytes = self.take(length.into())?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(&Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn what_is_written_is_read() {
        let key = vec![7_u8; 1_217];
        let store = write("a_b", &key, &[b"leaf", b"root"], &passphrase("pässword"), 5).unwrap();
        let entries = read(&store, &passphrase("pässword")).unwrap();
        assert_eq!(entries[0].alias, "a_b");
        assert_eq!(entries[0].chain, [b"leaf".to_vec(), b"root".to_vec()]);
        assert_eq!(*entries[0].open(&passphrase("pässword")).unwrap(), key);
        assert!(matches!(
            read(&store, &passphrase("password")),
            Err(KeyError::WrongPassphrase)
        ));
        assert_eq!(
            entries[0].open(&passphrase("x")),
            Err(KeyError::WrongPassphrase)
        );
        for cut in 0..store.len() {
            assert!(read(&store[..cut], &passphrase("pässword")).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, count: u32) {
            let _no_panic = read(&bytes, &passphrase("x")).is_ok();
            let headed = [&MAGIC[..], &VERSION.to_be_bytes(), &count.to_be_bytes(), &bytes].concat();
            let _no_panic = read(&headed, &passphrase("x")).is_ok();
            let entry = StoredKey { alias: String::new(), protected: bytes, chain: Vec::new() };
            let _no_panic = entry.open(&passphrase("x")).is_ok();
        }
    }
}
