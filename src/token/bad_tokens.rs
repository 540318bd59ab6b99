//! Tokens with a fault each, which an API should refuse.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

use super::minter::{padding, random_id};
use super::{Claims, TokenError};
use crate::plan::{Audience, Auth, Fault, HeaderName, Subject};
use crate::secret::{Bearer, SCHEME, opaque_debug};
use crate::units::Nanos;

/// How long ago an expired token has expired: beyond any usual leeway (300 s at most).
const EXPIRED_S: u64 = 3_600;

/// How far ahead a token begins that is not valid yet, for the same reason.
const AHEAD_S: u64 = 600;

/// What stands where another value should.
const OTHER: &str = "https://nobody.example.com";

/// The name and password of a `Basic` header: `user:pass`.
const BASIC: &[u8] = b"Basic dXNlcjpwYXNz";

/// What bad tokens are made of.
pub struct Forger {
    auth: Auth,
    key: RsaKeyPair,
    /// A key that no target trusts.
    stranger: RsaKeyPair,
    /// The public key as the target has it, for the fault that uses it as a secret.
    public_pem: String,
    /// The `kid` of another key that the target trusts.
    other_kid: Option<String>,
    rng: SystemRandom,
}

opaque_debug!(Forger);

/// The header and the payload of a token before it is signed.
struct Parts {
    header: String,
    payload: Vec<u8>,
}

impl Forger {
    /// Forges tokens like those of `auth`, whose key is `key`.
    pub fn new(
        auth: &Auth,
        key: RsaKeyPair,
        stranger: RsaKeyPair,
        public_pem: String,
        other_kid: Option<String>,
    ) -> Self {
        Self {
            auth: auth.clone(),
            key,
            stranger,
            public_pem,
            other_kid,
            rng: SystemRandom::new(),
        }
    }

    /// The value of `Authorization` for a fault at `now`, in seconds since the Unix epoch; `None`
    /// if none is sent.
    pub fn forge(&self, fault: Fault, now: u64) -> Result<Option<Bearer>, TokenError> {
        let whole = match fault {
            Fault::NoToken => return Ok(None),
            Fault::BasicScheme => return Ok(Some(Bearer::other(Bytes::from_static(BASIC)))),
            Fault::LowerCaseBearer => {
                let good = self.good(now)?;
                return Ok(Some(Bearer::other(format!("bearer {good}").into())));
            }
            Fault::Expired => {
                let life = self.auth.valid_for.as_secs();
                self.good(now.saturating_sub(life + EXPIRED_S))?
            }
            Fault::ExpiringEdge => self.good(now.saturating_sub(self.auth.valid_for.as_secs()))?,
            Fault::NotYetValid => self.good(now + AHEAD_S + self.auth.backdated.as_secs())?,
            Fault::WrongKey => self.signed(&self.parts(&self.auth, now), &self.stranger)?,
            Fault::TamperedPayload => self.tampered(now)?,
            Fault::Truncated => {
                let good = self.good(now)?;
                good[..good.len() * 3 / 4].to_owned()
            }
            // It may stand in a `b64token`, and not in base64url.
            Fault::BadBase64 => self.good(now)?.replacen(".ey", ".~y", 1),
            Fault::AlgNone => {
                let parts = self.with_alg(now, "none");
                format!("{}.", parts.encoded())
            }
            Fault::AlgHs256WithPublicKey => self.keyed(now),
            Fault::AlgRs384 => self.signed_as(now, "RS384", &RSA_PKCS1_SHA384)?,
            Fault::AlgRs512 => self.signed_as(now, "RS512", &RSA_PKCS1_SHA512)?,
            Fault::WrongAud
            | Fault::AudArray
            | Fault::NoAud
            | Fault::WrongIss
            | Fault::NoIss
            | Fault::WrongSub
            | Fault::NoSub
            | Fault::NoClaims
            | Fault::UnknownKid
            | Fault::MissingKid
            | Fault::KidSwapped => {
                self.signed(&self.parts(&self.otherwise(fault), now), &self.key)?
            }
            // What is wrong with these is not the token.
            Fault::ReplayedJti
            | Fault::DoubledHeader
            | Fault::FormContentType
            | Fault::Oversize => self.good(now)?,
        };
        Ok(Some(Bearer::new(Bytes::from(format!("{SCHEME}{whole}")))))
    }

