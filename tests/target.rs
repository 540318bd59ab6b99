//! The reference target, spoken to over a socket by a client that shares nothing with it.
#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto, encode, get_current_timestamp};
use leadbench::keys::{KeySize, TrustedKey, UniqueName, generate};
use leadbench::target::{Rejection, RunningTarget, Target, TargetConfig, TargetError, TokenPolicy};
use leadbench::units::Nanos;
use serde_json::{Value, json};
use time::OffsetDateTime;

#[cfg(test)]
#[path = "target/contract.rs"]
mod contract;

const KEY: &[u8] = include_bytes!("fixtures/keys/test-only-rsa2048-pkcs8.key.pem");
const CERTIFICATE: &[u8] = include_bytes!("fixtures/keys/test-only-rsa2048.crt.pem");
const PUBLIC_KEY: &[u8] = include_bytes!("fixtures/keys/test-only-rsa2048.pub.pem");
const KID: &str = "lead_signing";
const ISSUER: &str = "https://acme.my.salesforce.com";
const AUDIENCE: &str = "https://api.example.com/leads";
const LEAD: &str = r#"{"attributes":{"type":"Lead"},"Id":"00Q000000000001AAA"}"#;

static OTHER_KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
    let name = UniqueName::parse("other").unwrap();
    let pair = generate(&name, KeySize::Rsa2048, OffsetDateTime::UNIX_EPOCH).unwrap();
    EncodingKey::from_rsa_pem(pair.private_key_pem.as_bytes()).unwrap()
});

fn config() -> TargetConfig {
    let key = TrustedKey::read(CERTIFICATE).unwrap().remove(0).named(KID);
    TargetConfig {
        trust: vec![key],
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        ..TargetConfig::default()
    }
}

fn start() -> RunningTarget {
    Target::start(&config()).unwrap()
}

fn key() -> EncodingKey {
    EncodingKey::from_rsa_pem(KEY).unwrap()
}

fn header() -> Value {
    json!({"kid": KID, "typ": "JWT", "alg": "RS256"})
}

/// The claims of a legacy Named Credential, issued now.
fn claims() -> Value {
    let now = get_current_timestamp();
    json!({"iss": ISSUER, "sub": "integration@acme.example", "aud": AUDIENCE,
           "nbf": now, "iat": now, "exp": now + 300})
}

/// Any claims with one of them replaced; `null` takes it out.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

/// Any header over any claims, signed whatever the header says.
fn compact(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    signed(header.as_bytes(), claims.as_bytes(), key, algorithm)
}

/// Any bytes for a header and for claims, signed.
fn signed(header: &[u8], claims: &[u8], key: &EncodingKey, algorithm: Algorithm) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", part(header), part(claims));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn token(claims: &Value) -> String {
    compact(&header(), claims, &key(), Algorithm::RS256)
}

fn token_with_header(header: &Value) -> String {
    compact(header, &claims(), &key(), Algorithm::RS256)
}

/// An answer, as it came over the wire.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(stream: &mut TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The milliseconds that `Server-Timing` gives for a part.
    fn timing(&self, part: &str) -> f64 {
        let value = self.header("server-timing").unwrap();
        let start = format!("{part};dur=");
        value
            .split(", ")
            .find_map(|entry| entry.strip_prefix(&start))
            .unwrap()
            .parse()
            .unwrap()
    }
}

/// Sends a request with these header lines on a connection of its own.
fn send(address: SocketAddr, method: &str, path: &str, lines: &[String], body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let lines: String = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{lines}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    Answer::read(&mut stream)
}

fn get(target: &RunningTarget, path: &str) -> Answer {
    send(target.addr(), "GET", path, &[], "")
}

fn post(target: &RunningTarget, authorization: &str, body: &str) -> Answer {
    let line = format!("Authorization: {authorization}");
    send(target.addr(), "POST", "/leads", &[line], body)
}

fn post_token(target: &RunningTarget, token: &str) -> Answer {
    post(target, &format!("Bearer {token}"), LEAD)
}

/// A token is refused with 401 for this reason, and the ledger says so.
#[track_caller]
fn refused(token: &str, reason: Rejection) {
    let target = start();
    let answer = post_token(&target, token);
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(answer.json()[0]["errorCode"], reason.name());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer realm=\"leads\", error=\"invalid_token\""),
        "{challenge}"
    );
    let ledger = target.stop();
    assert_eq!(ledger.rejected_for(reason), 1);
    assert_eq!(ledger.rejected_total(), 1);
    assert_eq!((ledger.accepted, ledger.leads, ledger.requests), (0, 1, 1));
}

