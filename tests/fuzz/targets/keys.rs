//! Key files of any kind: refused in words that tell nothing of them, or keys of a size to sign with.

use std::sync::LazyLock;

use leadbench::keys::{
    CertificateFacts, Chain, Form, ImportedPair, Jwk, Opening, Passphrase, PrivateKey, TrustedKey,
    certificate_der_of, merge_jwks,
};
use zeroize::Zeroizing;

/// What key files are made of.
pub(crate) const WORDS: &[&str] = &[
    "-----BEGIN PRIVATE KEY-----\n",
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----BEGIN CERTIFICATE-----\n",
    "Proc-Type: 4,ENCRYPTED\n",
    "{\"keys\":[",
    "\"kty\":\"RSA\"",
    "\"n\":\"\"",
    "\"e\":\"AQAB\"",
    "\"kid\":\"",
    "\"d\":\"",
    "\u{30}\u{0}",
    "\u{2}\u{1}",
    "====",
];

const PUBLIC: &[u8] = include_bytes!("../../fixtures/keys/test-only-rsa2048.pub.pem");

static PASSPHRASE: LazyLock<Passphrase> =
    LazyLock::new(|| Passphrase::new(&Zeroizing::new("changeit".to_owned())));

static JWK: LazyLock<Jwk> = LazyLock::new(|| {
    let keys = TrustedKey::read(PUBLIC).unwrap_or_else(|error| panic!("{error}"));
    Jwk::new("lead_signing", &keys[0].key)
});

/// Bits of keys that are taken.
const BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// A private key, in PEM or a store.
pub(crate) fn pair(data: &[u8]) {
    let opening = Opening {
        passphrase: Some(&PASSPHRASE),
        key_passphrase: None,
        alias: None,
    };
    match ImportedPair::read(&[data], &opening) {
        Err(failed) => tells_nothing(&failed.error),
        Ok(found) => is_usable(&found.key),
    }
    match PrivateKey::from_pem(data) {
        Err(error) => tells_nothing(&error),
        Ok(key) => is_usable(&key),
    }
}

/// A public key, a certificate or a key set.
pub(crate) fn trust(data: &[u8]) {
    match TrustedKey::read(data) {
        Err(error) => tells_nothing(&error),
        Ok(keys) => {
            assert!(!keys.is_empty(), "no key, and no reason");
            for trusted in keys {
                assert!(BITS.contains(&trusted.key.bits()), "{}", trusted.key.bits());
            }
        }
    }
    if let Err(error) = CertificateFacts::from_pem(data) {
        tells_nothing(&error);
    }
    if let Err(error) = CertificateFacts::from_der(data) {
        tells_nothing(&error);
    }
    if let Ok(der) = certificate_der_of(data) {
        assert!(CertificateFacts::from_der(&der).is_ok(), "no certificate");
    }
    match Chain::from_pem(data) {
        Err(error) => tells_nothing(&error),
        Ok(chain) => {
            assert!(
                !chain.certificates.is_empty(),
                "no certificate, and no reason"
            );
            let again = Chain::from_pem(chain.to_pem().as_bytes());
            assert!(again.is_ok(), "a chain that cannot be read again");
        }
    }
    let form = Form::of(data).to_string();
    assert!(!form.is_empty() && form.len() < 100, "{form}");
    let text = String::from_utf8_lossy(data);
    match merge_jwks(Some(&text), &JWK) {
        Err(error) => tells_nothing(&error),
        Ok(merged) => {
            let set: Result<serde_json::Value, _> = serde_json::from_str(&merged);
            let holds = set.is_ok_and(|set| {
                let keys = set["keys"].as_array().map_or(&[][..], Vec::as_slice);
                keys.iter().any(|key| key["kid"] == "lead_signing")
            });
            assert!(holds, "the key is not in its set: {merged}");
        }
    }
}

fn is_usable(key: &PrivateKey) {
    assert!(BITS.contains(&key.bits()), "{} bits", key.bits());
    assert!(key.prepare().is_ok(), "a key that cannot sign");
    assert_eq!(
        format!("{key:?}"),
        format!("PrivateKey(RSA {}, redacted)", key.bits())
    );
}

/// An error may be shown to anybody.
fn tells_nothing(error: &leadbench::keys::KeyError) {
    let words = error.to_string();
    assert!(!words.is_empty() && words.len() < 400, "{words}");
    assert!(!words.contains("MII"), "{words}");
}
