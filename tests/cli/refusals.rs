//! A run that cannot succeed: it says so at once, and why, in the words of the API.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fault_server::FaultServer;
use crate::faults::{CREATED, scenario};
use crate::support::{Bench, Ran, SMOKE, TargetProcess, finish, number, read_json};

const REFUSED: &str = "HTTP/1.1 401 Unauthorized\r\n\
    WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"Audience doesn't match\"\r\n\
    Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}";

const REASON: &str = "401 invalid_token: Audience doesn't match";

#[track_caller]
fn run(bench: &Bench, url: &str, more: &[&str]) -> Ran {
    let words = ["run", SMOKE, "--target", url, "--ui", "none"];
    bench.call(&[&words, more].concat())
}

#[test]
fn a_preflight_that_is_refused_says_why_and_leaves_nothing() {
    let server = FaultServer::answering(REFUSED);
    let bench = Bench::new();
    let ran = run(&bench, &server.url(), &[]).ends_with(4);
    ran.says(REASON)
        .says("[auth] audience")
        .says("--no-preflight");
    assert!(bench.folders().is_empty());
    assert_eq!(server.seen(|seen| seen.leads.len()), 1);
}

// Each of the commonest mistakes is told from its answer, with what to try.
#[test]
fn a_preflight_tells_each_mistake_by_its_answer() {
    for (answer, reason, remedy) in [
        ("404 Not Found\r\n", "404 Not Found", "path"),
        (
            "307 Temporary Redirect\r\nLocation: /leads/\r\n",
            "Location: /leads/",
            "does not follow redirects",
        ),
        ("405 Method Not Allowed\r\n", "405", "does not accept POST"),
        ("413 Content Too Large\r\n", "413", "[lead] size"),
        ("415 Unsupported Media Type\r\n", "415", "content_type"),
        ("403 Forbidden\r\n", "403 Forbidden", "subject"),
    ] {
        let server = FaultServer::answering(format!("HTTP/1.1 {answer}Content-Length: 0\r\n\r\n"));
        let bench = Bench::new();
        run(&bench, &server.url(), &[])
            .ends_with(4)
            .says(reason)
            .says(remedy);
    }
}

// What may pass by itself is tried again: a target at work refuses one in a hundred.
#[test]
fn a_preflight_is_made_again_where_the_failure_may_pass() {
    let asked = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let refused = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
            let answer = if is_first { refused } else { CREATED };
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let brief = ["--duration", "300ms", "--rate", "20/s", "--json"];
    let ran = run(&bench, &server.url(), &brief).ends_with_unless_busy(0);
    assert_eq!(ran.summary()["preflight"]["callouts"], 2);
    assert_eq!(ran.summary()["preflight"]["status"], 201);
}

#[test]
fn a_preflight_is_marked_and_counted_apart() {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--trust", "keys/lead_signing.crt.pem"]);
    let brief = ["--duration", "300ms", "--rate", "20/s", "--json"];
    let ran = run(&bench, &target.url(), &brief).ends_with_unless_busy(0);
    let ledger = target.ledger();
    assert_eq!(ledger["preflights"], 1);
    let counts = &ran.summary()["counts"];
    let sent = number(&counts["started"]) + number(&counts["warmup"]);
    assert_eq!(number(&ledger["leads"]), sent);
}

#[test]
fn a_run_whose_first_callouts_all_fail_alike_is_stopped() {
    let server = FaultServer::answering(REFUSED);
    let bench = Bench::new();
    let ran = run(
        &bench,
        &server.url(),
        &["--no-preflight", "--duration", "20s", "--rate", "100/s"],
    )
    .ends_with(4);
    ran.prints("STOPPED EARLY")
        .prints(REASON)
        .prints("[auth] audience");
    let folder = bench.folder();
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["run"]["state"], "stopped");
    assert_eq!(summary["stopped"]["code"], "first_callouts_failed_alike");
    assert_eq!(summary["stopped"]["reason"], REASON);
    assert!(summary["counts"]["planned"].as_u64() < Some(1_000));
    for file in ["report.html", "summary.md", "junit.xml"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains("Audience doesn"), "{file}: {text}");
    }
}

#[test]
fn the_reason_stands_in_every_report_of_a_run_that_goes_on() {
    let bench = Bench::new();
    let server = FaultServer::answering(REFUSED);
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--no-preflight",
        "--no-early-stop",
    ];
    let url = server.url();
    let more = ["--target", &url, "--duration", "500ms", "--rate", "60/s"];
    let mut command = bench.command(&[&words[..], &more[..]].concat());
    command.env("GITHUB_ACTIONS", "true");
    let ran = finish(command);
    assert!(matches!(ran.status.code(), Some(1 | 8)), "{ran:#?}");
    ran.prints(REASON).says("::error");
    ran.says("401 invalid_token");
    let folder = bench.folder();
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["failures"][0]["message"], REASON);
    assert_eq!(summary["failures"][0]["status"], 401);
    for file in ["report.html", "summary.md", "junit.xml"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains("Audience doesn"), "{file}");
    }
}

