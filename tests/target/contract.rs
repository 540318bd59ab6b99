//! What a team can ask of the reference target before its own API exists.

use super::*;
use leadbench::target::{Accepts, Duplicates, KidPolicy};

const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";

#[track_caller]
fn started(change: impl FnOnce(&mut TargetConfig)) -> RunningTarget {
    let mut config = config();
    change(&mut config);
    Target::start(&config).unwrap()
}

fn ask(target: &RunningTarget, form: &str) -> Answer {
    send(target.addr(), "POST", "/token", &[], form)
}

fn named(kid: &str) -> TrustedKey {
    TrustedKey::read(CERTIFICATE).unwrap().remove(0).named(kid)
}

// RFC 7523 and RFC 6749: the assertion is checked like any token, and what is granted is taken.
#[test]
fn the_token_endpoint_grants_what_leads_may_carry() {
    let target = started(|config| config.accepts = Accepts::AccessToken);
    let granted = ask(&target, &format!("{GRANT}&assertion={}", token(&claims())));
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(granted.header("cache-control"), Some("no-store"));
    let granted = granted.json();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["expires_in"], 3600);
    let access = granted["access_token"].as_str().unwrap();
    assert_eq!(post_token(&target, access).status, 201);
    // The JWT itself is no access token, and neither is a guess.
    for other in [token(&claims()), "0123456789abcdef".to_owned()] {
        let refused = post_token(&target, &other);
        assert_eq!(refused.status, 401);
        assert_eq!(refused.json()[0]["errorCode"], "unknown_access_token");
    }
    let expired = token(&claims_with("exp", json!(get_current_timestamp() - 100)));
    for (form, error) in [
        (format!("{GRANT}&assertion={expired}"), "invalid_grant"),
        (GRANT.to_owned(), "invalid_request"),
        (
            "grant_type=password&username=x".to_owned(),
            "unsupported_grant_type",
        ),
    ] {
        let refused = ask(&target, &form);
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"], error);
    }
    let ledger = target.stop();
    assert_eq!(
        (ledger.tokens_issued, ledger.token_requests_refused),
        (1, 3)
    );
}

#[test]
fn an_access_token_is_over_at_its_end() {
    let target = started(|config| {
        config.accepts = Accepts::Both;
        config.access_token_life = Nanos::ZERO;
    });
    let granted = ask(&target, &format!("{GRANT}&assertion={}", token(&claims()))).json();
    let access = granted["access_token"].as_str().unwrap();
    assert_eq!(post_token(&target, access).status, 401);
    assert_eq!(post_token(&target, &token(&claims())).status, 201);
}

