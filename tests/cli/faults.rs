//! Targets that misbehave: each run ends in time, with reports, and names what it met.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::closed_port::ClosedPort;
use crate::fault_server::{Conversation, FaultServer, refusing_after_preflight};
use crate::support::{
    Bench, LOAD_ALONE, Ran, assert_adds_up, assert_complete, assert_reason, finish, number,
};

/// A callout's deadline here.
const DEADLINE: Duration = Duration::from_millis(300);

/// A second of load plus the deadline, with room for a machine that does other things.
const BOUND: Duration = Duration::from_secs(8);

pub(crate) const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

pub(crate) fn scenario(bench: &Bench, url: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"faults\"\n\
         [target]\nurl = \"{url}\"\ntimeout = \"{}ms\"\n\
         [auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n\
         [thresholds]\n\"failed\" = \"< 1%\"\n",
        DEADLINE.as_millis()
    );
    bench
        .write("faults.toml", &text)
        .to_str()
        .unwrap()
        .to_owned()
}

/// Runs against a target; asserts what holds whatever the target does.
#[track_caller]
pub(crate) fn meet(url: &str, code: i32) -> (Ran, Value) {
    let bench = Bench::without_key();
    let ran = bench
        .run(&scenario(&bench, url), &[])
        .ends_with_unless_busy(code);
    assert!(ran.took < BOUND, "{ran:#?}");
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert!(
        number(&summary["counts"]["completed"]) >= 19,
        "{}",
        summary["counts"]
    );
    let folder = bench.folder();
    assert_complete(&folder);
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("</html>"));
    (ran, summary)
}

/// Asserts that every callout failed, all with this outcome.
#[track_caller]
pub(crate) fn check(url: &str, outcome: &str) -> Value {
    let (_, summary) = meet(url, 1);
    assert_eq!(summary["counts"]["ok"], 0, "{}", summary["outcomes"]);
    assert_eq!(
        summary["outcomes"][outcome], summary["counts"]["completed"],
        "{} {}",
        summary["outcomes"], summary["failures"]
    );
    assert!(
        summary["phases"].as_object().unwrap().is_empty(),
        "{}",
        summary["phases"]
    );
    summary
}

/// Asserts that every callout was answered with success.
#[track_caller]
pub(crate) fn check_ok(url: &str) -> Value {
    let (_, summary) = meet(url, 0);
    assert_eq!(
        summary["counts"]["ok"], summary["counts"]["completed"],
        "{} {}",
        summary["outcomes"], summary["failures"]
    );
    summary
}

/// Asserts that a server got each lead of a run once.
#[track_caller]
pub(crate) fn assert_each_lead_once(server: &FaultServer, summary: &Value) {
    let mut leads = server.seen(|seen| seen.leads.clone());
    let all = leads.len();
    leads.sort();
    leads.dedup();
    assert_eq!(leads.len(), all, "a lead was sent twice");
    assert_eq!(
        u64::try_from(all).unwrap(),
        number(&summary["counts"]["started"])
    );
}

pub(crate) fn answers(server: &FaultServer, outcome: &str) {
    let summary = check(&server.url(), outcome);
    assert_each_lead_once(server, &summary);
}

#[test]
fn a_target_that_is_down_is_told_before_anything_is_made() {
    let bench = Bench::without_key();
    let closed = ClosedPort::new();
    let ran = bench
        .run(&scenario(&bench, &closed.url()), &[])
        .ends_with(4);
    ran.says("cannot be reached").says("hint: start it first");
    assert!(!bench.path("reports").exists());
    assert!(ran.took < BOUND);
}

#[test]
fn a_target_that_goes_down_after_preflight_is_refused() {
    check(&refusing_after_preflight().url(), "refused");
}

#[test]
fn a_connection_that_is_reset_is_counted_as_reset() {
    let server = FaultServer::start(Conversation::leave_unread);
    check(&server.url(), "reset");
}

#[test]
fn a_close_instead_of_an_answer_is_closed_and_no_lead_is_sent_again() {
    let server = FaultServer::start(|conversation| drop(conversation.request()));
    answers(&server, "closed");
}