#[test]
fn a_valid_token_is_accepted() {
    let target = start();
    let mut header = jsonwebtoken::Header::new(Algorithm::RS256);
    header.kid = Some(KID.to_owned());
    let answer = post_token(&target, &encode(&header, &claims(), &key()).unwrap());
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json()["success"], true);
    assert_eq!(answer.json()["errors"], json!([]));
    assert_eq!(answer.json()["id"].as_str().unwrap().len(), 18);
    assert_eq!(target.stop().accepted, 1);
}

#[test]
fn server_timing_says_what_checking_and_all_took() {
    let service_time = Nanos::from_millis(5);
    let target = Target::start(&TargetConfig {
        latency: leadbench::units::Latency::Constant(service_time),
        ..config()
    })
    .unwrap();
    let accepted = post_token(&target, &token(&claims()));
    let (verify, total) = (accepted.timing("verify"), accepted.timing("total"));
    assert!(verify > 0.0 && verify <= total, "{verify} {total}");
    assert!(total >= service_time.as_millis_f64(), "{total}");
    let rejected = post_token(&target, "a.b.c");
    assert!(rejected.timing("total") >= rejected.timing("verify"));
}

#[test]
fn the_audience_may_be_one_of_a_list_and_the_scheme_in_any_case() {
    let target = start();
    let listed = token(&claims_with("aud", json!(["urn:other", AUDIENCE])));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = post(&target, &format!("{scheme} {listed}"), LEAD);
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
}

#[test]
fn clocks_may_differ_by_the_leeway() {
    let target = start();
    let now = get_current_timestamp();
    for (claim, value) in [("exp", now - 30), ("nbf", now + 30), ("iat", now + 30)] {
        let answer = post_token(&target, &token(&claims_with(claim, json!(value))));
        assert_eq!(answer.status, 201, "{claim}: {}", answer.body);
    }
}

#[test]
fn dates_beyond_the_leeway_are_refused() {
    let now = get_current_timestamp();
    let with = |claim, value| token(&claims_with(claim, json!(value)));
    refused(&with("exp", now - 61), Rejection::Expired);
    refused(&with("exp", 0), Rejection::Expired);
    refused(&with("nbf", now + 120), Rejection::NotYetValid);
    refused(&with("iat", now + 120), Rejection::IssuedInFuture);
}

// Without leeway the second that `exp` names is too late already (RFC 7519, section 4.1.4).
#[test]
fn the_second_of_exp_is_too_late() {
    let target = Target::start(&TargetConfig {
        leeway: Nanos::ZERO,
        ..config()
    })
    .unwrap();
    let answer = post_token(
        &target,
        &token(&claims_with("exp", json!(get_current_timestamp()))),
    );
    assert_eq!(answer.json()[0]["errorCode"], "expired");
}

#[test]
fn claims_of_another_are_refused() {
    let with = |claim, value| token(&claims_with(claim, value));
    refused(
        &with("iss", json!("https://evil.example")),
        Rejection::Issuer,
    );
    refused(&with("iss", json!([ISSUER])), Rejection::Unreadable);
    refused(&with("aud", json!("urn:other")), Rejection::Audience);
    refused(&with("aud", json!(["urn:other"])), Rejection::Audience);
}

// JSON is UTF-8 (RFC 8259, section 8.1), in a claim and a parameter that nobody reads as well.
#[test]
fn claims_and_headers_that_are_not_utf8_are_refused() {
    let with_byte = |value: &Value, byte: u8| {
        let text = value.to_string();
        let mut bytes = text.strip_suffix('}').unwrap().as_bytes().to_vec();
        bytes.extend_from_slice(b",\"city\":\"M");
        bytes.push(byte);
        bytes.extend_from_slice(b"\"}");
        bytes
    };
    let (header, claims) = (header(), claims());
    let sign = |of_header, of_claims| {
        let header = with_byte(&header, of_header);
        signed(
            &header,
            &with_byte(&claims, of_claims),
            &key(),
            Algorithm::RS256,
        )
    };
    assert_eq!(post_token(&start(), &sign(b'x', b'x')).status, 201);
    refused(&sign(b'x', 0xfc), Rejection::Unreadable);
    refused(&sign(0xfc, b'x'), Rejection::Unreadable);
}

#[test]
fn claims_that_are_missing_are_refused() {
    for claim in ["iss", "aud", "exp"] {
        refused(
            &token(&claims_with(claim, Value::Null)),
            Rejection::MissingClaim,
        );
    }
}

#[test]
fn keys_that_are_not_known_are_refused() {
    let mut header = header();
    header["kid"] = json!("last_year");
    refused(&token_with_header(&header), Rejection::UnknownKid);
    header.as_object_mut().unwrap().remove("kid");
    refused(&token_with_header(&header), Rejection::MissingKid);
}

#[test]
fn the_wrong_key_under_the_right_name_is_refused() {
    let forged = compact(&header(), &claims(), &OTHER_KEY, Algorithm::RS256);
    refused(&forged, Rejection::Signature);
}

