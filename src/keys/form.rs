//! What a file contains that is not PEM, recognised by its first bytes and its structure.

use x509_parser::asn1_rs::{Any, FromDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::x509::AlgorithmIdentifier;
use zeroize::Zeroizing;

/// A form in which keys and certificates are kept.
///
/// Its text is a noun with its article, and holds nothing of the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::Display)]
pub enum Form {
    /// Nothing at all.
    #[strum(to_string = "nothing: the file is empty")]
    Nothing,
    /// A private key of PKCS#8 (RFC 5208) in DER.
    #[strum(to_string = "a private key in DER (PKCS#8)")]
    Pkcs8,
    /// An RSA private key of PKCS#1 (RFC 8017, appendix A.1.2) in DER.
    #[strum(to_string = "a private key in DER (PKCS#1)")]
    Pkcs1,
    /// A private key of PKCS#8 under a passphrase, in DER.
    #[strum(to_string = "an encrypted private key in DER (PKCS#8)")]
    Sealed,
    /// An EC private key (RFC 5915) in DER.
    #[strum(to_string = "an EC private key in DER")]
    Sec1,
    /// A DSA private key as OpenSSL keeps it, in DER.
    #[strum(to_string = "a DSA private key in DER")]
    Dsa,
    /// A certificate (RFC 5280) in DER.
    #[strum(to_string = "a certificate in DER")]
    Certificate,
    /// A certificate request (RFC 2986).
    #[strum(to_string = "a certificate request")]
    Request,
    /// A public key (RFC 5280, section 4.1, or RFC 8017) in DER.
    #[strum(to_string = "a public key in DER")]
    PublicKey,
    /// Certificates in PKCS#7 (RFC 2315).
    #[strum(to_string = "a PKCS#7 bundle of certificates")]
    Pkcs7,
    /// A PKCS#12 store (RFC 7292).
    #[strum(to_string = "a PKCS#12 store")]
    Pkcs12,
    /// A Java key store.
    #[strum(to_string = "a Java key store (JKS)")]
    Jks,
    /// A Java key store of the kind JCEKS.
    #[strum(to_string = "a Java key store of the kind JCEKS")]
    Jceks,
    /// Contents of PEM without its first and last line.
    #[strum(to_string = "base64 without the lines -----BEGIN and -----END around it")]
    Base64,
    /// A JSON Web Key or a set of them (RFC 7517).
    #[strum(to_string = "a JSON Web Key")]
    Jwk,
    /// A private key in OpenSSH's own format.
    #[strum(to_string = "a private key in OpenSSH's own format")]
    OpenSsh,
    /// The same of another algorithm than RSA.
    #[strum(to_string = "a private key in OpenSSH's own format, and not an RSA key")]
    OpenSshOther,
    /// A public key of OpenSSH.
    #[strum(to_string = "a public key in OpenSSH's own format")]
    OpenSshPublic,
    /// A private key of `PuTTY`.
    #[strum(to_string = "a private key of PuTTY")]
    Putty,
    /// DER that is cut short, or damaged.
    #[strum(to_string = "DER that is cut short or damaged")]
    Broken,
    /// Bytes that are not text and none of the above.
    #[strum(to_string = "binary data of an unknown kind")]
    Binary,
    /// Any other text.
    #[strum(to_string = "text without a PEM block")]
    Text,
}

impl Form {
    /// Recognises bytes that are not PEM.
    pub fn of(bytes: &[u8]) -> Self {
        const FIRST_BYTES: [(&[u8], Form); 7] = [
            (&[0xFE, 0xED, 0xFE, 0xED], Form::Jks),
            (&[0xCE, 0xCE, 0xCE, 0xCE], Form::Jceks),
            (b"PuTTY-User-Key-File-", Form::Putty),
            (b"ssh-", Form::OpenSshPublic),
            (b"ecdsa-sha2-", Form::OpenSshPublic),
            (b"sk-ssh-", Form::OpenSshPublic),
            (b"{", Form::Jwk),
        ];
        let text = bytes.trim_ascii();
        if text.is_empty() {
            return Self::Nothing;
        }
        // A SEQUENCE, followed by a long length.
        if let [0x30, 0x81..=0x84, ..] = bytes {
            return of_der(bytes).unwrap_or(Self::Broken);
        }
        let known = FIRST_BYTES
            .iter()
            .find(|(first, _)| text.starts_with(first));
        if let Some((_, form)) = known {
            return *form;
        }
        match std::str::from_utf8(text) {
            Err(_) => Self::Binary,
            Ok(text) if is_base64_of_der(text) => Self::Base64,
            Ok(text) if text.chars().any(|c| c.is_control() && !c.is_whitespace()) => Self::Binary,
            Ok(_) => Self::Text,
        }
    }
}

/// The parts of a SEQUENCE by their tags (X.690, section 8.1.2), and the first number.
struct Shape {
    tags: Vec<u32>,
    /// The first part, if it is a number of one byte.
    first: Option<u8>,
    /// Whether the first part begins with an object identifier.
    begins_with_id: bool,
}

fn shape(der: &[u8]) -> Option<Shape> {
    const MOST: usize = 16;
    let (rest, whole) = Any::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut shape = Shape {
        tags: Vec::new(),
        first: None,
        begins_with_id: false,
    };
    let mut left = whole.data;
    while !left.is_empty() && shape.tags.len() < MOST {
        let (rest, part) = Any::from_der(left).ok()?;
        if shape.tags.is_empty() {
            shape.first = match part.data {
                [one] if part.tag().0 == INTEGER => Some(*one),
                _ => None,
            };
            shape.begins_with_id = Any::from_der(part.data).is_ok_and(|(_, id)| id.tag().0 == ID);
        }
        shape.tags.push(part.tag().0);
        left = rest;
    }
    Some(shape)
}

const INTEGER: u32 = 2;
const BITS: u32 = 3;
const OCTETS: u32 = 4;
const ID: u32 = 6;
const SEQUENCE: u32 = 16;

fn of_der(der: &[u8]) -> Option<Form> {
    let shape = shape(der)?;
    Some(match (shape.first, shape.tags.as_slice()) {
        (Some(3), [INTEGER, SEQUENCE, ..]) => Form::Pkcs12,
        (Some(0 | 1), [INTEGER, SEQUENCE, OCTETS, ..]) => Form::Pkcs8,
        (Some(1), [INTEGER, OCTETS, ..]) => Form::Sec1,
        (Some(0), [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER]) => Form::Dsa,
        (Some(0 | 1), [INTEGER, INTEGER, INTEGER, INTEGER, ..]) => Form::Pkcs1,
        (None, [INTEGER, INTEGER]) => Form::PublicKey,
        (None, [ID, ..]) => Form::Pkcs7,
        (None, [SEQUENCE, OCTETS]) if shape.begins_with_id => Form::Sealed,
        (None, [SEQUENCE, BITS]) if shape.begins_with_id => Form::PublicKey,
        (None, [SEQUENCE, SEQUENCE, BITS]) if X509Certificate::from_der(der).is_ok() => {
            Form::Certificate
        }
        (None, [SEQUENCE, SEQUENCE, BITS]) if X509CertificationRequest::from_der(der).is_ok() => {
            Form::Request
        }
        _ => return None,
    })
}

/// Whether a text is nothing but base64 of something in DER.
fn is_base64_of_der(text: &str) -> bool {
    use base64::Engine as _;
    let bare: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
    let decoded = base64::engine::general_purpose::STANDARD.decode(bare.as_bytes());
    decoded.is_ok_and(|bytes| {
        let bytes = Zeroizing::new(bytes);
        bytes.first() == Some(&0x30) || bytes.starts_with(b"-----BEGIN ")
    })
}

/// The algorithm that encrypts a private key, by its identifier (RFC 8018, appendix A.3, and RFC
/// 7292, appendix C); `None` if it is not one of the old ones.
pub(super) fn old_encryption(der: &[u8]) -> Option<&'static str> {
    let (_, whole) = Any::from_der(der).ok()?;
    let (_, scheme) = AlgorithmIdentifier::from_der(whole.data).ok()?;
    Some(match scheme.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.5.1" => "pbeWithMD2AndDES-CBC",
        "1.2.840.113549.1.5.3" => "pbeWithMD5AndDES-CBC",
        "1.2.840.113549.1.5.4" => "pbeWithMD2AndRC2-CBC",
        "1.2.840.113549.1.5.6" => "pbeWithMD5AndRC2-CBC",
        "1.2.840.113549.1.5.10" => "pbeWithSHA1AndDES-CBC",
        "1.2.840.113549.1.5.11" => "pbeWithSHA1AndRC2-CBC",
        "1.2.840.113549.1.12.1.1" => "pbeWithSHA1And128BitRC4",
        "1.2.840.113549.1.12.1.2" => "pbeWithSHA1And40BitRC4",
        "1.2.840.113549.1.12.1.3" => "pbeWithSHA1And3-KeyTripleDES-CBC",
        "1.2.840.113549.1.12.1.4" => "pbeWithSHA1And2-KeyTripleDES-CBC",
        "1.2.840.113549.1.12.1.5" => "pbeWithSHA1And128BitRC2-CBC",
        "1.2.840.113549.1.12.1.6" => "pbeWithSHA1And40BitRC2-CBC",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(pem: &[u8]) -> Vec<u8> {
        pem::parse(pem).unwrap().into_contents()
    }

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/fixtures/keys/test-only-", $name))
        };
    }

    #[test]
    fn bare_der_is_told_by_its_shape() {
        for (pem, form) in [
            (&fixture!("rsa2048-pkcs8.key.pem")[..], Form::Pkcs8),
            (&fixture!("ec-pkcs8.key.pem")[..], Form::Pkcs8),
            (&fixture!("rsa2048-pkcs1.key.pem")[..], Form::Pkcs1),
            (&fixture!("encrypted-pkcs8.key.pem")[..], Form::Sealed),
            (&fixture!("rsa2048.crt.pem")[..], Form::Certificate),
            (&fixture!("rsa2048.pub.pem")[..], Form::PublicKey),
            (&fixture!("rsa2048-pkcs1.pub.pem")[..], Form::PublicKey),
        ] {
            let der = der(pem);
            assert_eq!(Form::of(&der), form);
            assert_eq!(Form::of(&der[..der.len() - 1]), Form::Broken);
        }
        assert_eq!(Form::of(fixture!("openssl.p12")), Form::Pkcs12);
        assert_eq!(Form::of(fixture!("keytool.p12")), Form::Pkcs12);
        assert_eq!(Form::of(fixture!("keytool.jks")), Form::Jks);
    }

    #[test]
    fn a_request_is_no_certificate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let request = rcgen::CertificateParams::default();
        let request = request.serialize_request(&key).unwrap();
        assert_eq!(Form::of(request.der()), Form::Request);
    }

    #[test]
    fn other_files_are_told_by_how_they_begin() {
        let bare = String::from_utf8_lossy(fixture!("rsa2048-pkcs8.key.pem"));
        let bare: String = bare.lines().filter(|line| !line.starts_with('-')).collect();
        for (bytes, form) in [
            (&b""[..], Form::Nothing),
            (b" \r\n", Form::Nothing),
            (b"PuTTY-User-Key-File-3: ssh-rsa\n", Form::Putty),
            (b"ssh-rsa AAAAB3NzaC1yc2E= a@b\n", Form::OpenSshPublic),
            (br#"{"kty":"RSA","d":"AQAB"}"#, Form::Jwk),
            (&[0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, 2], Form::Jceks),
            (bare.as_bytes(), Form::Base64),
            (&[1, 2, 3, 0xFF, 0xFE], Form::Binary),
            (b"correct horse battery staple", Form::Text),
        ] {
            assert_eq!(Form::of(bytes), form);
        }
    }

    #[test]
    fn how_an_old_key_is_encrypted_has_a_name() {
        // A SEQUENCE of the scheme (an identifier and its parameters) and the sealed key.
        let sealed = |id: &[u8]| {
            let scheme = [&[0x30, u8::try_from(id.len()).unwrap() + 4, 6][..]].concat();
            let length = u8::try_from(id.len()).unwrap();
            let scheme = [&scheme[..], &[length], id, &[0x30, 0]].concat();
            let whole = [&scheme[..], &[4, 2, 0, 0]].concat();
            [&[0x30, u8::try_from(whole.len()).unwrap()][..], &whole].concat()
        };
        let old = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 3];
        assert_eq!(old_encryption(&sealed(&old)), Some("pbeWithMD5AndDES-CBC"));
        let triple = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 3];
        let name = "pbeWithSHA1And3-KeyTripleDES-CBC";
        assert_eq!(old_encryption(&sealed(&triple)), Some(name));
        let current = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
        assert_eq!(old_encryption(&sealed(&current)), None);
        let usual = der(fixture!("encrypted-pkcs8.key.pem"));
        assert_eq!(old_encryption(&usual), None);
    }
}
