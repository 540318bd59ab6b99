//! The public half of an RSA key pair.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKeyComponents;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey as Parsed, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::algorithm::{require_rsa, require_size};
use super::{KeyError, pem};

/// An RSA public key of 2048 to 8192 bits.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    spki: Vec<u8>,
    bits: u32,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, info) = SubjectPublicKeyInfo::from_der(der).map_err(|_| KeyError::Damaged)?;
        Self::from_info(&info)
    }

    /// Reads an `RSAPublicKey` (RFC 8017, appendix A.1.1).
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, key) = RSAPublicKey::from_der(der).map_err(|_| KeyError::Damaged)?;
        Self::from_components(key.modulus, key.exponent)
    }

    /// Takes modulus and exponent, big-endian; leading zeros are dropped.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let bits = bit_length(modulus);
        require_size(bits)?;
        // An even exponent, or 1, is never valid for RSA (RFC 8017, section 3.1).
        if exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
            return Err(KeyError::Damaged);
        }
        let components = PublicKeyComponents {
            n: modulus,
            e: exponent,
        };
        let spki: PublicKeyX509Der<'_> = components.as_der().map_err(|_| KeyError::Damaged)?;
        Ok(Self {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
            spki: spki.as_ref().to_vec(),
            bits,
        })
    }

    pub(super) fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        require_rsa(&info.algorithm.algorithm)?;
        match info.parsed() {
            Ok(Parsed::RSA(key)) => Self::from_components(key.modulus, key.exponent),
            _ => Err(KeyError::Damaged),
        }
    }

    /// The length of the modulus in bits.
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// The modulus, big-endian, without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian, without leading zeros.
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The key as a `SubjectPublicKeyInfo` in DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The key as PEM, label `PUBLIC KEY`.
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.spki)
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0);
    start.map_or(&[], |start| &number[start..])
}

/// How many bits a number has, once its leading zeros are dropped.
pub(super) fn bit_length(number: &[u8]) -> u32 {
    let number = without_zeros(number);
    let Some(first) = number.first() else {
        return 0;
    };
    let bytes = u32::try_from(number.len()).unwrap_or(u32::MAX);
    bytes
        .saturating_mul(8)
        .saturating_sub(first.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_length_ignores_leading_zeros() {
        assert_eq!(bit_length(&[]), 0);
        assert_eq!(bit_length(&[0, 0]), 0);
        assert_eq!(bit_length(&[0, 0x80, 0]), 16);
        assert_eq!(bit_length(&[1, 0]), 9);
    }

    #[test]
    fn an_exponent_that_verifies_nothing_is_refused() {
        let modulus = [0xff; 256];
        for exponent in [&[][..], &[0], &[1], &[2]] {
            assert_eq!(
                PublicKey::from_components(&modulus, exponent),
                Err(KeyError::Damaged)
            );
        }
    }
}
