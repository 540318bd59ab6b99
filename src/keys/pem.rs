//! PEM blocks (RFC 7468) and what their labels promise.

use ::pem::{EncodeConfig, LineEnding, Pem};
use zeroize::{Zeroize, Zeroizing};

use super::{Form, KeyError};

/// What a block's label says is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Label {
    Certificate,
    /// A private key of PKCS#8 under a passphrase.
    Encrypted,
    /// A private key that OpenSSL has encrypted in its traditional way.
    EncryptedTraditional,
    /// A private key in OpenSSH's own format.
    OpenSsh,
    /// Certificates in PKCS#7.
    Bundle,
    /// A certificate request.
    Request,
    /// A private key whose label names an algorithm other than RSA.
    OtherPrivate(&'static str),
    Pkcs1Private,
    Pkcs1Public,
    Pkcs8Private,
    Spki,
    /// Parameters, requests and whatever else may lie beside a key.
    Unrelated,
}

impl Label {
    /// Whether a private key is inside, readable or not.
    pub(super) const fn is_private(self) -> bool {
        matches!(
            self,
            Self::Encrypted
                | Self::EncryptedTraditional
                | Self::OpenSsh
                | Self::OtherPrivate(_)
                | Self::Pkcs1Private
                | Self::Pkcs8Private
        )
    }

    /// What it is, with its article.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Bundle => "a PKCS#7 bundle of certificates",
            Self::Certificate => "a certificate",
            Self::Pkcs1Public | Self::Spki => "a public key",
            Self::Request => "a certificate request",
            Self::Unrelated => "something else",
            _ => "a private key",
        }
    }
}

/// One block; its bytes are wiped when dropped, for they may be a private key.
pub(super) struct Block {
    pub(super) kind: Label,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// What the blocks contain, in one noun: that of the first block that is not unrelated.
pub(super) fn noun_of(blocks: &[Block]) -> &'static str {
    let telling = |block: &&Block| block.kind != Label::Unrelated;
    let first = blocks.iter().find(telling).or_else(|| blocks.first());
    first.map_or("nothing", |block| block.kind.noun())
}

/// Reads every block of a PEM text, in order; at least one, or an error that says what the bytes
/// are instead.
///
/// A text in UTF-16 is read as well, and one whose line breaks were written as `\n`, as a variable
/// of a CI server often has it.
pub(super) fn read(text: &[u8]) -> Result<Vec<Block>, KeyError> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let utf8 = from_utf16(text);
    let text = utf8.as_ref().map_or(text, |text| text.as_bytes());
    let holds = |text: &[u8], words: &[u8]| text.windows(words.len()).any(|part| part == words);
    let mut blocks = ::pem::parse_many(text);
    if holds(text, BEGIN) && holds(text, b"\\n") {
        blocks = ::pem::parse_many(&*with_line_breaks(text));
    }
    let blocks = blocks.map_err(|_| KeyError::Damaged)?;
    if blocks.is_empty() {
        return Err(if holds(text, BEGIN) {
            KeyError::Damaged
        } else {
            not_pem(text)
        });
    }
    Ok(blocks.into_iter().map(block).collect())
}

fn not_pem(bytes: &[u8]) -> KeyError {
    match Form::of(bytes) {
        Form::Text => KeyError::NotPem,
        form => KeyError::OtherForm(form),
    }
}

/// The text of UTF-16, known by its mark or by the zeros between its first letters.
fn from_utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (bytes, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => (rest, u16::from_be_bytes),
        [b'-', 0, b'-', 0, ..] => (bytes, u16::from_le_bytes),
        [0, b'-', 0, b'-', ..] => (bytes, u16::from_be_bytes),
        _ => return None,
    };
    let units = bytes.chunks_exact(2);
    let units = units.filter_map(|pair| pair.try_into().ok().map(unit));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().map(Zeroizing::new)
}

/// The same with line breaks where `\n` or `\r\n` was written.
fn with_line_breaks(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut left = text;
    while let [first, rest @ ..] = left {
        match left {
            [b'\\', b'n', after @ ..] => {
                out.push(b'\n');
                left = after;
            }
            [b'\\', b'r', after @ ..] => left = after,
            _ => {
                out.push(*first);
                left = rest;
            }
        }
    }
    out
}

/// Writes bytes that are not secret as PEM.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    encode(&Pem::new(label, der))
}

/// Writes a private key as PEM; copies made on the way are wiped.
pub(super) fn write_secret(label: &str, der: &[u8]) -> Zeroizing<String> {
    let pem = Pem::new(label, der);
    let text = Zeroizing::new(encode(&pem));
    pem.into_contents().zeroize();
    text
}

fn encode(pem: &Pem) -> String {
    ::pem::encode_config(pem, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

fn block(pem: Pem) -> Block {
    // OpenSSL's traditional encryption is announced in a header, not in the label
    // (RFC 1421, section 4.6.1.1).
    let is_encrypted = pem
        .headers()
        .get("Proc-Type")
        .is_some_and(|value| value.contains("ENCRYPTED"));
    let kind = if is_encrypted {
        Label::EncryptedTraditional
    } else {
        kind_of(pem.tag())
    };
    Block {
        kind,
        der: Zeroizing::new(pem.into_contents()),
    }
}

fn kind_of(label: &str) -> Label {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Label::Certificate,
        "DSA PRIVATE KEY" => Label::OtherPrivate("a DSA key"),
        "EC PRIVATE KEY" => Label::OtherPrivate("an EC key"),
        "ENCRYPTED PRIVATE KEY" => Label::Encrypted,
        "OPENSSH PRIVATE KEY" => Label::OpenSsh,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Label::Request,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Label::Bundle,
        "PRIVATE KEY" => Label::Pkcs8Private,
        "PUBLIC KEY" => Label::Spki,
        "RSA PRIVATE KEY" => Label::Pkcs1Private,
        "RSA PUBLIC KEY" => Label::Pkcs1Public,
        _ => Label::Unrelated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = include_str!("../../tests/fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

    fn der(text: &[u8]) -> Vec<u8> {
        let blocks = read(text).unwrap();
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].kind, Label::Pkcs8Private);
        blocks[0].der.to_vec()
    }

    // As Notepad, PowerShell, old Macs, variables of CI servers and `openssl pkcs12` have it.
    #[test]
    fn a_text_is_read_however_it_was_saved() {
        let expected = der(KEY.as_bytes());
        let units: Vec<u16> = KEY.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let bags = format!("Bag Attributes\n    friendlyName: a\nKey Attributes: <No>\n{KEY}");
        for text in [
            KEY.replace('\n', "\r\n").into_bytes(),
            KEY.replace('\n', "\r").into_bytes(),
            KEY.replace('\n', "\\n").into_bytes(),
            KEY.replace('\n', "\\r\\n").into_bytes(),
            [&b"\xEF\xBB\xBF"[..], KEY.as_bytes()].concat(),
            [&b"\xFF\xFE"[..], &little].concat(),
            [&b"\xFE\xFF"[..], &big].concat(),
            little,
            big,
            bags.into_bytes(),
        ] {
            assert_eq!(der(&text), expected, "{:?}", &text[..20]);
        }
    }
}
