//! The claims of a token, byte for byte as each Salesforce mechanism writes them.
//!
//! A Named Credential's token was captured on the wire (p15r/distributey, key consumer
//! setup): header members in the order kid, typ, alg; claims iss, sub, aud, nbf, iat,
//! exp; compact JSON; `nbf` equal to `iat`; no `jti`. That of an External Credential is
//! documented to have the same members, its order is inferred. `Auth.JWT` adds a UUID as `jti`;
//! the order of its claims is that of a third-party runtime, and unverified.

use serde_json::Value;
use uuid::Uuid;

use crate::plan::{Algorithm, Audience, Auth, Member, Subject, TokenSource};
use crate::units::{count, index};

/// The parts of a token's JSON that do not change from one token to the next.
#[derive(Clone, Debug)]
pub struct Claims {
    header: String,
    /// `{"iss":...,`
    head: String,
    /// `"sub":...,` of each user; one that is empty where tokens have none.
    subjects: Vec<String>,
    /// `"aud":...,"nbf":`
    middle: String,
    order: Order,
    /// Custom claims, each behind a comma.
    tail: String,
    valid_for_s: u64,
    backdated_s: u64,
    algorithm: Algorithm,
}

/// In what order the instants follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    /// nbf, iat, exp.
    NotBeforeFirst,
    /// iat, nbf, exp, and a jti.
    IssuedAtFirst,
}

impl Claims {
    /// The claims that a scenario asks for.
    pub fn new(auth: &Auth) -> Self {
        let order = match auth.source {
            TokenSource::NamedCredential | TokenSource::ExternalCredential => Order::NotBeforeFirst,
            TokenSource::ApexJws => Order::IssuedAtFirst,
        };
        let mut header = format!(
            r#"{{"kid":{},"typ":"JWT","alg":"{}""#,
            quoted(auth.kid()),
            auth.algorithm
        );
        header.extend(auth.header.iter().map(after_a_comma));
        header.push('}');
        let named = |name: &str, value: Option<Value>| {
            value.map_or_else(String::new, |value| format!("\"{name}\":{value},"))
        };
        let subject = |text: &str| named("sub", Some(Value::from(text)));
        let first = match order {
            Order::NotBeforeFirst => r#""nbf":"#,
            Order::IssuedAtFirst => r#""iat":"#,
        };
        Self {
            header,
            head: String::from("{") + &named("iss", auth.issuer.as_deref().map(Value::from)),
            subjects: match &auth.subject {
                None => vec![String::new()],
                Some(Subject::Fixed(one)) => vec![subject(one)],
                Some(Subject::PerUser(all)) => all.iter().map(|one| subject(one)).collect(),
            },
            middle: named("aud", auth.audience.as_ref().map(audience)) + first,
            order,
            tail: auth.claims.iter().map(after_a_comma).collect(),
            valid_for_s: auth.valid_for.as_secs(),
            backdated_s: auth.backdated.as_secs(),
            algorithm: auth.algorithm,
        }
    }

