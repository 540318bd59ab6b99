//! The claims of a token, byte for byte as each Salesforce mechanism writes them.
//!
//! A Named Credential's token was captured on the wire (p15r/distributey, key consumer
//! setup): header members in the order kid, typ, alg; claims iss, sub, aud, nbf, iat,
//! exp; compact JSON; `nbf` equal to `iat`; no `jti`.

use serde_json::Value;

use crate::plan::{Algorithm, Auth, TokenSource};

/// The parts of a token's JSON that do not change from one token to the next.
#[derive(Clone, Debug)]
pub struct Claims {
    header: String,
    /// `{"iss":...,"sub":...,"aud":...,"nbf":`
    head: String,
    valid_for_s: u64,
    algorithm: Algorithm,
}

impl Claims {
    /// The claims that a scenario asks for.
    pub fn new(auth: &Auth) -> Self {
        match auth.source {
            TokenSource::NamedCredential => Self {
                header: format!(
                    r#"{{"kid":{},"typ":"JWT","alg":"{}"}}"#,
                    quoted(&auth.key),
                    auth.algorithm
                ),
                head: format!(
                    r#"{{"iss":{},"sub":{},"aud":{},"nbf":"#,
                    quoted(&auth.issuer),
                    quoted(&auth.subject),
                    quoted(&auth.audience),
                ),
                valid_for_s: auth.valid_for.as_secs(),
                algorithm: auth.algorithm,
            },
        }
    }

    /// How long a token is valid, in seconds.
    pub const fn valid_for_s(&self) -> u64 {
        self.valid_for_s
    }

    /// How tokens are signed.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The JOSE header (RFC 7515, section 4).
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Writes the payload of a token issued at `iat`, in seconds since the Unix epoch.
    ///
    /// `payload` is cleared first; its allocation is used again.
    pub fn write(&self, iat: u64, payload: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        payload.clear();
        payload.extend_from_slice(self.head.as_bytes());
        payload.extend_from_slice(digits.format(iat).as_bytes());
        payload.extend_from_slice(b",\"iat\":");
        payload.extend_from_slice(digits.format(iat).as_bytes());
        payload.extend_from_slice(b",\"exp\":");
        payload.extend_from_slice(digits.format(iat + self.valid_for_s).as_bytes());
        payload.push(b'}');
    }
}

/// A JSON string with its quotes.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SigningMode;
    use crate::units::Nanos;

    fn auth(key: &str, issuer: &str) -> Auth {
        Auth {
            source: TokenSource::NamedCredential,
            algorithm: Algorithm::Rs256,
            key: key.to_owned(),
            key_bits: None,
            issuer: issuer.to_owned(),
            subject: "subject-salesforce".to_owned(),
            audience: "urn: salesforce".to_owned(),
            valid_for: Nanos::from_secs(300),
            signing: SigningMode::Jit,
            renew_before: Nanos::ZERO,
            retry_on_401: true,
        }
    }

    // The header and payload of the published capture, to the byte.
    #[test]
    fn a_named_credential_token_equals_the_captured_one() {
        let claims = Claims::new(&auth("jwtcert", "issuer-myCA"));
        let mut payload = Vec::new();
        claims.write(1_598_213_299, &mut payload);
        assert_eq!(
            claims.header(),
            r#"{"kid":"jwtcert","typ":"JWT","alg":"RS256"}"#
        );
        assert_eq!(
            String::from_utf8(payload).unwrap(),
            r#"{"iss":"issuer-myCA","sub":"subject-salesforce","aud":"urn: salesforce","nbf":1598213299,"iat":1598213299,"exp":1598213599}"#
        );
    }

    #[test]
    fn quotes_in_a_claim_cannot_break_out_of_it() {
        let claims = Claims::new(&auth("k", r#"a","admin":"yes"#));
        let mut payload = Vec::new();
        claims.write(1, &mut payload);
        let parsed: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(parsed["iss"], r#"a","admin":"yes"#);
        assert!(parsed.get("admin").is_none());
    }
}
