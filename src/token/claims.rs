//! The claims of a token, byte for byte as each Salesforce mechanism writes them.
//!
//! A Named Credential's token was captured on the wire (p15r/distributey, key consumer
//! setup): header members in the order kid, typ, alg; claims iss, sub, aud, nbf, iat,
//! exp; compact JSON; `nbf` equal to `iat`; no `jti`. What the other mechanisms write is partly
//! inferred, so that members and their order are settings ([`TokenSource`]).
//!
//! [`TokenSource`]: crate::plan::TokenSource

use serde_json::Value;
use uuid::Uuid;

use crate::plan::{Algorithm, Audience, Auth, ClaimName, HeaderName, Member, Subject};
use crate::units::{count, index};

/// The parts of a token's JSON that do not change from one token to the next.
#[derive(Clone, Debug)]
pub struct Claims {
    header: String,
    /// Each claim that changes, behind the text before it.
    parts: Vec<(String, Changing)>,
    /// What follows the last of them, up to the closing brace.
    tail: String,
    /// The `sub` of each user, where there are several.
    subjects: Vec<String>,
    valid_for_s: u64,
    backdated_s: u64,
    algorithm: Algorithm,
    has_jti: bool,
}

/// A claim whose value changes from one token to the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Changing {
    Subject,
    NotBefore,
    IssuedAt,
    Expiry,
    Id,
}

impl Claims {
    /// The claims that a scenario asks for.
    pub fn new(auth: &Auth) -> Self {
        let mut parts = Vec::new();
        let mut text = String::from("{");
        for name in &auth.claim_order {
            let is_first = text == "{" && parts.is_empty();
            let lead = if is_first { "" } else { "," };
            match claim(*name, auth) {
                ClaimPart::Absent => {}
                ClaimPart::Always(value) => {
                    text.extend([lead, "\"", name.as_str(), "\":", &value.to_string()]);
                }
                ClaimPart::Anew(changing) => {
                    text.extend([lead, "\"", name.as_str(), "\":"]);
                    parts.push((std::mem::take(&mut text), changing));
                }
            }
        }
        text.extend(auth.claims.iter().map(after_a_comma));
        text.push('}');
        let subjects = match &auth.subject {
            Some(Subject::PerUser(all)) => all.iter().map(|one| quoted(one)).collect(),
            Some(Subject::Fixed(_)) | None => Vec::new(),
        };
        Self {
            header: header(auth),
            parts,
            tail: text,
            subjects,
            valid_for_s: auth.valid_for.as_secs(),
            backdated_s: auth.backdated.as_secs(),
            algorithm: auth.algorithm,
            has_jti: auth.has_jti(),
        }
    }

