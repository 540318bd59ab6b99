//! The private half of an RSA key pair.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use x509_parser::asn1_rs::{Any, FromDer, Integer, Sequence, Tag};
use x509_parser::x509::AlgorithmIdentifier;
use zeroize::Zeroizing;

use super::algorithm::{require_rsa, require_size};
use super::pem::{self, Label};
use super::public::bit_length;
use super::{Form, KeyError, PublicKey};

/// An RSA private key of 2048 to 8192 bits that has passed the library's self-check.
///
/// Its bytes are wiped when it is dropped. Nothing it implements shows them.
pub struct PrivateKey {
    der: Zeroizing<Vec<u8>>,
    encoding: Encoding,
    public_key: PublicKey,
}

/// The encoding of a private key: PKCS#1 (RFC 8017) or PKCS#8 (RFC 5208).
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Pkcs1,
    Pkcs8,
}

impl PrivateKey {
    /// Reads the first private key of a PEM text: PKCS#8 (RFC 5208) or PKCS#1 (RFC 8017).
    ///
    /// A certificate in front of the key is passed over. A text without any private key, an
    /// encrypted or damaged one, another algorithm or size: each has an error of its own.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let blocks = pem::read(text)?;
        let found = pem::noun_of(&blocks);
        let block = blocks
            .into_iter()
            .find(|block| block.kind.is_private())
            .ok_or(KeyError::NotPrivate(found))?;
        Self::from_block(block)
    }

    /// Reads one block of PEM.
    pub(super) fn from_block(block: pem::Block) -> Result<Self, KeyError> {
        match block.kind {
            Label::Pkcs8Private => Self::from_der(block.der, Encoding::Pkcs8),
            Label::Pkcs1Private => Self::from_der(block.der, Encoding::Pkcs1),
            Label::Encrypted | Label::EncryptedTraditional => Err(KeyError::Encrypted),
            Label::OpenSsh => Err(KeyError::OtherForm(open_ssh(&block.der))),
            Label::OtherPrivate(found) => Err(KeyError::NotRsa(found)),
            other => Err(KeyError::NotPrivate(other.noun())),
        }
    }

    /// Reads a private key in DER.
    pub(super) fn from_der(der: Zeroizing<Vec<u8>>, encoding: Encoding) -> Result<Self, KeyError> {
        // Asked first, because the library below only says that it refused.
        let modulus_bits = match encoding {
            Encoding::Pkcs1 => pkcs1_bits(&der),
            Encoding::Pkcs8 => pkcs1_within(&der).and_then(pkcs1_bits),
        }?;
        require_size(modulus_bits)?;
        let pair = parse(&der, encoding)?;
        let public_key = PublicKey::from_pkcs1_der(pair.public_key().as_ref())?;
        Ok(Self {
            der,
            encoding,
            public_key,
        })
    }

    /// The length of the modulus in bits.
    pub const fn bits(&self) -> u32 {
        self.public_key.bits()
    }

    /// The public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The public half as a `SubjectPublicKeyInfo` in DER.
    pub fn public_key_der(&self) -> &[u8] {
        self.public_key.spki_der()
    }

    /// The key as PKCS#8 in DER.
    pub(super) fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let pair = self.prepare()?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Damaged)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The key as PKCS#8 in PEM.
    pub(super) fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::write_secret("PRIVATE KEY", &self.to_pkcs8_der()?))
    }

    /// The key as PKCS#1 in DER (RFC 8017, appendix A.1.2).
    pub(super) fn to_pkcs1_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = self.to_pkcs8_der()?;
        Ok(Zeroizing::new(pkcs1_within(&der)?.to_vec()))
    }

    /// Parses the key again, ready to sign.
    ///
    /// A clone of a prepared key shares its blinding state, and so a lock, with the
    /// original; each signer thread calls this once and then shares nothing.
    pub fn prepare(&self) -> Result<KeyPair, KeyError> {
        parse(&self.der, self.encoding)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(RSA {}, redacted)", self.bits())
    }
}

/// Whether a key in OpenSSH's own format is one of RSA: its public half is not encrypted.
fn open_ssh(bytes: &[u8]) -> Form {
    const RSA: &[u8] = b"ssh-rsa";
    if bytes.windows(RSA.len()).any(|part| part == RSA) {
        Form::OpenSsh
    } else {
        Form::OpenSshOther
    }
}

fn parse(der: &[u8], encoding: Encoding) -> Result<KeyPair, KeyError> {
    match encoding {
        Encoding::Pkcs1 => KeyPair::from_der(der),
        Encoding::Pkcs8 => KeyPair::from_pkcs8(der),
    }
    .map_err(|_| KeyError::Damaged)
}

