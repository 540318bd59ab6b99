//! A PKCS#8 key under a passphrase (RFC 8018), and what opening one may cost.
//!
//! The file itself says how often its passphrase is hashed and how much memory that takes, so
//! a file from elsewhere is asked before anything is computed.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use zeroize::Zeroizing;

use super::Opening;
use crate::keys::form::old_encryption;
use crate::keys::private::Encoding;
use crate::keys::{KeyError, PrivateKey};

/// Rounds of PBKDF2 at most, which take some seconds.
///
/// RFC 8018, section 4.2, has 10 000 000 for especially critical keys; OpenSSL takes 2048.
const ROUNDS_MAX: u32 = 10_000_000;

/// Memory that scrypt may take, all its parallel parts together, in mebibytes.
///
/// OpenSSL takes 16, and a key on a phone no more than 64 (RFC 7914, section 2).
const SCRYPT_MEBIBYTES_MAX: u64 = 256;

/// Opens an encrypted key.
///
/// # Errors
///
/// A key that is encrypted in an older way, which is named; and one that costs too much to open, before any of it is paid.
pub(super) fn open(der: &[u8], opening: &Opening<'_>) -> Result<PrivateKey, KeyError> {
    if let Some(scheme) = old_encryption(der) {
        return Err(KeyError::LegacyEncryption(scheme));
    }
    let sealed =
        EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::UnknownEncryption)?;
    check_cost(&sealed.encryption_algorithm)?;
    let passphrase = opening.passphrase.ok_or(KeyError::NeedsPassphrase)?;
    let plain = sealed
        .decrypt(passphrase.reveal())
        .map_err(|_| KeyError::WrongPassphrase)?;
    PrivateKey::from_der(Zeroizing::new(plain.as_bytes().to_vec()), Encoding::Pkcs8)
}

fn check_cost(scheme: &EncryptionScheme) -> Result<(), KeyError> {
    // PBES1 counts to 65 535 at most, and is not opened.
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Ok(());
    };
    match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) if pbkdf2.iteration_count > ROUNDS_MAX => {
            Err(KeyError::TooManyRounds {
                rounds: pbkdf2.iteration_count,
                most: ROUNDS_MAX,
            })
        }
        Kdf::Scrypt(scrypt) => {
            // 128 * N * r * p bytes (RFC 7914, section 2).
            let mebibytes = scrypt
                .cost_parameter
                .saturating_mul(scrypt.block_size.into())
                .saturating_mul(scrypt.parallelization.into())
                .div_ceil(8 * 1024);
            if mebibytes > SCRYPT_MEBIBYTES_MAX {
                return Err(KeyError::TooMuchMemory {
                    mebibytes,
                    most: SCRYPT_MEBIBYTES_MAX,
                });
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Passphrase;

    /// An element of DER: its tag, its length and its contents.
    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = u8::try_from(contents.len()).unwrap();
        let mut der = vec![tag];
        // Past 127 the length needs a byte that says how long it is itself.
        der.extend(if length > 127 { &[0x81][..] } else { &[] });
        der.push(length);
        der.extend_from_slice(contents);
        der
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        element(0x30, &parts.concat())
    }

    /// A number above zero.
    fn number(value: u64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        let skip = bytes.iter().take_while(|byte| **byte == 0).count();
        let mut contents = bytes[skip..].to_vec();
        if contents[0] >= 0x80 {
            contents.insert(0, 0);
        }
        element(0x02, &contents)
    }

    fn oid(contents: &[u8]) -> Vec<u8> {
        element(0x06, contents)
    }

    const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
    const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
    const SCRYPT: &[u8] = &[0x2B, 6, 1, 4, 1, 0xDA, 0x47, 4, 11];
    const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    const HMAC_SHA_256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];

    /// An encrypted key with this key derivation (RFC 8018, appendix A.4).
    fn sealed(derivation: Vec<u8>) -> Vec<u8> {
        let cipher = sequence(&[oid(AES_256_CBC), element(0x04, &[7; 16])]);
        let scheme = sequence(&[oid(PBES2), sequence(&[derivation, cipher])]);
        sequence(&[scheme, element(0x04, &[9; 32])])
    }

    fn pbkdf2(rounds: u64) -> Vec<u8> {
        let prf = sequence(&[oid(HMAC_SHA_256), element(0x05, &[])]);
        let parameters = sequence(&[element(0x04, &[1; 8]), number(rounds), prf]);
        sealed(sequence(&[oid(PBKDF2), parameters]))
    }

    fn scrypt(cost: u64, block: u64, parallel: u64) -> Vec<u8> {
        let salt = element(0x04, &[1; 8]);
        let parameters = sequence(&[salt, number(cost), number(block), number(parallel)]);
        sealed(sequence(&[oid(SCRYPT), parameters]))
    }

    fn opened(der: &[u8]) -> KeyError {
        let passphrase = Passphrase::new(&Zeroizing::new("x".to_owned()));
        let opening = Opening {
            passphrase: Some(&passphrase),
            ..Opening::default()
        };
        open(der, &opening).unwrap_err()
    }

    #[test]
    fn rounds_without_end_are_refused_and_not_counted() {
        for rounds in [1 << 31, u64::from(u32::MAX), u64::from(ROUNDS_MAX) + 1] {
            let error = opened(&pbkdf2(rounds));
            let KeyError::TooManyRounds { rounds: told, most } = &error else {
                panic!("{error:?}")
            };
            assert_eq!((u64::from(*told), *most), (rounds, ROUNDS_MAX));
            assert!(error.to_string().contains(&rounds.to_string()), "{error}");
        }
    }

    #[test]
    fn memory_without_end_is_refused_and_not_taken() {
        for (cost, block, parallel) in [(1 << 40, 8, 1), (1 << 18, 8, 2), (1 << 14, 8, 60_000)] {
            let error = opened(&scrypt(cost, block, parallel));
            assert!(matches!(error, KeyError::TooMuchMemory { .. }), "{error:?}");
        }
        // 128 * 2^63 bytes overflow, and that is no way through.
        let error = opened(&scrypt(1 << 63, 60_000, 60_000));
        assert!(matches!(error, KeyError::TooMuchMemory { .. }), "{error:?}");
    }

    // What passes is opened for real, and only then found to be no key.
    #[test]
    fn what_is_in_use_passes() {
        assert_eq!(opened(&pbkdf2(2048)), KeyError::WrongPassphrase);
        assert_eq!(opened(&scrypt(1 << 10, 8, 1)), KeyError::WrongPassphrase);
        let is_let_through = |der: &[u8]| {
            let sealed = EncryptedPrivateKeyInfoRef::from_der(der).unwrap();
            check_cost(&sealed.encryption_algorithm)
        };
        assert_eq!(is_let_through(&pbkdf2(ROUNDS_MAX.into())), Ok(()));
        assert_eq!(is_let_through(&scrypt(1 << 18, 8, 1)), Ok(()));
    }
}
