//! A target in a process of its own: what was sent is what arrived.

use std::net::{TcpListener, ToSocketAddrs as _};
use std::path::Path;

use crate::support::{Bench, SMOKE, TargetProcess, assert_adds_up, eventually, number, read_json};

const BRIEF: [&str; 4] = ["--rate", "100/s", "--duration", "400ms"];
const AUDIENCE: [&str; 4] = [
    "--issuer",
    "https://acme.my.salesforce.com",
    "--audience",
    "https://api.example.com/leads",
];

fn start(bench: &Bench, certificate: &Path) -> TargetProcess {
    let trust = format!("lead_signing={}", certificate.display());
    TargetProcess::start(bench, &[&["--trust", &trust], &AUDIENCE[..]].concat())
}

#[test]
fn the_ledger_of_the_target_agrees_with_the_summary() {
    let bench = Bench::new();
    let target = start(&bench, &bench.path("keys/lead_signing.crt.pem"));
    let ran = bench
        .run(SMOKE, &[&["--target", &target.url()], &BRIEF[..]].concat())
        .ends_with_unless_busy(0);
    let (summary, ledger) = (ran.summary(), target.ledger());
    assert_adds_up(&summary);
    let count = |name: &str| summary["counts"][name].clone();
    assert_eq!(count("failed"), 0);
    assert_eq!(ledger["leads"], count("started"));
    assert_eq!(ledger["unique_leads"], ledger["leads"]);
    assert_eq!(ledger["accepted"], count("ok"));
    assert_eq!(ledger["rejected"], serde_json::json!({}));
    assert_eq!(ledger["leads_without_id"], 0);
    let stopped = target.stop().ends_with(0);
    assert_eq!(stopped.summary(), ledger, "it says so once more at its end");
}

#[test]
fn a_warm_up_is_sent_and_left_out_of_the_counts() {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let words = [
        "--target",
        &target.url(),
        "--rate",
        "40/s",
        "--duration",
        "1s",
    ];
    let more = ["--set", "load.0.warmup=400ms", "--set", "auth.source=none"];
    let ran = bench
        .run(SMOKE, &[&words[..], &more].concat())
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_adds_up(&summary);
    let warmup = number(&summary["counts"]["warmup"]);
    assert!(warmup > 0);
    let ledger = target.ledger();
    assert_eq!(
        number(&ledger["leads"]),
        number(&summary["counts"]["started"]) + warmup
    );
}

// The target trusts another key under the same name: every signature is wrong, and each
// callout is made twice, the second time with a fresh token.
#[test]
fn a_target_that_trusts_another_key_refuses_every_token_twice() {
    let bench = Bench::new();
    let others = Bench::without_key();
    others
        .call(&["keys", "generate", "lead_signing"])
        .ends_with(0);
    let target = start(&bench, &others.path("keys/lead_signing.crt.pem"));
    let ran = bench
        .run(SMOKE, &[&["--target", &target.url()], &BRIEF[..]].concat())
        .ends_with_unless_busy(1);
    let (summary, ledger) = (ran.summary(), target.ledger());
    assert_adds_up(&summary);
    let completed = number(&summary["counts"]["completed"]);
    assert!(completed > 10);
    assert_eq!(summary["outcomes"]["unauthorized"], completed);
    assert_eq!(summary["counts"]["retried"], completed);
    assert_eq!(summary["statuses"]["401"], completed);
    assert_eq!(ledger["accepted"], 0);
    let rejected = ledger["rejected"].as_object().unwrap();
    assert_eq!(rejected.values().map(number).sum::<u64>(), 2 * completed);
    assert!(!target.stop().ends_with(0).stderr.contains("eyJ"));
}

// Most targets listen on one loopback address only, and `localhost` may begin with the other.
#[test]
fn localhost_is_tried_at_each_of_its_addresses() {
    let is_both = ("localhost", 0)
        .to_socket_addrs()
        .is_ok_and(|mut addresses| addresses.any(|address| address.is_ipv6()));
    let bench = Bench::new();
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        if listen.starts_with('[') && (!is_both || TcpListener::bind(listen).is_err()) {
            eprintln!("localhost has no IPv6 address here, so only IPv4 is tried");
            continue;
        }
        let target = TargetProcess::start_at(listen, &bench, &["--no-token"]);
        let port = target.address.rsplit_once(':').unwrap().1;
        let url = format!("http://localhost:{port}/leads");
        let words = ["--target", &url, "--set", "auth.source=none"];
        bench
            .run(SMOKE, &[&words[..], &BRIEF].concat())
            .ends_with_unless_busy(0);
        assert!(number(&target.ledger()["accepted"]) > 0);
    }
}

#[test]
fn a_target_has_an_ipv6_address_in_brackets() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("this system has no IPv6 loopback, so nothing is tried");
        return;
    }
    let bench = Bench::new();
    let target = TargetProcess::start_at("[::1]:0", &bench, &["--no-token"]);
    let words = ["--target", &target.url(), "--set", "auth.source=none"];
    let ran = bench
        .run(SMOKE, &[&words[..], &BRIEF].concat())
        .ends_with_unless_busy(0);
    assert_eq!(target.ledger()["accepted"], ran.summary()["counts"]["ok"]);
}

#[test]
fn a_target_without_a_key_to_check_with_does_not_start() {
    let bench = Bench::new();
    bench
        .call(&["target", "--listen", "127.0.0.1:0"])
        .ends_with(4)
        .says("--trust");
}

#[test]
fn a_target_without_a_thread_is_refused() {
    let ran = Bench::without_key().call(&["target", "--no-token", "--threads", "0"]);
    ran.ends_with(2)
        .says("--threads")
        .says("from 1 to 64, not 0");
}

