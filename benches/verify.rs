//! What checking a token costs the reference target, beside the bare signature.
//!
//! `cargo bench --bench verify`

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up has no result"
)]

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use criterion::{Criterion, criterion_group, criterion_main};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use leadbench::keys::{KeySize, PrivateKey, TrustedKey, UniqueName, generate};
use leadbench::target::{TargetConfig, Verifier};

fn verify(criterion: &mut Criterion) {
    let name = UniqueName::parse("lead_signing").unwrap();
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let pair = generate(&name, KeySize::Rsa2048, now).unwrap();
    let key = PrivateKey::from_pem(pair.private_key_pem.as_bytes()).unwrap();
    // Before anything else uses the library, as in a target: it chooses what verifies.
    let trusted = TrustedKey::read(pair.public_key_pem.as_bytes())
        .unwrap()
        .remove(0);
    let verifier = Verifier::new(&TargetConfig {
        trust: vec![trusted.named("lead_signing")],
        issuer: Some("https://acme.my.salesforce.com".to_owned()),
        audience: Some("https://api.example.com/leads".to_owned()),
        ..TargetConfig::default()
    })
    .unwrap();
    let at = get_current_timestamp();
    let claims = serde_json::json!({
        "iss": "https://acme.my.salesforce.com", "sub": "integration@acme.example",
        "aud": "https://api.example.com/leads", "nbf": at, "iat": at, "exp": at + 3_000,
    });
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("lead_signing".to_owned());
    let encoding = EncodingKey::from_rsa_pem(pair.private_key_pem.as_bytes()).unwrap();
    let token = encode(&header, &claims, &encoding).unwrap();

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
            .unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key_der());
    let parsed = public.parse().unwrap();
    let mut group = criterion.benchmark_group("verify-2048");
    group.bench_function("bare", |bencher| {
        bencher.iter(|| public.verify(signed.as_bytes(), &signature).unwrap());
    });
    group.bench_function("bare-key-parsed-once", |bencher| {
        bencher.iter(|| parsed.verify_sig(signed.as_bytes(), &signature).unwrap());
    });
    group.bench_function("target", |bencher| {
        bencher.iter(|| verifier.verify(&token).unwrap());
    });
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
