//! Which algorithm a key is for.

use x509_parser::asn1_rs::Oid;

use super::KeyError;

/// Holds when the identifier is `rsaEncryption` (RFC 8017, appendix C).
///
/// Else the error says what kind of key it is. RSA-PSS is another kind: such a key must
/// not make the PKCS #1 v1.5 signatures of RS256 (RFC 4055, section 1.2).
pub(super) fn require_rsa(algorithm: &Oid<'_>) -> Result<(), KeyError> {
    let found = match algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => return Ok(()),
        "1.2.840.113549.1.1.10" => "an RSA-PSS key",
        "1.2.840.10045.2.1" => "an EC key",
        "1.2.840.10040.4.1" => "a DSA key",
        "1.3.101.110" => "an X25519 key",
        "1.3.101.112" => "an Ed25519 key",
        "1.3.101.113" => "an Ed448 key",
        _ => "a key of another kind",
    };
    Err(KeyError::NotRsa(found))
}

/// Holds when verifiers take an RSA key of this size.
///
/// Below 2048 bits RFC 7518, section 3.3, forbids it; above 8192 common libraries refuse.
pub(super) fn require_size(bits: u32) -> Result<(), KeyError> {
    match bits {
        ..2048 => Err(KeyError::TooSmall(bits)),
        2048..=8192 => Ok(()),
        8193.. => Err(KeyError::TooLarge(bits)),
    }
}