#[test]
fn shares_beyond_the_whole_are_refused() {
    let words = [
        "target",
        "--no-token",
        "--listen",
        "127.0.0.1:0",
        "--fault",
        "60%:503",
        "--fault",
        "50%:close",
    ];
    let ran = Bench::without_key().call(&words);
    ran.ends_with(4).says("add up to 110.0 % of the requests");
}

// A rollover: the key set is replaced while the target runs, and what is no key set is not.
#[test]
fn a_key_set_that_changes_is_read_again() {
    let bench = Bench::new();
    let set = |bench: &Bench| std::fs::read_to_string(bench.path("keys/jwks.json")).unwrap();
    bench.call(&["keys", "generate", "old"]).ends_with(0);
    let trusted = bench.write("trusted.json", &set(&bench));
    let target = TargetProcess::start(&bench, &["--trust", trusted.to_str().unwrap()]);
    let kids = || {
        let keys = target.get("/.well-known/jwks.json")["keys"].clone();
        keys.as_array().unwrap().len()
    };
    let before = kids();
    bench.write("trusted.json", "no key set");
    bench.call(&["keys", "generate", "new"]).ends_with(0);
    bench.write("trusted.json", &set(&bench));
    let began = std::time::Instant::now();
    while kids() == before {
        assert!(began.elapsed().as_secs() < 20, "the new key is not trusted");
        std::thread::yield_now();
    }
    assert_eq!(kids(), before + 1);
    target.stop().ends_with(0);
}

#[test]
fn a_flag_that_cannot_be_read_says_what_can() {
    let bench = Bench::new();
    for (flag, value, says) in [
        ("--latency", "fast", "lognormal p50=5ms p99=40ms"),
        ("--freeze", "often", "every=10s for=1s"),
        ("--fault", "1%:200", "a status from 400 to 599"),
        ("--outage", "from=1s", "lacks for="),
        (
            "--rate-limit",
            "many",
            "write a number above 0 and a period",
        ),
        ("--kid", "maybe", "required, optional, ignored"),
    ] {
        let ran = bench.call(&["target", "--no-token", flag, value]);
        ran.ends_with(2).says(says);
    }
}

// As an API does that looks keys up: the set is fetched again for a kid that it does not know.
#[test]
fn a_served_key_set_is_fetched_again_for_an_unknown_kid() {
    let bench = Bench::without_key();
    for name in ["old", "new"] {
        bench.call(&["keys", "generate", name]).ends_with(0);
    }
    let all = read_json(&bench.path("keys/jwks.json"));
    let serve = |kid: &str| {
        let keys = all["keys"].as_array().unwrap().iter();
        let keys: Vec<_> = keys.filter(|key| key["kid"] == kid).collect();
        let served = serde_json::json!({ "keys": keys }).to_string();
        bench.write("served.json", &served).display().to_string()
    };
    let issuer = TargetProcess::start(&bench, &["--trust", &serve("old")]);
    let url = format!("http://{}/.well-known/jwks.json", issuer.address);
    let target = TargetProcess::start(&bench, &["--trust", &url, "--jwks-min-interval", "1ms"]);
    let trusts = |target: &TargetProcess, kid: &str| {
        let keys = target.get("/.well-known/jwks.json")["keys"].clone();
        keys.as_array().is_some_and(|keys| keys.len() == 1) && keys[0]["kid"] == kid
    };
    assert!(trusts(&target, "old"));
    serve("new");
    eventually("the issuer reads its file", || trusts(&issuer, "new"));
    assert!(trusts(&target, "old"), "nobody has named another key");
    let url = target.url();
    let words = [&["--target", &url, "--set", "auth.key=new"], &BRIEF[..]].concat();
    bench.run(SMOKE, &words).ends_with_unless_busy(1);
    eventually("the set is fetched again", || trusts(&target, "new"));
    bench.run(SMOKE, &words).ends_with_unless_busy(0);
    target.stop().ends_with(0);
    issuer.stop().ends_with(0);
}

#[test]
fn a_key_set_is_fetched_from_this_machine_alone() {
    let bench = Bench::without_key();
    for (url, says) in [
        ("https://127.0.0.1:1/x", "only be fetched over http"),
        (
            "http://keys.example.com/x",
            "only be fetched from this machine",
        ),
        ("http://127.0.0.1:1/x", "could not fetch the key set"),
    ] {
        bench
            .call(&["target", "--trust", url])
            .ends_with(4)
            .says(says);
    }
}

#[test]
fn leads_are_printed_as_they_arrive_without_their_tokens() {
    let bench = Bench::new();
    let certificate = bench.path("keys/lead_signing.crt.pem");
    let trust = format!("lead_signing={}", certificate.display());
    let target = TargetProcess::start(&bench, &["--trust", &trust, "--echo"]);
    bench
        .run(SMOKE, &[&["--target", &target.url()], &BRIEF[..]].concat())
        .ends_with_unless_busy(0);
    let stopped = target.stop().ends_with(0);
    let lines: Vec<serde_json::Value> = stopped
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (ledger, leads) = lines.split_last().unwrap();
    assert_eq!(ledger["echoes_dropped"], 0);
    assert_eq!(number(&ledger["leads"]), leads.len() as u64);
    for lead in leads {
        assert_eq!(lead["request"], "POST /leads HTTP/1.1");
        assert_eq!(lead["token"]["verdict"], "good");
        assert_eq!(lead["token"]["header"]["kid"], "lead_signing");
        assert_eq!(lead["body"]["attributes"]["type"], "Lead");
    }
    assert!(!stopped.stdout.contains("eyJ"), "no token is printed");
}