    /// The settings of a token that differs in one.
    fn otherwise(&self, fault: Fault) -> Auth {
        let mut auth = self.auth.clone();
        let other = || Some(OTHER.to_owned());
        match fault {
            Fault::WrongAud => auth.audience = Some(Audience::One(OTHER.to_owned())),
            Fault::AudArray => {
                let right = auth.audience.as_ref().and_then(Audience::first);
                let right = right.unwrap_or_default().to_owned();
                auth.audience = Some(Audience::Many(vec![right, OTHER.to_owned()]));
            }
            Fault::NoAud => auth.audience = None,
            Fault::WrongIss => auth.issuer = other(),
            Fault::NoIss => auth.issuer = None,
            Fault::WrongSub => auth.subject = other().map(Subject::Fixed),
            Fault::NoSub => auth.subject = None,
            Fault::NoClaims => (auth.issuer, auth.subject, auth.audience) = (None, None, None),
            Fault::UnknownKid => auth.other_kid = Some(format!("{}_unknown", auth.kid())),
            Fault::MissingKid => auth.header_order.retain(|name| *name != HeaderName::Kid),
            Fault::KidSwapped => auth.other_kid.clone_from(&self.other_kid),
            _ => {}
        }
        auth
    }

    fn parts(&self, auth: &Auth, iat: u64) -> Parts {
        let claims = Claims::new(auth);
        let mut payload = Vec::new();
        // A token with an identifier that was sent before is bad enough.
        let id = random_id(&self.rng).unwrap_or_default();
        claims.write(iat, 0, id, &mut payload);
        Parts {
            header: claims.header().to_owned(),
            payload,
        }
    }

    fn good(&self, iat: u64) -> Result<String, TokenError> {
        self.signed(&self.parts(&self.auth, iat), &self.key)
    }