// A silent target holds a connection for each callout; with room for two dozen files the
// rest fail here, not there. The reports need files too, and are written all the same.
#[test]
fn running_out_of_files_is_ours_and_makes_the_run_invalid() {
    let bench = Bench::without_key();
    let server = FaultServer::start(Conversation::keep_silent);
    let path = scenario(&bench, &server.url());
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 24; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_leadbench"))
        .args(["run", &path, "--json", "--ui", "none"])
        .args(LOAD_ALONE)
        .args(["--rate", "60/s", "--set", "target.timeout=2s"])
        .current_dir(bench.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ran = finish(command).ends_with(8);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert!(
        number(&summary["outcomes"]["local_files"]) > 0,
        "{}",
        summary["outcomes"]
    );
    assert_reason(&summary, "file_descriptors_exhausted");
    assert_complete(&bench.folder());
}

#[test]
fn what_is_not_http_is_a_protocol_error() {
    answers(
        &FaultServer::answering_once("SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        "protocol",
    );
}

#[test]
fn bytes_that_are_no_text_are_a_protocol_error() {
    let noise: Vec<u8> = (0..4096_u32)
        .map(|n| u8::try_from(n * 7 % 251).unwrap() | 0x80)
        .collect();
    answers(&FaultServer::answering_once(noise), "protocol");
}

#[test]
fn a_head_cut_in_two_is_closed() {
    answers(
        &FaultServer::answering_once("HTTP/1.1 201 Created\r\nContent-Le"),
        "closed",
    );
}

#[test]
fn a_body_shorter_than_announced_is_closed() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{}";
    let server = FaultServer::answering_once(answer);
    let summary = check(&server.url(), "closed");
    assert_eq!(summary["statuses"]["201"], summary["counts"]["completed"]);
}

#[test]
fn a_length_that_is_no_number_is_a_protocol_error() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: many\r\n\r\n{}";
    answers(&FaultServer::answering_once(answer), "protocol");
}

#[test]
fn a_chunk_whose_size_is_no_number_is_a_protocol_error() {
    let answer = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n";
    answers(&FaultServer::answering_once(answer), "protocol");
}

#[test]
fn a_chunk_larger_than_any_number_is_a_protocol_error() {
    let answer = format!(
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n{{}}\r\n",
        "f".repeat(40)
    );
    answers(&FaultServer::answering_once(answer), "protocol");
}

#[test]
fn a_target_that_never_answers_times_out() {
    let server = FaultServer::start(Conversation::keep_silent);
    let summary = check(&server.url(), "timeout");
    assert_eq!(summary["counts"]["late"], 0);
    let latency = number(&summary["failed_phases"]["latency"]["min_ns"]);
    assert!(
        u128::from(latency) >= DEADLINE.as_nanos() * 99 / 100,
        "{latency}"
    );
}

// The answer comes 150 ms after its caller gave up; the server's pause is the fault itself.
#[test]
fn an_answer_after_the_deadline_is_a_timeout_and_counted_as_late() {
    let server = FaultServer::start(|conversation| {
        while conversation.request().is_some() {
            std::thread::sleep(DEADLINE + Duration::from_millis(150));
            conversation.say(CREATED.as_bytes());
        }
    });
    let summary = check(&server.url(), "timeout");
    assert!(
        number(&summary["counts"]["late"]) > 0,
        "{}",
        summary["counts"]
    );
    assert_each_lead_once(&server, &summary);
}