#[test]
fn a_tampered_payload_is_refused() {
    let honest = token(&claims());
    let parts: Vec<_> = honest.split('.').collect();
    let payload = claims_with("sub", json!("admin@acme.example")).to_string();
    let forged = [parts[0], &URL_SAFE_NO_PAD.encode(payload), parts[2]].join(".");
    refused(&forged, Rejection::Signature);
    refused(&honest[..honest.len() - 2], Rejection::Signature);
}

// RFC 8725, section 2.1: the two classic ways around a signature.
#[test]
fn other_algorithms_are_refused() {
    let with_algorithm = |name: &str| {
        let mut header = header();
        header["alg"] = json!(name);
        header
    };
    let none = token_with_header(&with_algorithm("none"));
    let unsigned = &none[..=none.rfind('.').unwrap()];
    refused(unsigned, Rejection::Algorithm);
    refused(&none, Rejection::Algorithm);

    let secret = EncodingKey::from_secret(PUBLIC_KEY);
    let header = with_algorithm("HS256");
    let confused = compact(&header, &claims(), &secret, Algorithm::HS256);
    refused(&confused, Rejection::Algorithm);

    for (name, algorithm) in [
        ("RS384", Algorithm::RS384),
        ("RS512", Algorithm::RS512),
        ("PS256", Algorithm::PS256),
    ] {
        let header = with_algorithm(name);
        let token = compact(&header, &claims(), &key(), algorithm);
        refused(&token, Rejection::Algorithm);
    }
}

#[test]
fn an_extension_that_must_be_understood_is_refused() {
    let mut header = header();
    header["crit"] = json!(["b64"]);
    refused(&token_with_header(&header), Rejection::CriticalHeader);
}

#[test]
fn what_is_no_token_is_refused() {
    let honest = token(&claims());
    refused("opaque", Rejection::Unreadable);
    refused("a.b.c", Rejection::Unreadable);
    refused(&format!("{honest}.x"), Rejection::Unreadable);
    refused(&honest[..honest.rfind('.').unwrap()], Rejection::Unreadable);
    let list = URL_SAFE_NO_PAD.encode("[]");
    refused(&format!("{list}.{list}.{list}"), Rejection::Unreadable);
    let of_text = token(&claims_with("exp", json!("tomorrow")));
    refused(&of_text, Rejection::MissingClaim);
}

#[test]
fn without_credentials_the_challenge_is_bare() {
    let target = start();
    let none = send(target.addr(), "POST", "/", &[], LEAD);
    let basic = post(&target, "Basic dXNlcjpwYXNz", LEAD);
    for answer in [none, basic] {
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer realm=\"leads\"")
        );
    }
    let ledger = target.stop();
    assert_eq!(ledger.rejected_for(Rejection::Missing), 1);
    assert_eq!(ledger.rejected_for(Rejection::Scheme), 1);
}

#[test]
fn malformed_credentials_are_a_bad_request() {
    let target = start();
    let token = token(&claims());
    let doubled = vec![format!("Authorization: Bearer {token}"); 2];
    let answers = [
        send(target.addr(), "POST", "/", &doubled, LEAD),
        post(&target, "Bearer", LEAD),
        post(&target, &token, LEAD),
    ];
    for answer in &answers {
        assert_eq!(answer.status, 400);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_request\""));
    }
    assert_eq!(target.stop().rejected_for(Rejection::Malformed), 3);
}

// Goal: no token leaves the target. Method: each refused token, and parts of it, are looked
// for in every byte that comes back, in the ledger too.
#[test]
fn no_part_of_a_refused_token_comes_back() {
    const CANARY: &str = "canary7f3a";
    let target = start();
    let tampered = token(&claims()).replace('.', CANARY);
    let mut unknown = header();
    unknown["kid"] = json!(CANARY);
    let values = [
        format!("Bearer {CANARY}"),
        format!("Bearer {tampered}"),
        format!("Bearer {}", token_with_header(&unknown)),
        format!("Bearer {}", token(&claims_with("iss", json!(CANARY)))),
        format!("{CANARY} {CANARY}"),
        format!("Bearer \"{CANARY}\""),
    ];
    for value in &values {
        let answer = post(&target, value, &format!("{{\"Id\":\"{CANARY}"));
        assert!(matches!(answer.status, 400 | 401));
        let sent = value.rsplit(' ').next().unwrap();
        for part in sent.split('.').chain([CANARY]) {
            assert!(!answer.head.contains(part) && !answer.body.contains(part));
        }
    }
    assert!(!get(&target, "/ledger").body.contains(CANARY));
    assert!(!format!("{target:?}").contains(CANARY));
}