    fn with_alg(&self, iat: u64, alg: &str) -> Parts {
        let mut parts = self.parts(&self.auth, iat);
        let right = format!(r#""alg":"{}""#, self.auth.algorithm);
        parts.header = parts.header.replace(&right, &format!(r#""alg":"{alg}""#));
        parts
    }

    fn signed(&self, parts: &Parts, key: &RsaKeyPair) -> Result<String, TokenError> {
        self.signature(parts.encoded(), key, padding(self.auth.algorithm))
    }

    fn signed_as(
        &self,
        iat: u64,
        alg: &str,
        padding: &'static dyn RsaEncoding,
    ) -> Result<String, TokenError> {
        self.signature(self.with_alg(iat, alg).encoded(), &self.key, padding)
    }

    fn signature(
        &self,
        text: String,
        key: &RsaKeyPair,
        padding: &'static dyn RsaEncoding,
    ) -> Result<String, TokenError> {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &self.rng, text.as_bytes(), &mut signature)
            .map_err(|_| TokenError::Signature)?;
        Ok(text + "." + &URL_SAFE_NO_PAD.encode(&signature))
    }

    /// The algorithm confusion of RFC 8725, section 2.1: an HMAC whose secret is the public key.
    fn keyed(&self, iat: u64) -> String {
        let text = self.with_alg(iat, "HS256").encoded();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.public_pem.as_bytes());
        let tag = hmac::sign(&key, text.as_bytes());
        text + "." + &URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// A good token whose `exp` was moved on after the signing.
    fn tampered(&self, iat: u64) -> Result<String, TokenError> {
        let good = self.good(iat)?;
        let later = Auth {
            valid_for: self.auth.valid_for + Nanos::from_secs(60),
            ..self.auth.clone()
        };
        let signature = good.rsplit_once('.').map_or("", |(_, signature)| signature);
        let text = self.parts(&later, iat).encoded();
        Ok(text + "." + signature)
    }
}

impl Parts {
    fn encoded(&self) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(&self.header);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(&self.payload, &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde_json::Value;

    use super::*;
    use crate::keys::PrivateKey;
    use crate::plan::TokenSource;

    const PEM: &[u8] = include_bytes!("../../tests/fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

    fn forger() -> Forger {
        let key = PrivateKey::from_pem(PEM).unwrap();
        let name = crate::keys::UniqueName::parse("stranger").unwrap();
        let pair = crate::keys::generate(
            &name,
            crate::keys::KeySize::Rsa2048,
            time::OffsetDateTime::UNIX_EPOCH,
        );
        let stranger = PrivateKey::from_pem(pair.unwrap().private_key_pem.as_bytes()).unwrap();
        let auth = Auth {
            issuer: Some("i".to_owned()),
            subject: Some(Subject::Fixed("s".to_owned())),
            audience: Some(Audience::One("a".to_owned())),
            backdated: Nanos::ZERO,
            ..Auth::of(TokenSource::ApexJws, "k")
        };
        let public_pem = key.public_key().to_pem();
        Forger::new(
            &auth,
            key.prepare().unwrap(),
            stranger.prepare().unwrap(),
            public_pem,
            Some("other".to_owned()),
        )
    }

    /// What a careful verifier says of a token: whether it holds.
    fn holds(token: &str) -> bool {
        let key = PrivateKey::from_pem(PEM).unwrap();
        let key = DecodingKey::from_rsa_pem(key.public_key().to_pem().as_bytes()).unwrap();
        let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.set_audience(&["a"]);
        validation.set_issuer(&["i"]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.sub = Some("s".to_owned());
        validation.validate_nbf = true;
        validation.leeway = 5;
        decode::<Value>(token, &key, &validation).is_ok()
    }

    // Every fault is one: a careful verifier refuses it by the token alone, or the fault lies in
    // the callout or in the kid, which this verifier does not look at.
    #[test]
    fn a_careful_verifier_refuses_what_is_forged() {
        let forger = forger();
        let now = jsonwebtoken::get_current_timestamp();
        assert!(holds(&forger.good(now).unwrap()));
        let elsewhere = [
            Fault::ExpiringEdge,
            Fault::AudArray,
            Fault::UnknownKid,
            Fault::MissingKid,
            Fault::KidSwapped,
            Fault::ReplayedJti,
            Fault::NoToken,
            Fault::BasicScheme,
            Fault::LowerCaseBearer,
            Fault::DoubledHeader,
            Fault::FormContentType,
            Fault::Oversize,
        ];
        for &fault in Fault::ALL {
            let Some(bearer) = forger.forge(fault, now).unwrap() else {
                continue;
            };
            let refused = !holds(bearer.reveal());
            let expected = !elsewhere.contains(&fault) || bearer.reveal().is_empty();
            assert!(
                refused == expected || fault == Fault::ExpiringEdge,
                "{fault}"
            );
        }
    }

    #[test]
    fn faults_of_the_kid_are_in_the_header() {
        let forger = forger();
        let header = |fault| {
            let bearer = forger.forge(fault, 1_000).unwrap().unwrap();
            let header = bearer.reveal().split('.').next().unwrap().to_owned();
            String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
        };
        assert_eq!(header(Fault::MissingKid), r#"{"typ":"JWT","alg":"RS256"}"#);
        assert!(header(Fault::UnknownKid).contains(r#""kid":"k_unknown""#));
        assert!(header(Fault::KidSwapped).contains(r#""kid":"other""#));
        assert!(header(Fault::AlgNone).contains(r#""alg":"none""#));
    }

    #[test]
    fn no_two_faults_of_a_token_are_the_same() {
        let forger = forger();
        let good = [
            Fault::ReplayedJti,
            Fault::DoubledHeader,
            Fault::FormContentType,
            Fault::Oversize,
        ];
        let tokens: Vec<_> = Fault::ALL
            .iter()
            .filter(|fault| !good.contains(fault))
            .filter_map(|fault| forger.forge(*fault, 1_000).unwrap())
            .map(|bearer| bearer.header_value())
            .collect();
        assert_eq!(BTreeSet::from_iter(&tokens).len(), tokens.len());
    }
}
