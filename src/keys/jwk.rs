//! JSON Web Keys (RFC 7517) of RSA public keys.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{KeyError, PublicKey};

/// An RSA public key that verifies signatures.
///
/// Without `alg` unless that is asked for: it is optional (RFC 7517, section 4.4), the same key may
/// sign RS256, RS384 and RS512, and a verifier that holds tokens to the key's `alg` would refuse the
/// others.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    #[serde(rename = "alg", skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    kid: String,
    n: String,
    e: String,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    thumbprint: Option<String>,
    #[serde(rename = "x5c", skip_serializing_if = "Vec::is_empty")]
    chain: Vec<String>,
}

/// A set of keys, as a verifier fetches it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Jwks {
    /// The keys, in the order they are published.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// A key under this `kid`.
    pub fn new(kid: &str, key: &PublicKey) -> Self {
        Self {
            kty: "RSA",
            usage: "sig",
            algorithm: None,
            kid: kid.to_owned(),
            n: URL_SAFE_NO_PAD.encode(key.modulus()),
            e: URL_SAFE_NO_PAD.encode(key.exponent()),
            thumbprint: None,
            chain: Vec::new(),
        }
    }

    /// Adds the certificate and its SHA-256 thumbprint (RFC 7517, sections 4.7 and 4.9).
    #[must_use]
    pub fn with_certificate(mut self, der: &[u8]) -> Self {
        self.thumbprint = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, der)));
        self.chain = vec![STANDARD.encode(der)];
        self
    }

    /// Restricts it to this algorithm, by its name in RFC 7518, section 3.1.
    #[must_use]
    pub fn with_algorithm(mut self, name: impl Into<String>) -> Self {
        self.algorithm = Some(name.into());
        self
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// Puts a key into the text of a key set, in the place of one with the same `kid`.
///
/// Other keys keep their order and all their members, known to us or not. `None` starts a
/// new set. The text is for people too: indented, with a line break at its end.
pub fn merge_jwks(existing: Option<&str>, jwk: &Jwk) -> Result<String, KeyError> {
    let entry = serde_json::to_value(jwk).map_err(|error| not_jwks(&error))?;
    merge(existing, entry)
}

/// The same with the entry's own text.
pub fn merge_jwk_text(existing: Option<&str>, entry: &[u8]) -> Result<String, KeyError> {
    merge(existing, Value::Object(parse(entry)?))
}

fn merge(existing: Option<&str>, entry: Value) -> Result<String, KeyError> {
    let mut set = match existing {
        Some(text) => parse(text.as_bytes())?,
        None => Map::new(),
    };
    let keys = set
        .entry("keys")
        .or_insert_with(|| Value::Array(Vec::new()))
        .as_array_mut()
        .ok_or(KeyError::NotJwks { line: 1, column: 1 })?;
    match keys.iter_mut().find(|key| key["kid"] == entry["kid"]) {
        Some(place) => *place = entry,
        None => keys.push(entry),
    }
    let mut text = serde_json::to_string_pretty(&set).map_err(|error| not_jwks(&error))?;
    text.push('\n');
    Ok(text)
}

/// The `kid` of each key of a set, in order; a key without one has none here.
pub fn jwks_kids(text: &[u8]) -> Result<Vec<String>, KeyError> {
    let set = parse(text)?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or(KeyError::NotJwks { line: 1, column: 1 })?;
    let kids = keys.iter().filter_map(|key| key["kid"].as_str());
    Ok(kids.map(str::to_owned).collect())
}

/// Reads a JSON object; the error says where, and nothing of what stood there.
pub(super) fn parse(text: &[u8]) -> Result<Map<String, Value>, KeyError> {
    serde_json::from_slice(text).map_err(|error| not_jwks(&error))
}

fn not_jwks(error: &serde_json::Error) -> KeyError {
    KeyError::NotJwks {
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str) -> Jwk {
        let pem = include_bytes!("../../tests/fixtures/keys/test-only-rsa2048.pub.pem");
        let key = super::super::TrustedKey::read(pem).unwrap().remove(0).key;
        Jwk::new(kid, &key)
    }

    fn kids(set: &str) -> Vec<String> {
        let set: Value = serde_json::from_str(set).unwrap();
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_key_of_the_same_name_is_replaced_in_its_place() {
        let mut set = merge_jwks(None, &key("a")).unwrap();
        for kid in ["b", "c", "b"] {
            set = merge_jwks(Some(&set), &key(kid)).unwrap();
        }
        assert_eq!(kids(&set), ["a", "b", "c"]);
    }

    // Strict verifiers take no RS512 by a key that says RS256.
    #[test]
    fn a_key_says_what_it_is_for_and_not_by_which_algorithm() {
        let set = merge_jwks(None, &key("a")).unwrap();
        let set: Value = serde_json::from_str(&set).unwrap();
        assert_eq!(set["keys"][0]["use"], "sig");
        assert_eq!(set["keys"][0].get("alg"), None);
    }

    // Sets that were written before had one.
    #[test]
    fn a_set_with_an_algorithm_is_still_read() {
        let set = merge_jwks(None, &key("a")).unwrap();
        let mut set: Value = serde_json::from_str(&set).unwrap();
        set["keys"][0]["alg"] = "RS256".into();
        let trusted = super::super::TrustedKey::read(set.to_string().as_bytes()).unwrap();
        assert_eq!(trusted[0].kid.as_deref(), Some("a"));
    }

    #[test]
    fn members_that_are_not_ours_survive() {
        let theirs = r#"{"keys":[{"kid":"x","kty":"EC","crv":"P-256"}],"note":"theirs"}"#;
        let set = merge_jwks(Some(theirs), &key("a")).unwrap();
        let set: Value = serde_json::from_str(&set).unwrap();
        assert_eq!(set["note"], "theirs");
        assert_eq!(set["keys"][0]["crv"], "P-256");
        assert_eq!(set["keys"][1]["kty"], "RSA");
    }

    #[test]
    fn a_broken_set_is_never_overwritten_and_never_quoted() {
        for text in ["", "[]", "{\"keys\":7}", "{\"d\":\"secret\""] {
            let error = merge_jwks(Some(text), &key("a")).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
    }
}