/// The `RSAPrivateKey` in a `PrivateKeyInfo` (RFC 5208, section 5).
fn pkcs1_within(der: &[u8]) -> Result<&[u8], KeyError> {
    let damaged = |_| KeyError::Damaged;
    let (_, info) = Any::from_der(der).map_err(damaged)?;
    info.tag()
        .assert_eq(Tag::Sequence)
        .map_err(|_| KeyError::Damaged)?;
    let (rest, _version) = Integer::from_der(info.data).map_err(damaged)?;
    let (rest, algorithm) = AlgorithmIdentifier::from_der(rest).map_err(|_| KeyError::Damaged)?;
    require_rsa(&algorithm.algorithm)?;
    let (_, key) = Any::from_der(rest).map_err(damaged)?;
    Ok(key.data)
}

/// The modulus's length in an `RSAPrivateKey` (RFC 8017, appendix A.1.2).
fn pkcs1_bits(der: &[u8]) -> Result<u32, KeyError> {
    let damaged = |_| KeyError::Damaged;
    let (_, key) = Sequence::from_der(der).map_err(damaged)?;
    let (rest, _version) = Integer::from_der(&key.content).map_err(damaged)?;
    let (_, modulus) = Any::from_der(rest).map_err(damaged)?;
    Ok(bit_length(modulus.data))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/fixtures/keys/test-only-", $name))
        };
    }

    const PKCS8: &[u8] = fixture!("rsa2048-pkcs8.key.pem");
    const PKCS1: &[u8] = fixture!("rsa2048-pkcs1.key.pem");

    #[track_caller]
    fn refused(text: &[u8], expected: &KeyError) {
        assert_eq!(
            PrivateKey::from_pem(text).map(|_| ()),
            Err(expected.clone())
        );
    }

    // Goal: what a prepared key signs, the public half verifies, in both encodings.
    #[test]
    fn both_encodings_sign_for_the_same_public_key() {
        let public_key = PrivateKey::from_pem(PKCS8).unwrap().public_key().clone();
        for text in [PKCS8, PKCS1] {
            let key = PrivateKey::from_pem(text).unwrap();
            let pair = key.prepare().unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                b"lead",
                &mut signature,
            )
            .unwrap();
            assert_eq!(key.bits(), 2048);
            assert_eq!(key.public_key(), &public_key);
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key_der())
                .verify(b"lead", &signature)
                .unwrap();
        }
    }

    #[test]
    fn keys_of_another_algorithm_are_named() {
        for (text, found) in [
            (&fixture!("ec-pkcs8.key.pem")[..], "an EC key"),
            (&fixture!("ec-sec1.key.pem")[..], "an EC key"),
            (&fixture!("ed25519.key.pem")[..], "an Ed25519 key"),
            (&fixture!("rsapss.key.pem")[..], "an RSA-PSS key"),
        ] {
            refused(text, &KeyError::NotRsa(found));
        }
    }

    #[test]
    fn encrypted_keys_are_recognised_in_both_forms() {
        refused(fixture!("encrypted-pkcs8.key.pem"), &KeyError::Encrypted);
        refused(fixture!("encrypted-legacy.key.pem"), &KeyError::Encrypted);
    }

    #[test]
    fn a_short_key_is_refused_with_its_size() {
        refused(fixture!("rsa1024.key.pem"), &KeyError::TooSmall(1024));
    }

    #[test]
    fn public_things_are_no_private_key() {
        let not_private = |found| KeyError::NotPrivate(found);
        refused(fixture!("rsa2048.crt.pem"), &not_private("a certificate"));
        refused(fixture!("rsa2048.pub.pem"), &not_private("a public key"));
    }

    #[test]
    fn text_without_armour_and_broken_armour_are_told_apart() {
        refused(b"", &KeyError::OtherForm(Form::Nothing));
        refused(b"not a key", &KeyError::NotPem);
        refused(&PKCS8[..PKCS8.len() / 2], &KeyError::Damaged);
        let flipped = String::from_utf8_lossy(PKCS8).replacen("MII", "AAA", 1);
        refused(flipped.as_bytes(), &KeyError::Damaged);
    }

    // Goal: a key whose numbers do not fit together is refused at load, not at the first
    // signature. Method: one digit in the middle of the modulus is changed.
    #[test]
    fn a_key_that_does_not_fit_itself_is_damaged() {
        let text = String::from_utf8_lossy(PKCS8);
        let line = text.lines().nth(4).unwrap();
        let changed: String = line
            .chars()
            .map(|c| if c == 'A' { 'B' } else { 'A' })
            .collect();
        refused(text.replace(line, &changed).as_bytes(), &KeyError::Damaged);
    }

    #[test]
    fn a_certificate_in_front_of_the_key_is_passed_over() {
        let both = [fixture!("rsa2048.crt.pem"), PKCS8].concat();
        assert!(PrivateKey::from_pem(&both).is_ok());
    }

    #[test]
    fn debug_shows_the_size_and_nothing_else() {
        let key = PrivateKey::from_pem(PKCS8).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(RSA 2048, redacted)");
    }
}