// The scenario sets nothing on failures, and its latency is fine.
#[test]
fn a_run_without_a_threshold_on_failures_fails_where_one_in_a_hundred_does() {
    let asked = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let is_good = asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            let refused = "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 0\r\n\r\n";
            let answer = if is_good { CREATED } else { refused };
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"lax\"\n[target]\nurl = \"{}\"\n[[load]]\nkind = \"rate\"\n\
         rate = \"60/s\"\nfor = \"500ms\"\n[thresholds]\n\"latency.p99\" = \"< 60s\"\n",
        server.url()
    );
    let path = bench.write("lax.toml", &text).display().to_string();
    let ran = bench.run(&path, &[]).ends_with_unless_busy(1);
    let summary = ran.summary();
    let thresholds = summary["thresholds"].as_array().unwrap();
    let implied = thresholds
        .iter()
        .find(|one| one["implied"] == true)
        .unwrap();
    assert_eq!(implied["metric"], "failed");
    assert_eq!(implied["passed"], false);
    let ran = bench.run(&path, &["--set", "thresholds.\"failed\"=\"<= 60%\""]);
    ran.ends_with_unless_busy(0);
}

// Whatever the thresholds say.
#[test]
fn a_run_in_which_nothing_succeeds_never_passes() {
    let server = FaultServer::answering(REFUSED);
    let bench = Bench::without_key();
    let path = scenario(&bench, &server.url());
    let ran = bench.run(&path, &["--set", "thresholds.\"failed\"=\"<= 100%\""]);
    ran.ends_with_unless_busy(1);
    let junit = fs::read_to_string(bench.folder().join("junit.xml")).unwrap();
    assert!(junit.contains("<failure"), "{junit}");
}

#[test]
fn a_probe_shows_what_was_sent_and_answered_and_no_secret() {
    let server = FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            let body = format!("{{\"error\":\"bad {}\"}}", request.authorization);
            let answer = format!(
                "HTTP/1.1 401 Unauthorized\r\nServer-Timing: total;dur=1, jwt;dur=0.5\r\n\
                 Set-Cookie: session=canary\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let url = server.url();
    let key = "target.request.headers.X-Api-Key=\"canary-of-a-key\"";
    let ran = bench.call(&["probe", SMOKE, "--target", &url, "--set", key]);
    let ran = ran.ends_with(4);
    ran.prints("status 401")
        .prints("leadbench-callout: probe")
        .prints("\"iss\":")
        .prints("jwt: ")
        .prints("[redacted]");
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
    assert_eq!(crate::secrets::token_in(&ran.stdout), None);
    assert_eq!(server.seen(|seen| seen.leads.len()), 1);
    bench
        .call(&["probe", SMOKE])
        .ends_with(0)
        .prints("status 201");
}

#[test]
fn a_token_endpoint_that_refuses_is_quoted_before_the_load() {
    let body = r#"{"error":"invalid_grant","error_description":"audience is invalid"}"#;
    let desk = FaultServer::answering(format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let server = FaultServer::answering(CREATED);
    let bench = Bench::new();
    let url = format!("auth.exchange.url=\"{}\"", desk.url());
    let ran = run(&bench, &server.url(), &["--set", &url]).ends_with(4);
    ran.says("400 invalid_grant: audience is invalid");
}

// Salesforce's own access tokens have a `!`.
#[test]
fn an_access_token_of_any_visible_ascii_is_sent_as_it_is() {
    let body = r#"{"access_token":"00Dxx!AR8A.x_y#1","token_type":"Bearer"}"#;
    let desk = FaultServer::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let server = FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            assert_eq!(request.authorization, "Bearer 00Dxx!AR8A.x_y#1");
            if !conversation.say(CREATED.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let url = format!("auth.exchange.url=\"{}\"", desk.url());
    let more = [
        "--set",
        &url,
        "--duration",
        "300ms",
        "--rate",
        "20/s",
        "--json",
    ];
    run(&bench, &server.url(), &more).ends_with_unless_busy(0);
}

// CI shows what stands in an annotation, and nothing else was written.
#[test]
fn a_refused_preflight_is_an_annotation() {
    let server = FaultServer::answering(REFUSED);
    let bench = Bench::new();
    let url = server.url();
    let mut command = bench.command(&["run", SMOKE, "--target", &url, "--ui", "none"]);
    command.env("GITHUB_ACTIONS", "true");
    let ran = finish(command).ends_with(4);
    let annotation = ran.stderr.lines().find(|line| line.starts_with("::error"));
    assert!(
        annotation.is_some_and(|line| line.contains(REASON)),
        "{ran:#?}"
    );
}

// Nodes of a pool refuse each in its own way.
#[test]
fn a_run_in_which_nothing_succeeds_is_stopped_although_the_refusals_differ() {
    let asked = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let is_even = asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            let status = if is_even {
                "400 Bad Request"
            } else {
                "422 Unprocessable"
            };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let long = [
        "--no-preflight",
        "--duration",
        "60s",
        "--rate",
        "50/s",
        "--json",
    ];
    let ran = run(&bench, &server.url(), &long).ends_with(4);
    let summary = ran.summary();
    assert_eq!(summary["stopped"]["code"], "first_callouts_failed");
    assert!(number(&summary["run"]["duration_ns"]) < 30_000_000_000);
}
