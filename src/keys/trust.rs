//! The keys that a verifier trusts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::pem::{self, Label};
use super::{CertificateFacts, Form, KeyError, PublicKey, jwk};

/// A public key to verify with, and the `kid` that selects it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedKey {
    /// The `kid` of the tokens it verifies; `None` where the source names none, as
    /// certificates and PEM files do not.
    pub kid: Option<String>,
    /// The key.
    pub key: PublicKey,
}

impl TrustedKey {
    /// Reads a certificate or a public key, in PEM or DER, or a JSON Web Key Set; at least one key.
    ///
    /// Of a chain of certificates the one that signed none of the others counts. Of a key set those that are not meant for
    /// RS256 are passed over (RFC 7517, section 5), and it is an error when none is left.
    /// A private key is refused wherever it stands.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, KeyError> {
        if bytes.trim_ascii_start().starts_with(b"{") {
            return read_jwks(bytes);
        }
        let key = match Form::of(bytes) {
            Form::Certificate => CertificateFacts::from_der(bytes)?.public_key,
            Form::PublicKey => {
                PublicKey::from_spki_der(bytes).or_else(|_| PublicKey::from_pkcs1_der(bytes))?
            }
            Form::Pkcs8 | Form::Pkcs1 | Form::Sealed | Form::Sec1 | Form::Dsa | Form::Putty => {
                return Err(KeyError::PrivateNotWanted);
            }
            _ => read_pem(bytes)?,
        };
        Ok(vec![Self { kid: None, key }])
    }

    /// The same key under this `kid`.
    #[must_use]
    pub fn named(self, kid: impl Into<String>) -> Self {
        Self {
            kid: Some(kid.into()),
            ..self
        }
    }
}

fn read_pem(text: &[u8]) -> Result<PublicKey, KeyError> {
    let blocks = pem::read(text)?;
    if blocks.iter().any(|block| block.kind.is_private()) {
        return Err(KeyError::PrivateNotWanted);
    }
    blocks
        .iter()
        .find_map(|block| match block.kind {
            // Not this one, perhaps, but the one that it leads to.
            Label::Certificate => {
                Some(CertificateFacts::from_pem(text).map(|facts| facts.public_key))
            }
            Label::Pkcs1Public => Some(PublicKey::from_pkcs1_der(&block.der)),
            Label::Spki => Some(PublicKey::from_spki_der(&block.der)),
            _ => None,
        })
        .unwrap_or(Err(KeyError::Empty))
}

fn read_jwks(text: &[u8]) -> Result<Vec<TrustedKey>, KeyError> {
    let mut set = jwk::parse(text)?;
    let members = match set.remove("keys") {
        Some(Value::Array(members)) => members,
        None if set.contains_key("kty") => vec![Value::Object(set)],
        _ => return Err(KeyError::NotJwks { line: 1, column: 1 }),
    };
    let members: Vec<_> = members.iter().filter_map(Value::as_object).collect();
    if members.iter().any(|member| is_private(member)) {
        return Err(KeyError::PrivateNotWanted);
    }
    let keys = members
        .iter()
        .filter(|member| is_for_rs256(member))
        .map(|member| trusted(member))
        .collect::<Result<Vec<_>, _>>()?;
    match (keys.is_empty(), members.first()) {
        (false, _) => Ok(keys),
        (true, None) => Err(KeyError::Empty),
        (true, Some(_)) => Err(KeyError::NotRsa("a set without a key for RS256")),
    }
}

/// Whether a private or a shared secret is in it (RFC 7518, sections 6.2.2, 6.3.2, 6.4.1).
fn is_private(member: &Map<String, Value>) -> bool {
    member.contains_key("d") || member.contains_key("k")
}

fn is_for_rs256(member: &Map<String, Value>) -> bool {
    let is_or_absent = |name: &str, value: &str| member.get(name).is_none_or(|v| v == value);
    member.get("kty").is_some_and(|kty| kty == "RSA")
        && is_or_absent("use", "sig")
        && is_or_absent("alg", "RS256")
}

fn trusted(member: &Map<String, Value>) -> Result<TrustedKey, KeyError> {
    let number = |name: &str| {
        member
            .get(name)
            .and_then(Value::as_str)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or(KeyError::Damaged)
    };
    Ok(TrustedKey {
        kid: member.get("kid").and_then(Value::as_str).map(str::to_owned),
        key: PublicKey::from_components(&number("n")?, &number("e")?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/fixtures/keys/test-only-", $name))
        };
    }

    #[test]
    fn every_public_form_gives_the_same_key() {
        let certificate = TrustedKey::read(fixture!("rsa2048.crt.pem")).unwrap();
        let spki = TrustedKey::read(fixture!("rsa2048.pub.pem")).unwrap();
        let pkcs1 = TrustedKey::read(fixture!("rsa2048-pkcs1.pub.pem")).unwrap();
        let jwk = super::super::Jwk::new("a", &spki[0].key);
        let jwks = TrustedKey::read(&serde_json::to_vec(&jwk).unwrap()).unwrap();
        assert_eq!(certificate, spki);
        assert_eq!(certificate, pkcs1);
        // And in DER.
        for pem in [
            &fixture!("rsa2048.crt.pem")[..],
            fixture!("rsa2048.pub.pem"),
            fixture!("rsa2048-pkcs1.pub.pem"),
        ] {
            let der = ::pem::parse(pem).unwrap().into_contents();
            assert_eq!(TrustedKey::read(&der).unwrap(), spki);
        }
        assert_eq!(jwks, [spki[0].clone().named("a")]);
    }

    #[test]
    fn private_keys_are_refused_in_every_form() {
        for bytes in [
            &fixture!("rsa2048-pkcs8.key.pem")[..],
            &fixture!("rsa2048-pkcs1.key.pem")[..],
            &fixture!("encrypted-pkcs8.key.pem")[..],
            &fixture!("ec-sec1.key.pem")[..],
            br#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}"#,
            &::pem::parse(fixture!("rsa2048-pkcs8.key.pem"))
                .unwrap()
                .into_contents(),
            &::pem::parse(fixture!("encrypted-pkcs8.key.pem"))
                .unwrap()
                .into_contents(),
        ] {
            assert_eq!(TrustedKey::read(bytes), Err(KeyError::PrivateNotWanted));
        }
    }

    #[test]
    fn keys_that_cannot_verify_rs256_are_refused() {
        assert_eq!(
            TrustedKey::read(fixture!("ec.pub.pem")),
            Err(KeyError::NotRsa("an EC key"))
        );
        assert_eq!(
            TrustedKey::read(fixture!("rsa1024.pub.pem")),
            Err(KeyError::TooSmall(1024))
        );
        let ec_only = br#"{"keys":[{"kty":"EC","kid":"a"}]}"#;
        assert!(matches!(
            TrustedKey::read(ec_only),
            Err(KeyError::NotRsa(_))
        ));
    }

    #[test]
    fn nothing_to_trust_is_an_error() {
        assert_eq!(TrustedKey::read(br#"{"keys":[]}"#), Err(KeyError::Empty));
        assert_eq!(
            TrustedKey::read(b""),
            Err(KeyError::OtherForm(Form::Nothing))
        );
        assert!(matches!(
            TrustedKey::read(b"{}"),
            Err(KeyError::NotJwks { .. })
        ));
    }
}