#[test]
fn keys_can_be_rolled_over_while_it_runs() {
    let target = start();
    let with_kid = |kid: &str| token_with_header(&json!({"kid": kid, "alg": "RS256"}));
    let takes = |kid: &str| post_token(&target, &with_kid(kid)).status;
    let published = || {
        let set = get(&target, "/.well-known/jwks.json").json();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((takes(KID), takes("next")), (201, 401));
    target.trust(&[named(KID), named("next")]).unwrap();
    assert_eq!((takes(KID), takes("next")), (201, 201));
    assert_eq!(published(), [KID, "next"]);
    target.trust(&[named("next")]).unwrap();
    assert_eq!((takes(KID), takes("next")), (401, 201));
    // What cannot be used leaves everything as it was.
    assert!(target.trust(&[named("a"), named("a")]).is_err());
    assert_eq!(takes("next"), 201);
}

#[test]
fn a_kid_may_be_optional_or_ignored() {
    let without = token_with_header(&json!({"alg": "RS256"}));
    let other = token_with_header(&json!({"kid": "other", "alg": "RS256"}));
    for (policy, expected) in [
        (KidPolicy::Required, (401, 401)),
        (KidPolicy::Optional, (201, 401)),
        (KidPolicy::Ignored, (201, 201)),
    ] {
        let target = started(|config| config.kid = policy);
        let statuses = (
            post_token(&target, &without).status,
            post_token(&target, &other).status,
        );
        assert_eq!(statuses, expected, "{policy:?}");
        // A wrong signature stays wrong, whatever the kid.
        let forged = compact(
            &json!({"alg": "RS256"}),
            &claims(),
            &OTHER_KEY,
            Algorithm::RS256,
        );
        assert_eq!(post_token(&target, &forged).status, 401);
    }
}

#[test]
fn a_jti_may_be_asked_to_come_once() {
    let target = started(|config| config.jti_unique = true);
    let one = token(&claims_with("jti", json!("1")));
    assert_eq!(post_token(&target, &one).status, 201);
    let again = post_token(&target, &one);
    assert_eq!(again.status, 401);
    assert_eq!(again.json()[0]["errorCode"], "replayed");
    assert_eq!(
        post_token(&target, &token(&claims_with("jti", json!("2")))).status,
        201
    );
    // A Named Credential has none, and its tokens may come again.
    for _ in 0..2 {
        assert_eq!(post_token(&target, &token(&claims())).status, 201);
    }
}

#[test]
fn a_token_verified_before_may_be_remembered() {
    let target = started(|config| config.verify_cache = 100);
    let good = token(&claims());
    for _ in 0..3 {
        assert_eq!(post_token(&target, &good).status, 201);
        assert_eq!(post_token(&target, "a.b.c").status, 401);
    }
    assert_eq!(target.stop().cache_hits, 2);
}

#[test]
fn a_subject_may_be_asked_for() {
    let target = started(|config| config.subjects = vec!["a".to_owned(), "b".to_owned()]);
    for (subject, status) in [
        (json!("a"), 201),
        (json!("b"), 201),
        (json!("c"), 401),
        (Value::Null, 401),
    ] {
        let answer = post_token(&target, &token(&claims_with("sub", subject.clone())));
        assert_eq!(answer.status, status, "{subject}");
    }
}

#[test]
fn a_lead_that_comes_again_may_be_refused_or_dropped() {
    for (policy, second) in [
        (Duplicates::Accept, 201),
        (Duplicates::Reject, 409),
        (Duplicates::Drop, 200),
    ] {
        let target = started(|config| config.duplicates = policy);
        let first = post_token(&target, &token(&claims()));
        let again = post_token(&target, &token(&claims()));
        assert_eq!((first.status, again.status), (201, second));
        // Who drops silently answers with the Id of the first.
        let is_same = first.json()["id"] == again.json()["id"];
        assert_eq!(is_same, policy == Duplicates::Drop);
        let ledger = target.stop();
        assert_eq!(ledger.duplicates, u64::from(policy != Duplicates::Accept));
        assert_eq!(
            ledger.accepted,
            if policy == Duplicates::Accept { 2 } else { 1 }
        );
    }
}

#[test]
fn past_its_rate_it_says_when_to_come_again() {
    let target = started(|config| config.rate_limit = Some("2/min".parse().unwrap()));
    assert_eq!(post_token(&target, &token(&claims())).status, 201);
    let limited = post_token(&target, &token(&claims()));
    assert_eq!(limited.status, 429);
    let after: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((28..=30).contains(&after), "{after}");
    assert_eq!(target.stop().rejected_for(Rejection::RateLimited), 1);
}

#[test]
fn things_go_wrong_on_purpose_and_are_counted() {
    let target = started(|config| {
        config.troubles.shares = vec!["100%:503".parse().unwrap()];
        config.token_troubles.outages = vec!["from=0s,for=1h:500".parse().unwrap()];
    });
    assert_eq!(post_token(&target, &token(&claims())).status, 503);
    assert_eq!(ask(&target, GRANT).status, 500);
    let ledger = target.stop();
    assert_eq!(ledger.troubles["503"], 1);
    assert_eq!(ledger.troubles["token:500"], 1);
    assert_eq!(ledger.accepted, 0);
}

#[test]
fn a_connection_may_be_closed_without_an_answer() {
    let target = started(|config| config.troubles.shares = vec!["100%:close".parse().unwrap()]);
    let mut stream = TcpStream::connect(target.addr()).unwrap();
    stream
        .write_all(b"POST /leads HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"");
    assert_eq!(target.stop().troubles["close"], 1);
}

// The decoded token, and nothing that could be used as one.
#[test]
fn an_echo_shows_the_token_decoded_and_never_the_token() {
    let target = start();
    let sent = token(&claims());
    let lines = [
        format!("Authorization: Bearer {sent}"),
        "X-Mine: 1".to_owned(),
    ];
    let echo = send(target.addr(), "POST", "/echo", &lines, LEAD);
    assert_eq!(echo.status, 200);
    let signature = sent.rsplit('.').next().unwrap();
    assert!(!echo.body.contains(signature) && !echo.body.contains("eyJ"));
    let echo = echo.json();
    assert_eq!(echo["request"], "POST /echo HTTP/1.1");
    assert_eq!(echo["token"]["header"], header());
    assert_eq!(echo["token"]["claims"]["iss"], ISSUER);
    assert_eq!(echo["token"]["verdict"], "good");
    assert_eq!(echo["body"]["Id"], "00Q000000000001AAA");
    let fields: Vec<_> = echo["headers"].as_array().unwrap().clone();
    assert!(fields.contains(&json!(["authorization", "Bearer <redacted>"])));
    assert!(fields.contains(&json!(["x-mine", "1"])));
    // In the wrong place it is a secret all the same.
    let lines = [
        format!("X-Auth: {sent}"),
        format!("Cookie: t={sent}"),
        format!("Proxy-Authorization: Bearer {sent}"),
    ];
    let path = format!("/echo?access_token={sent}");
    let lead = format!("{{\"Id\":\"{sent}\"}}");
    let echo = send(target.addr(), "POST", &path, &lines, &lead);
    assert_eq!(echo.status, 200);
    assert!(!echo.body.contains(signature), "{}", echo.body);
    assert_eq!(echo.json()["body"]["Id"], "<redacted>");
    // Known by its value, it is found in other encodings and in part as well.
    let percent = |text: &str| {
        let digits = text
            .bytes()
            .flat_map(|byte| ["%".to_owned(), format!("{byte:02x}")]);
        digits.collect::<String>()
    };
    let lines = [
        format!("Authorization: Bearer {sent}"),
        format!("X-Signature: {signature}"),
        format!("X-Encoded: {}", percent(&sent)),
    ];
    let path = format!("/echo?token={}&sig={}", percent(&sent), percent(signature));
    let lead = format!("{{\"Id\":\"{signature}\",\"{}\":1}}", percent(&sent));
    let echo = send(target.addr(), "POST", &path, &lines, &lead);
    assert_eq!(echo.status, 200);
    for secret in [signature, &percent(signature), &percent(&sent)] {
        assert!(!echo.body.contains(secret), "{}", echo.body);
    }
    let echo = echo.json();
    assert_eq!(echo["body"], json!({"Id": "<redacted>", "<redacted>": 1}));
    assert_eq!(
        echo["request"],
        "POST /echo?token=<redacted>&sig=<redacted> HTTP/1.1"
    );
    let lines = ["Authorization: canary-of-a-key".to_owned()];
    let echo = send(target.addr(), "POST", "/echo", &lines, LEAD);
    assert!(!echo.body.contains("canary"));
    assert_eq!(echo.json()["token"]["verdict"], "malformed");
    assert_eq!(target.stop().requests, 0);
}