// One byte every 50 ms: no single read takes long, so only a deadline on the whole ends it.
#[test]
fn a_body_that_drips_past_the_deadline_times_out() {
    let server = FaultServer::start(|conversation| {
        if conversation.request().is_some() {
            conversation.say(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n");
            while conversation.say(b" ") {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    answers(&server, "timeout");
}

#[test]
fn a_body_over_a_mebibyte_is_too_large() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 2_000_000, b'x');
    let summary = check(&FaultServer::answering_once(answer).url(), "too_large");
    assert_eq!(summary["statuses"]["200"], summary["counts"]["completed"]);
}

#[test]
fn a_body_that_never_ends_is_too_large() {
    let server = FaultServer::start(|conversation| {
        if conversation.request().is_some() {
            conversation.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).into_bytes();
            while conversation.say(&chunk) {}
        }
    });
    answers(&server, "too_large");
}

#[test]
fn a_header_bomb_is_too_large() {
    let headers: Vec<_> = (0..20_000)
        .map(|number| format!("X-Bomb-{number}: {}\r\n", "b".repeat(40)))
        .collect();
    let answer = format!("HTTP/1.1 200 OK\r\n{}\r\n", headers.concat());
    answers(&FaultServer::answering_once(answer), "too_large");
}

#[test]
fn one_endless_header_is_too_large() {
    let answer = format!("HTTP/1.1 200 OK\r\nX-Long: {}", "l".repeat(2_000_000));
    answers(&FaultServer::answering_once(answer), "too_large");
}

// 2^64 - 1: the head is short, and is not said to be long.
#[test]
fn a_content_length_that_no_body_can_have_is_told() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: 18446744073709551615\r\n\r\n{}";
    let summary = check(&FaultServer::answering_once(answer).url(), "too_large");
    let message = summary["failures"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("an impossible Content-Length"),
        "{message}"
    );
}

#[test]
fn a_500_is_a_server_error() {
    let answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops";
    answers(&FaultServer::answering(answer), "server_error");
}

#[test]
fn throttling_is_told_apart_and_said_of_the_measurement() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::answering(answer);
    let summary = check(&server.url(), "too_many_requests");
    assert_each_lead_once(&server, &summary);
    assert_reason(&summary, "rate_limited");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FaultServer::answering(CREATED);
    let answer = format!(
        "HTTP/1.1 301 Moved Permanently\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url()
    );
    answers(&FaultServer::answering(answer), "unexpected_status");
    assert_eq!(elsewhere.seen(|seen| seen.connections), 0);
}

#[test]
fn a_switch_of_protocols_is_no_success() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n";
    let server = FaultServer::answering_once(answer);
    let (_, summary) = meet(&server.url(), 1);
    assert_eq!(summary["counts"]["ok"], 0, "{}", summary["outcomes"]);
}

#[test]
fn a_204_has_no_body_to_wait_for() {
    let server = FaultServer::answering("HTTP/1.1 204 No Content\r\n\r\n");
    let summary = check_ok(&server.url());
    assert_each_lead_once(&server, &summary);
}

#[test]
fn a_chunked_answer_is_read_to_its_end() {
    let server = FaultServer::answering(
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    );
    let summary = check_ok(&server.url());
    assert_each_lead_once(&server, &summary);
}

#[test]
fn interim_answers_are_passed_over() {
    let server = FaultServer::answering(format!(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n{CREATED}"
    ));
    let summary = check_ok(&server.url());
    assert_eq!(summary["statuses"]["201"], summary["counts"]["completed"]);
}

#[test]
fn an_answer_that_closes_makes_each_callout_connect() {
    let server = FaultServer::answering_once(
        "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    );
    let summary = check_ok(&server.url());
    assert_each_lead_once(&server, &summary);
    let completed = number(&summary["counts"]["completed"]);
    assert_eq!(number(&summary["phases"]["connect"]["count"]), completed);
    // And one for the preflight.
    let connections = server.seen(|seen| seen.connections);
    assert_eq!(u64::try_from(connections).unwrap(), completed + 1);
}

// The server keeps the connection by its words and closes it by its deeds. The close comes
// while the connection is idle, so it is seen before the next lead is written.
#[test]
fn a_connection_closed_while_idle_costs_no_lead_and_doubles_none() {
    let server = FaultServer::answering_once(CREATED);
    let summary = check_ok(&server.url());
    assert_each_lead_once(&server, &summary);
}

// Every second request on a connection is swallowed by a close: its bytes have left, so it
// may have been taken, so it is a failure and must not be repeated.
#[test]
fn a_lead_that_has_left_is_never_sent_again() {
    let server = FaultServer::start(|conversation| {
        if conversation.request().is_some() {
            conversation.say(CREATED.as_bytes());
            drop(conversation.request());
        }
    });
    let (_, summary) = meet(&server.url(), 1);
    assert_each_lead_once(&server, &summary);
    let outcomes = &summary["outcomes"];
    assert_eq!(
        number(&outcomes["ok"]) + number(&outcomes["closed"]),
        number(&summary["counts"]["completed"]),
        "{outcomes}"
    );
}

#[test]
fn one_fault_among_good_answers_is_one_failure() {
    let first = AtomicBool::new(true);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            if first.swap(false, Ordering::SeqCst) {
                return;
            }
            conversation.say(CREATED.as_bytes());
        }
    });
    let (_, summary) = meet(&server.url(), 1);
    assert_eq!(summary["counts"]["failed"], 1, "{}", summary["outcomes"]);
    assert_eq!(summary["outcomes"]["closed"], 1);
    assert_eq!(summary["failures"][0]["count"], 1);
    assert_each_lead_once(&server, &summary);
}

