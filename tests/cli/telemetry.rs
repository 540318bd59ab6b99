//! `run --otlp`: metrics for a collector, whatever the collector does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::closed_port::ClosedPort;
use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, SMOKE, finish};

const TAKEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A short run that sends metrics to a collector, with these header fields in the environment.
fn run_with(bench: &Bench, url: &str, headers: &str) -> Ran {
    let base = url.trim_end_matches("/leads");
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--json",
        "--duration",
        "1s",
        "--otlp",
        base,
    ];
    let mut command = bench.command(&words);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", headers);
    finish(command)
}

#[test]
fn the_last_metrics_are_sent_after_a_short_run() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    let collector = FaultServer::start(move |conversation| {
        while let Some(request) = conversation.request() {
            kept.lock().unwrap().push(request);
            conversation.say(TAKEN.as_bytes());
        }
    });
    let bench = Bench::new();
    let ran = run_with(
        &bench,
        &collector.url(),
        "Authorization=Bearer%20canary-collector,x-team=leads",
    );
    let ran = ran.ends_with_unless_busy(0);
    let requests = requests.lock().unwrap();
    let last = requests.last().unwrap();
    assert_eq!(last.authorization, "Bearer canary-collector");
    let text = String::from_utf8_lossy(&last.bytes);
    assert!(text.starts_with("POST /v1/metrics HTTP/1.1\r\n"), "{text}");
    let head = text.to_lowercase();
    assert!(
        head.contains("content-type: application/x-protobuf\r\n"),
        "{text}"
    );
    assert!(head.contains("x-team: leads\r\n"), "{text}");
    for name in [
        "service.name",
        "leadbench_phase",
        "leadbench.run",
        "smoke",
        "finished",
    ] {
        assert!(text.contains(name), "{name} {text}");
    }
    let said = ran.stdout.clone() + &ran.stderr;
    assert!(!said.contains("canary-collector"), "{said}");
}

#[test]
fn a_collector_that_is_not_there_changes_nothing_else() {
    let bench = Bench::new();
    let ran = run_with(&bench, &ClosedPort::new().url(), "");
    let ran = ran.ends_with_unless_busy(0);
    ran.says("warning: the last metrics are missing");
    assert_eq!(ran.summary()["run"]["state"], "finished");
}

#[test]
fn the_last_metrics_are_sent_again_while_the_collector_is_busy() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let collector = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
            let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            conversation.say(if is_first { busy } else { TAKEN }.as_bytes());
        }
    });
    let ran = run_with(&Bench::new(), &collector.url(), "").ends_with_unless_busy(0);
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

#[test]
fn a_refusal_is_told_without_the_secret_that_it_repeats() {
    // 1: partial_success { 1: 3 rejected points, 2: the message }.
    let why = "no \u{1b}[31m room for canary-collector";
    let mut partial = vec![0x08, 3, 0x12, u8::try_from(why.len()).unwrap()];
    partial.extend(why.bytes());
    let mut body = vec![0x0a, u8::try_from(partial.len()).unwrap()];
    body.extend(partial);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [head.as_bytes(), &body].concat();
    let collector = FaultServer::answering(answer);
    let ran = run_with(&Bench::new(), &collector.url(), "api-key=canary-collector");
    let ran = ran.ends_with_unless_busy(0);
    ran.says("rejected 3 data points: no ");
    assert!(!ran.stderr.contains("canary-collector"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    let refused = FaultServer::answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let ran = run_with(&Bench::new(), &refused.url(), "").ends_with_unless_busy(0);
    ran.says("answered metrics with status 400");
}

#[test]
fn damaged_header_fields_are_refused_and_not_quoted() {
    let bench = Bench::new();
    for damaged in [
        "canary-collector",
        "host=canary-collector",
        "a=%zz,b=canary-collector",
    ] {
        let ran = run_with(&bench, "http://127.0.0.1:9", damaged).ends_with(4);
        ran.says("OTEL_EXPORTER_OTLP_HEADERS is not a list of header fields");
        assert!(!ran.stderr.contains("canary-collector"), "{}", ran.stderr);
    }
    let words = [
        "run",
        SMOKE,
        "--otlp",
        "http://user:canary-collector@127.0.0.1:9",
    ];
    let ran = bench.call(&words).ends_with(2);
    ran.says("may contain a secret");
    assert!(!ran.stderr.contains("canary-collector"), "{}", ran.stderr);
}