    /// Whether each token has its own identifier (RFC 7519, section 4.1.7).
    pub const fn has_jti(&self) -> bool {
        self.has_jti
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

    /// How many users have their own tokens; 1 if all tokens are for one user.
    pub fn users(&self) -> u64 {
        count(self.subjects.len()).max(1)
    }

    /// Writes the payload of a token issued at `iat`, in seconds since the Unix epoch; users
    /// take turns by their number, and `id` becomes its `jti`, where it has one.
    ///
    /// `payload` is cleared first; its allocation is used again.
    pub fn write(&self, iat: u64, user: u64, id: Uuid, payload: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        let mut room = Uuid::encode_buffer();
        payload.clear();
        for (text, changing) in &self.parts {
            payload.extend_from_slice(text.as_bytes());
            let instant = match changing {
                Changing::Subject => {
                    let subject = self.subjects.get(index(user % self.users()));
                    payload.extend_from_slice(subject.map_or(&[], |subject| subject.as_bytes()));
                    continue;
                }
                Changing::Id => {
                    payload.push(b'"');
                    payload.extend_from_slice(id.hyphenated().encode_lower(&mut room).as_bytes());
                    payload.push(b'"');
                    continue;
                }
                Changing::NotBefore => iat.saturating_sub(self.backdated_s),
                Changing::IssuedAt => iat,
                Changing::Expiry => iat + self.valid_for_s,
            };
            payload.extend_from_slice(digits.format(instant).as_bytes());
        }
        payload.extend_from_slice(self.tail.as_bytes());
    }
}

/// How a claim stands in the payload.
enum ClaimPart {
    Absent,
    Always(Value),
    Anew(Changing),
}

fn claim(name: ClaimName, auth: &Auth) -> ClaimPart {
    let always = |value: Option<Value>| value.map_or(ClaimPart::Absent, ClaimPart::Always);
    match name {
        ClaimName::Iss => always(auth.issuer.as_deref().map(Value::from)),
        ClaimName::Sub => match &auth.subject {
            Some(Subject::PerUser(_)) => ClaimPart::Anew(Changing::Subject),
            Some(Subject::Fixed(one)) => ClaimPart::Always(Value::from(one.as_str())),
            None => ClaimPart::Absent,
        },
        ClaimName::Aud => always(auth.audience.as_ref().map(audience)),
        ClaimName::Nbf => ClaimPart::Anew(Changing::NotBefore),
        ClaimName::Iat => ClaimPart::Anew(Changing::IssuedAt),
        ClaimName::Exp => ClaimPart::Anew(Changing::Expiry),
        ClaimName::Jti => ClaimPart::Anew(Changing::Id),
    }
}

/// `{"kid":"lead_signing","typ":"JWT","alg":"RS256"}`, in the order that is asked for.
fn header(auth: &Auth) -> String {
    let own = |name: &HeaderName| match name {
        HeaderName::Kid => format!("\"kid\":{}", quoted(auth.kid())),
        HeaderName::Typ => r#""typ":"JWT""#.to_owned(),
        HeaderName::Alg => format!("\"alg\":\"{}\"", auth.algorithm),
    };
    let own: Vec<_> = auth.header_order.iter().map(own).collect();
    let more: String = auth.header.iter().map(after_a_comma).collect();
    format!("{{{}{more}}}", own.join(","))
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
    use crate::plan::TokenSource;

    fn auth(key: &str, issuer: &str) -> Auth {
        Auth {
            issuer: Some(issuer.to_owned()),
            subject: Some(Subject::Fixed("subject-salesforce".to_owned())),
            audience: Some(Audience::One("urn: salesforce".to_owned())),
            ..Auth::of(TokenSource::NamedCredential, key)
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
            claims: vec![member("scope", r#""leads""#)],
            ..Auth {
                issuer: Some("i".to_owned()),
                subject: Some(Subject::Fixed("subject-salesforce".to_owned())),
                audience: Some(Audience::One("urn: salesforce".to_owned())),
                ..Auth::of(TokenSource::ApexJws, "k")
            }
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
            algorithm: Algorithm::Rs512,
            other_kid: Some("2026".to_owned()),
            header: vec![member("x5t", r#""abc""#)],
            ..Auth::of(TokenSource::ExternalCredential, "k")
        });
        assert_eq!(
            claims.header(),
            r#"{"kid":"2026","typ":"JWT","alg":"RS512","x5t":"abc"}"#
        );
        assert_eq!(written(&claims, 7), r#"{"nbf":7,"iat":7,"exp":127}"#);
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

    // What is inferred of a mechanism can be put right without a new version.
    #[test]
    fn members_are_written_in_the_order_that_is_asked_for_and_others_are_not() {
        use ClaimName::{Exp, Iat, Iss, Jti, Sub};
        let users = ["User=1", "User=2"].map(ToOwned::to_owned);
        let claims = Claims::new(&Auth {
            header_order: vec![HeaderName::Alg, HeaderName::Typ],
            claim_order: vec![Jti, Exp, Sub, Iss, Iat],
            subject: Some(Subject::PerUser(users.into())),
            claims: vec![member("scope", r#""leads""#)],
            ..auth("k", "i")
        });
        assert_eq!(claims.header(), r#"{"alg":"RS256","typ":"JWT"}"#);
        assert!(claims.has_jti());
        assert_eq!(
            written(&claims, 7),
            r#"{"jti":"00000000-0000-0000-0000-000000000000","exp":307,"sub":"User=1","iss":"i","iat":7,"scope":"leads"}"#
        );
    }
}