// The arrivals do not wait for the target to come back, and those after its return succeed.
#[test]
fn a_target_that_recovers_is_answered_again() {
    let connections = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        // The first is the preflight's.
        if connections.fetch_add(1, Ordering::SeqCst) <= 8 {
            conversation.leave_unread();
            return;
        }
        while conversation.request().is_some() && conversation.say(CREATED.as_bytes()) {}
    });
    let (_, summary) = meet(&server.url(), 1);
    assert_eq!(summary["outcomes"]["reset"], 8, "{}", summary["outcomes"]);
    assert_eq!(summary["counts"]["completed"], 20);
    assert_eq!(summary["counts"]["ok"], 12);
}

// A hostile target cannot inject markup or terminal sequences through what it answers.
#[test]
fn what_a_target_says_does_not_reach_the_terminal_raw() {
    let server = FaultServer::answering_once("\x1b[2J<script>alert(1)</script>\r\n\r\n");
    let bench = Bench::without_key();
    let path = scenario(&bench, &server.url());
    let words = ["run", &path, "--ui", "none"];
    let ran = bench.call(&[&words, &LOAD_ALONE[..]].concat());
    assert!(matches!(ran.status.code(), Some(1 | 8)), "{ran:#?}");
    assert!(!ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'));
    let page = fs::read_to_string(bench.folder().join("report.html")).unwrap();
    assert!(!page.contains("<script>alert"));
}

#[test]
fn a_host_that_is_not_allowed_is_refused_before_its_name_is_resolved() {
    let bench = Bench::without_key();
    let url = "https://staging.example.com/leads";
    let ran = bench.run(&scenario(&bench, url), &[]).ends_with(5);
    ran.says("staging.example.com is not among the allowed hosts")
        .says("--allow staging.example.com");
    assert!(!bench.path("reports").exists());
}

// A name in .invalid never resolves (RFC 6761), so an allowed one shows that the guard let
// it through while nothing leaves for anywhere.
#[test]
fn an_allowed_host_passes_the_guard() {
    let bench = Bench::without_key();
    let path = scenario(&bench, "http://staging.invalid/leads");
    bench.run(&path, &[]).ends_with(5);
    let ran = bench
        .run(&path, &["--allow", "staging.invalid"])
        .ends_with(4);
    ran.says("could not resolve staging.invalid");
    let ran = bench.run(&path, &["--allow", "staging.invalid", "--dry-run"]);
    ran.ends_with(0).prints("host: staging.invalid");
}

// Credentials and the like in front of a host name must not smuggle another one past.
#[test]
fn an_address_in_disguise_is_not_loopback() {
    let bench = Bench::without_key();
    for url in [
        "http://127.0.0.1.example.com/leads",
        "http://localhost.example.com/leads",
        "http://0.0.0.0:1/leads",
        "http://[::ffff:203.0.113.1]/leads",
    ] {
        let ran = bench.run(&scenario(&bench, url), &[]);
        assert!(matches!(ran.status.code(), Some(3 | 5)), "{url}: {ran:#?}");
        assert!(!bench.path("reports").exists());
    }
    let smuggled = bench.run(&scenario(&bench, "http://127.0.0.1@example.com/leads"), &[]);
    assert!(
        matches!(smuggled.status.code(), Some(3 | 5)),
        "{smuggled:#?}"
    );
}
