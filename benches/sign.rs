//! What a token costs beside a bare signature, and beside parsing the key each time.
//!
//! The figure to hold: `minter` makes at least 0.97 of the tokens that `bare` makes.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot set itself up is a failure"
)]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use criterion::{Criterion, criterion_group, criterion_main};
use leadbench::keys::{KeySize, PrivateKey, UniqueName, generate};
use leadbench::plan::{Audience, Auth, Subject, TokenSource};
use leadbench::token::{Claims, Minter};

fn auth() -> Auth {
    Auth {
        issuer: Some("https://acme.my.salesforce.com".to_owned()),
        subject: Some(Subject::Fixed("integration@acme.example".to_owned())),
        audience: Some(Audience::One("https://api.example.com/leads".to_owned())),
        ..Auth::of(TokenSource::NamedCredential, "lead_signing")
    }
}

fn sign(criterion: &mut Criterion) {
    let name = UniqueName::parse("lead_signing").unwrap();
    let now = time::OffsetDateTime::UNIX_EPOCH;
    for size in [KeySize::Rsa2048, KeySize::Rsa4096] {
        let pair = generate(&name, size, now).unwrap();
        let key = PrivateKey::from_pem(pair.private_key_pem.as_bytes()).unwrap();
        let mut group = criterion.benchmark_group(format!("rs256-{}", size.bits()));

        let prepared = key.prepare().unwrap();
        let random = SystemRandom::new();
        let mut signature = vec![0; prepared.public_modulus_len()];
        // As long as a token's header and payload.
        let message = [7; 300];
        group.bench_function("bare", |bencher| {
            bencher.iter(|| {
                prepared
                    .sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
                    .unwrap();
            });
        });

        let mut minter = Minter::new(key.prepare().unwrap(), Claims::new(&auth()));
        group.bench_function("minter", |bencher| {
            bencher.iter(|| minter.mint(1_700_000_000, 0).unwrap());
        });

        group.bench_function("key-parsed-each-time", |bencher| {
            bencher.iter(|| {
                Minter::new(key.prepare().unwrap(), Claims::new(&auth()))
                    .mint(1_700_000_000, 0)
                    .unwrap()
            });
        });

        let encoding =
            jsonwebtoken::EncodingKey::from_rsa_pem(pair.private_key_pem.as_bytes()).unwrap();
        let claims = serde_json::json!({ "iss": "a", "sub": "b", "aud": "c", "exp": 1 });
        group.bench_function("jsonwebtoken-encode", |bencher| {
            let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
            bencher.iter(|| jsonwebtoken::encode(&header, &claims, &encoding).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, sign);
criterion_main!(benches);