    /// Whether each token has an identifier of its own (RFC 7519, section 4.1.7).
    pub fn has_jti(&self) -> bool {
        self.order == Order::IssuedAtFirst
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

    /// How many users have tokens of their own; 1 where all speak for the same.
    pub fn users(&self) -> u64 {
        count(self.subjects.len()).max(1)
    }

    /// Writes the payload of a token issued at `iat`, in seconds since the Unix epoch; users
    /// take turns by their number, and `id` becomes its `jti`, where it has one.
    ///
    /// `payload` is cleared first; its allocation is used again.
    pub fn write(&self, iat: u64, user: u64, id: Uuid, payload: &mut Vec<u8>) {
        let subject = self.subjects.get(index(user % self.users()));
        let nbf = iat.saturating_sub(self.backdated_s);
        let (first, name, second) = match self.order {
            Order::NotBeforeFirst => (nbf, &br#","iat":"#[..], iat),
            Order::IssuedAtFirst => (iat, &br#","nbf":"#[..], nbf),
        };
        let mut digits = itoa::Buffer::new();
        payload.clear();
        payload.extend_from_slice(self.head.as_bytes());
        payload.extend_from_slice(subject.map_or(&[], |subject| subject.as_bytes()));
        payload.extend_from_slice(self.middle.as_bytes());
        payload.extend_from_slice(digits.format(first).as_bytes());
        payload.extend_from_slice(name);
        payload.extend_from_slice(digits.format(second).as_bytes());
        payload.extend_from_slice(br#","exp":"#);
        payload.extend_from_slice(digits.format(iat + self.valid_for_s).as_bytes());
        if self.has_jti() {
            let mut room = Uuid::encode_buffer();
            payload.extend_from_slice(br#","jti":""#);
            payload.extend_from_slice(id.hyphenated().encode_lower(&mut room).as_bytes());
            payload.push(b'"');
        }
        payload.extend_from_slice(self.tail.as_bytes());
        payload.push(b'}');
    }
}

/// `,"name":value`
fn after_a_comma(member: &Member) -> String {
    format!(",{}:{}", quoted(&member.name), member.json)
}

/// A string for one, an array for many, as a Named Credential writes it.
fn audience(audience: &Audience) -> Value {
    match audience {
        Audience::One(one) => Value::from(one.as_str()),
        Audience::Many(many) => Value::from(many.clone()),
    }
}

/// A JSON string with its quotes.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Mint, SigningMode};
    use crate::units::{Nanos, Skew};

    fn auth(key: &str, issuer: &str) -> Auth {
        Auth {
            source: TokenSource::NamedCredential,
            algorithm: Algorithm::Rs256,
            key: key.to_owned(),
            key_bits: None,
            other_kid: None,
            issuer: Some(issuer.to_owned()),
            subject: Some(Subject::Fixed("subject-salesforce".to_owned())),
            audience: Some(Audience::One("urn: salesforce".to_owned())),
            claims: Vec::new(),
            header: Vec::new(),
            backdated: Nanos::ZERO,
            valid_for: Nanos::from_secs(300),
            clock_skew: Skew::default(),
            mint: Mint::PerCallout,
            signing: SigningMode::Jit,
            renew_before: Nanos::ZERO,
            exchange: None,
            refresh_on: Vec::new(),
        }
    }

    fn written(claims: &Claims, iat: u64) -> String {
        let mut payload = Vec::new();
        claims.write(iat, 0, Uuid::nil(), &mut payload);
        String::from_utf8(payload).unwrap()
    }

    fn member(name: &str, json: &str) -> Member {
        Member {
            name: name.to_owned(),
            json: json.to_owned(),
        }
    }

    // The header and payload of the published capture, to the byte.
    #[test]
    fn a_named_credential_token_equals_the_captured_one() {
        let claims = Claims::new(&auth("jwtcert", "issuer-myCA"));
        assert_eq!(
            claims.header(),
            r#"{"kid":"jwtcert","typ":"JWT","alg":"RS256"}"#
        );
        assert_eq!(
            written(&claims, 1_598_213_299),
            r#"{"iss":"issuer-myCA","sub":"subject-salesforce","aud":"urn: salesforce","nbf":1598213299,"iat":1598213299,"exp":1598213599}"#
        );
    }

    #[test]
    fn quotes_in_a_claim_cannot_break_out_of_it() {
        let claims = Claims::new(&auth("k", r#"a","admin":"yes"#));
        let parsed: Value = serde_json::from_str(&written(&claims, 1)).unwrap();
        assert_eq!(parsed["iss"], r#"a","admin":"yes"#);
        assert!(parsed.get("admin").is_none());
    }

    // Order and defaults of `Auth.JWT`: nbf lies 30 s back, jti is a UUID, and
    // what the code adds comes last.
    #[test]
    fn an_apex_token_has_a_jti_and_an_earlier_nbf() {
        let claims = Claims::new(&Auth {
            source: TokenSource::ApexJws,
            backdated: TokenSource::ApexJws.backdated(),
            claims: vec![member("scope", r#""leads""#)],
            ..auth("k", "i")
        });
        assert_eq!(
            written(&claims, 1_000),
            r#"{"iss":"i","sub":"subject-salesforce","aud":"urn: salesforce","iat":1000,"nbf":970,"exp":1300,"jti":"00000000-0000-0000-0000-000000000000","scope":"leads"}"#
        );
    }

    // A token without iss, sub and aud is a legal one, and a header may name another key.
    #[test]
    fn an_external_credential_may_do_without_claims_and_set_its_header() {
        let claims = Claims::new(&Auth {
            source: TokenSource::ExternalCredential,
            algorithm: Algorithm::Rs512,
            other_kid: Some("2026".to_owned()),
            issuer: None,
            subject: None,
            audience: None,
            header: vec![member("x5t", r#""abc""#)],
            ..auth("k", "i")
        });
        assert_eq!(
            claims.header(),
            r#"{"kid":"2026","typ":"JWT","alg":"RS512","x5t":"abc"}"#
        );
        assert_eq!(written(&claims, 7), r#"{"nbf":7,"iat":7,"exp":307}"#);
    }

    #[test]
    fn users_take_turns_in_the_subject() {
        let users = ["User=1", "User=2"].map(ToOwned::to_owned);
        let claims = Claims::new(&Auth {
            subject: Some(Subject::PerUser(users.into())),
            ..auth("k", "i")
        });
        let subject_of = |user| {
            let mut payload = Vec::new();
            claims.write(1, user, Uuid::nil(), &mut payload);
            let parsed: Value = serde_json::from_slice(&payload).unwrap();
            parsed["sub"].as_str().unwrap().to_owned()
        };
        let subjects = [0, 1, 2, 7].map(subject_of);
        assert_eq!(subjects, ["User=1", "User=2", "User=1", "User=2"]);
    }

    #[test]
    fn many_audiences_are_an_array() {
        let many = Audience::Many(vec!["a".to_owned(), "b".to_owned()]);
        let claims = Claims::new(&Auth {
            audience: Some(many),
            ..auth("k", "i")
        });
        assert!(written(&claims, 1).contains(r#""aud":["a","b"],"nbf""#));
    }
}
