//! What a goose user would write: the same POST, and a token signed with jsonwebtoken where
//! a key is given. Prints requests, median and 99th percentile in milliseconds.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program to compare with, configured by its environment"
)]

use std::sync::LazyLock;
use std::time::Duration;

use goose::prelude::*;

/// The headers of every request.
static HEADERS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let text = std::env::var("HEADERS").unwrap_or_default();
    let headers: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&text).unwrap_or_default();
    headers.into_iter().collect()
});

static BODY: LazyLock<String> = LazyLock::new(|| std::env::var("BODY").unwrap_or_default());

static KEY: LazyLock<Option<jsonwebtoken::EncodingKey>> = LazyLock::new(|| {
    let pem = std::fs::read(std::env::var("KEY").ok()?).ok()?;
    jsonwebtoken::EncodingKey::from_rsa_pem(&pem).ok()
});

fn token(key: &jsonwebtoken::EncodingKey) -> String {
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let claims = serde_json::json!({
        "iss": "i", "sub": "s", "aud": "a", "nbf": now, "iat": now, "exp": now + 300,
    });
    jsonwebtoken::encode(&header, &claims, key).expect("a key that can sign")
}

async fn post(user: &mut GooseUser) -> TransactionResult {
    let mut builder = user
        .get_request_builder(&GooseMethod::Post, "/leads")?
        .body(BODY.as_str());
    for (name, value) in HEADERS.iter() {
        builder = builder.header(name, value);
    }
    if let Some(key) = &*KEY {
        builder = builder.header("Authorization", format!("Bearer {}", token(key)));
    }
    let request = GooseRequest::builder()
        .method(GooseMethod::Post)
        .set_request_builder(builder)
        .build();
    let answer = user.request(request).await?;
    if let Ok(answer) = answer.response {
        drop(answer.bytes().await);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), GooseError> {
    let mut scenario = scenario!("peer").register_transaction(transaction!(post));
    if let Ok(pause) = std::env::var("PAUSE_MS") {
        let pause = Duration::from_millis(pause.parse().unwrap_or(0));
        scenario = scenario.set_wait_time(pause, pause)?;
    }
    let attack = GooseAttack::initialize()?.register_scenario(scenario);
    let metrics = Box::pin(attack.execute()).await?;
    let only = metrics.requests.values().next();
    let at = |percent: f32| only.map_or(0, |request| request.raw_data.percentile_us(percent));
    let all = only.map_or(0, |request| request.raw_data.counter);
    let millis = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1e3;
    println!("{all} {} {}", millis(at(0.5)), millis(at(0.99)));
    Ok(())
}