#[test]
fn the_ledger_counts_what_arrived() {
    let target = start();
    let valid = format!("Bearer {}", token(&claims()));
    for id in ["a", "b", "b"] {
        post(&target, &valid, &format!("{{\"Id\":\"{id}\"}}"));
    }
    post(&target, &valid, "{}");
    post(&target, &valid, "not json");
    post(&target, "Bearer a.b.c", "{\"Id\":\"c\"}");
    let ledger = get(&target, "/ledger");
    assert_eq!(ledger.status, 200);
    assert_eq!(
        ledger.json(),
        json!({
            "leads": 5, "unique_leads": 3, "unique_leads_limit_reached": false,
            "leads_without_id": 1, "accepted": 4, "requests": 6, "cache_hits": 0, "preflights": 0, "echoes_dropped": 0, "duplicates": 0, "troubles": {}, "tokens_issued": 0,
            "token_requests_refused": 0, "connections_refused": 0,
            "rejected": {"not_a_lead": 1, "unreadable": 1},
        })
    );
    assert_eq!(serde_json::to_value(target.stop()).unwrap(), ledger.json());
}

#[test]
fn the_key_set_verifies_what_the_key_signs() {
    let target = start();
    let answer = get(&target, "/.well-known/jwks.json");
    let served = TrustedKey::read(answer.body.as_bytes()).unwrap();
    assert_eq!(served, config().trust);
    assert_eq!(get(&target, "/health").status, 200);
    assert_eq!(target.stop().requests, 0);
}

#[test]
fn other_methods_are_told_which_is_allowed() {
    let target = start();
    let answer = get(&target, "/leads");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let answer = send(target.addr(), "POST", "/ledger", &[], LEAD);
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    assert_eq!(target.stop().rejected_for(Rejection::Method), 1);
}

#[test]
fn a_body_past_the_limit_is_refused_before_it_is_read() {
    let target = start();
    let mut stream = TcpStream::connect(target.addr()).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        token(&claims()),
        12 * 1024 * 1024 + 1
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).status, 413);
    assert_eq!(target.stop().rejected_for(Rejection::TooLarge), 1);
}

#[test]
fn without_required_tokens_every_lead_is_taken() {
    let target = Target::start(&TargetConfig {
        trust: Vec::new(),
        tokens: TokenPolicy::Ignored,
        ..config()
    })
    .unwrap();
    assert_eq!(send(target.addr(), "POST", "/", &[], LEAD).status, 201);
    assert_eq!(post(&target, "Bearer a.b.c", LEAD).status, 201);
    assert_eq!(target.stop().accepted, 2);
}

#[test]
fn several_threads_share_one_ledger() {
    let target = Target::start(&TargetConfig {
        threads: 3,
        ..config()
    })
    .unwrap();
    let token = token(&claims());
    for _ in 0..9 {
        assert_eq!(post_token(&target, &token).status, 201);
    }
    let ledger = target.stop();
    assert_eq!((ledger.accepted, ledger.unique_leads), (9, Some(1)));
}

// Goal: stopping lets an open request finish. Method: the answer takes longer than it takes
// to say stop, and still comes.
#[test]
fn stopping_lets_open_requests_finish() {
    let target = Target::start(&TargetConfig {
        latency: leadbench::units::Latency::Constant(Nanos::from_millis(200)),
        ..config()
    })
    .unwrap();
    let mut stream = TcpStream::connect(target.addr()).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{LEAD}",
        token(&claims()),
        LEAD.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    while target.ledger().leads == 0 {
        std::thread::yield_now();
    }
    let ledger = target.stop();
    assert_eq!(ledger.accepted, 1);
    assert_eq!(Answer::read(&mut stream).status, 201);
}

#[test]
fn a_config_that_could_not_work_does_not_start() {
    let start = |change: fn(&mut TargetConfig)| {
        let mut config = config();
        change(&mut config);
        Target::start(&config).map(drop).unwrap_err()
    };
    let error = start(|config| config.trust.clear());
    assert!(matches!(error, TargetError::NoTrust));
    let error = start(|config| config.trust[0].kid = None);
    assert!(matches!(error, TargetError::NoKid));
    let error = start(|config| config.trust.push(config.trust[0].clone()));
    assert!(matches!(error, TargetError::DuplicateKid(_)));
    let error = start(|config| config.leeway = Nanos::from_secs(3601));
    assert!(matches!(error, TargetError::Leeway(3601)));
    let error = start(|config| config.threads = 0);
    assert!(matches!(error, TargetError::Threads(0)));
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let target = start();
    let taken = TargetConfig {
        listen: target.addr(),
        ..config()
    };
    match Target::start(&taken) {
        Err(error @ TargetError::Bind { .. }) => {
            assert!(error.to_string().contains(&target.addr().to_string()));
        }
        other => panic!("{other:?}"),
    }
}
