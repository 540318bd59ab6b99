//! PEM blocks (RFC 7468) and what their labels promise.

use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::{Zeroize, Zeroizing};

use super::KeyError;

/// What a block's label says is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Certificate,
    /// A private key under a passphrase, in either of OpenSSL's two ways.
    Encrypted,
    /// A private key whose label names an algorithm other than RSA.
    OtherPrivate(&'static str),
    Pkcs1Private,
    Pkcs1Public,
    Pkcs8Private,
    Spki,
    /// Parameters, requests and whatever else may lie beside a key.
    Unrelated,
}

impl Kind {
    /// Whether a private key is inside, readable or not.
    pub(super) const fn is_private(self) -> bool {
        match self {
            Self::Encrypted | Self::OtherPrivate(_) | Self::Pkcs1Private | Self::Pkcs8Private => {
                true
            }
            Self::Certificate | Self::Pkcs1Public | Self::Spki | Self::Unrelated => false,
        }
    }

    /// What it is, with its article.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::Pkcs1Public | Self::Spki => "a public key",
            Self::Unrelated => "something else",
            Self::Encrypted | Self::OtherPrivate(_) | Self::Pkcs1Private | Self::Pkcs8Private => {
                "a private key"
            }
        }
    }
}

/// One block; its bytes are wiped when dropped, for they may be a private key.
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Reads every block of a PEM text, in order; at least one, or an error.
pub(super) fn read(text: &[u8]) -> Result<Vec<Block>, KeyError> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let blocks = pem::parse_many(text).map_err(|_| KeyError::Damaged)?;
    if blocks.is_empty() {
        let is_cut_off = text.windows(BEGIN.len()).any(|window| window == BEGIN);
        return Err(if is_cut_off {
            KeyError::Damaged
        } else {
            KeyError::NotPem
        });
    }
    Ok(blocks.into_iter().map(block).collect())
}

/// Armours bytes that are no secret.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    encode(&Pem::new(label, der))
}

/// Armours a private key; what is copied on the way is wiped.
pub(super) fn write_secret(label: &str, der: &[u8]) -> Zeroizing<String> {
    let pem = Pem::new(label, der);
    let text = Zeroizing::new(encode(&pem));
    pem.into_contents().zeroize();
    text
}

fn encode(pem: &Pem) -> String {
    pem::encode_config(pem, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

fn block(pem: Pem) -> Block {
    // OpenSSL's traditional encryption is announced in a header, not in the label
    // (RFC 1421, section 4.6.1.1).
    let is_encrypted = pem
        .headers()
        .get("Proc-Type")
        .is_some_and(|value| value.contains("ENCRYPTED"));
    let kind = if is_encrypted {
        Kind::Encrypted
    } else {
        kind_of(pem.tag())
    };
    Block {
        kind,
        der: Zeroizing::new(pem.into_contents()),
    }
}

fn kind_of(label: &str) -> Kind {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Kind::Certificate,
        "DSA PRIVATE KEY" => Kind::OtherPrivate("a DSA key"),
        "EC PRIVATE KEY" => Kind::OtherPrivate("an EC key"),
        "ENCRYPTED PRIVATE KEY" => Kind::Encrypted,
        "OPENSSH PRIVATE KEY" => Kind::OtherPrivate("a key in OpenSSH's own format"),
        "PRIVATE KEY" => Kind::Pkcs8Private,
        "PUBLIC KEY" => Kind::Spki,
        "RSA PRIVATE KEY" => Kind::Pkcs1Private,
        "RSA PUBLIC KEY" => Kind::Pkcs1Public,
        _ => Kind::Unrelated,
    }
}
