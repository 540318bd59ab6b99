//! Tokens: what is minted is JSON and holds what it was given; what is verified was signed.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leadbench::keys::{PrivateKey, TrustedKey};
use leadbench::plan::{Algorithm, Audience, Auth, Member, Subject, TokenSource};
use leadbench::target::{TargetConfig, Verifier};
use leadbench::token::{Claims, Minter};
use leadbench::units::Nanos;
use serde_json::Value;

const KEY: &[u8] = include_bytes!("../../fixtures/keys/test-only-rsa2048-pkcs8.key.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/keys/test-only-rsa2048.crt.pem");

/// The one token that the verifier may accept: signed with the key above, valid until 2096.
const VALID: &str = include_str!("../corpus/bearer/valid");

/// What it was signed under.
const KID: &str = "lead_signing";

static PRIVATE: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::from_pem(KEY).unwrap_or_else(|error| panic!("{error}")));

static VERIFIERS: LazyLock<[Verifier; 2]> =
    LazyLock::new(|| [0, 16].map(|cached| verifier(KID, cached)));

fn verifier(kid: &str, verify_cache: usize) -> Verifier {
    let keys = TrustedKey::read(CERTIFICATE).unwrap_or_else(|error| panic!("{error}"));
    let config = TargetConfig {
        trust: keys.into_iter().map(|key| key.named(kid)).collect(),
        algorithms: vec![
            leadbench::target::Algorithm::Rs256,
            leadbench::target::Algorithm::Rs512,
        ],
        verify_cache,
        ..TargetConfig::default()
    };
    Verifier::new(&config).unwrap_or_else(|error| panic!("{error}"))
}

/// The text of a bearer token.
pub(crate) fn bearer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for verifier in &*VERIFIERS {
        let accepted = verifier.verify(&text).is_ok();
        assert_eq!(accepted, text == VALID, "{text:?}");
    }
}

/// What a token shall say, its parts between NUL bytes: how it is made, its key, issuer, subject,
/// audience, and then a name and a text of a claim and of a member of the header.
pub(crate) fn claims(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let how = next();
    let source = match how.len() % 3 {
        0 => TokenSource::NamedCredential,
        1 => TokenSource::ExternalCredential,
        _ => TokenSource::ApexJws,
    };
    let (kid, issuer, subject, audience) = (next(), next(), next(), next());
    let (claim, member) = ((next(), next()), (next(), next()));
    // Names that the mechanism writes itself are refused in a scenario.
    let own = |name: &str| {
        let claims = source.claim_order().iter().any(|own| own.as_str() == name);
        claims || matches!(name, "kid" | "typ" | "alg" | "crit")
    };
    let more = |(name, text): &(String, String)| {
        let named = (!own(name)).then(|| Member {
            name: name.clone(),
            json: Value::from(text.as_str()).to_string(),
        });
        named.into_iter().collect::<Vec<_>>()
    };
    let auth = Auth {
        issuer: Some(issuer.clone()),
        subject: Some(match how.as_str() {
            "users" => Subject::PerUser([subject.clone()].into()),
            _ => Subject::Fixed(subject.clone()),
        }),
        audience: Some(match how.len() {
            0..8 => Audience::One(audience.clone()),
            _ => Audience::Many(vec![audience.clone(), "other".to_owned()]),
        }),
        algorithm: match how.len() {
            4 => Algorithm::Rs512,
            _ => Algorithm::Rs256,
        },
        claims: more(&claim),
        header: more(&member),
        valid_for: Nanos::from_secs(3_999_998_999),
        ..Auth::of(source, kid.clone())
    };
    let key = PRIVATE.prepare().unwrap_or_else(|error| panic!("{error}"));
    let minted = Minter::new(key, Claims::new(&auth)).mint(1_000, 0);
    let minted = minted.unwrap_or_else(|error| panic!("{error}"));
    let token = minted.bearer.reveal();
    let segments: Vec<&str> = token.split('.').collect();
    assert_eq!(segments.len(), 3, "{token}");
    let json = |segment: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
        serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|error| panic!("{error}: {token}"))
    };
    let (header, payload) = (json(segments[0]), json(segments[1]));
    assert_eq!(header["kid"], *kid);
    assert_eq!(payload["iss"], *issuer);
    assert_eq!(payload["sub"], *subject);
    let heard = match &payload["aud"] {
        Value::Array(all) => &all[0],
        one => one,
    };
    assert_eq!(*heard, *audience);
    assert_eq!(payload["exp"], 3_999_999_999_u64);
    for (object, (name, text)) in [(&payload, &claim), (&header, &member)] {
        if !own(name) {
            assert_eq!(object[name], **text, "{name:?}");
        }
    }
    // What the other library takes apart is what was meant.
    let verdict = verifier(&kid, 0).verify(token);
    assert!(verdict.is_ok(), "{verdict:?}: {header} {payload}");
}
