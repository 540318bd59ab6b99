//! What a callout looks like on the wire, to the byte, and when it is sent again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, assert_adds_up, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

/// One load of a few callouts, one after the other.
fn scenario(bench: &Bench, url: &str, target: &str, auth: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"wire\"\n[target]\nurl = \"{url}\"\n{target}\n[auth]\n{auth}\n\
         [[load]]\nkind = \"iterations\"\nusers = 1\niterations = 6\n"
    );
    let path = bench.write("wire.toml", &text);
    path.to_str().unwrap().to_owned()
}

const SIGNED: &str = "source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
                      subject = \"s\"\naudience = \"a\"\nsigning = \"jit\"\n";

/// The requests that a target got, each as the bytes that came.
#[track_caller]
fn requests(target: &str, auth: &str) -> (Vec<Vec<u8>>, String) {
    let bench = Bench::new();
    let got = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let server = FaultServer::start({
        let got = Arc::clone(&got);
        move |conversation| {
            while let Some(request) = conversation.request() {
                got.lock().unwrap().push(request.bytes);
                if !conversation.say(CREATED) {
                    return;
                }
            }
        }
    });
    let scenario = scenario(&bench, &server.url(), target, auth);
    bench.run(&scenario, &[]).ends_with_unless_busy(0);
    let got = got.lock().unwrap().clone();
    assert_eq!(got.len(), 6);
    let host = server.url();
    let host = host.strip_prefix("http://").unwrap();
    (got, host.strip_suffix("/leads").unwrap().to_owned())
}

/// The head of a request with its token replaced, and its body.
fn parts(request: &[u8]) -> (String, Vec<u8>) {
    let end = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    let head = String::from_utf8(request[..end].to_vec()).unwrap();
    let head: Vec<_> = head
        .split("\r\n")
        .map(|line| match line.strip_prefix("Authorization: Bearer ") {
            Some(token) => {
                assert_eq!(token.split('.').count(), 3);
                "Authorization: Bearer <token>"
            }
            None => line,
        })
        .collect();
    (head.join("\r\n"), request[end..].to_vec())
}

// The header fields and values of published captures; names in the case they had there.
#[test]
fn a_request_has_the_bytes_of_a_callout() {
    let (requests, host) = requests("", SIGNED);
    for request in requests {
        let (head, body) = parts(&request);
        let length = body.len();
        assert_eq!(
            head,
            format!(
                "POST /leads HTTP/1.1\r\n\
                 Host: {host}\r\n\
                 SFDC_STACK_DEPTH: 1\r\n\
                 Authorization: Bearer <token>\r\n\
                 Content-Type: application/json\r\n\
                 User-Agent: SFDC-Callout/65.0\r\n\
                 Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n\
                 Cache-Control: no-cache\r\n\
                 Pragma: no-cache\r\n\
                 Content-Length: {length}\r\n\r\n"
            )
        );
        assert!(body.starts_with(b"{\"attributes\":{\"type\":\"Lead\""));
    }
}

#[test]
fn code_may_forget_the_content_type_and_set_fields_of_its_own() {
    let (requests, _) = requests(
        "request = { content_type = \"application/x-www-form-urlencoded\", release = \"58.0\", \
         headers = { Accept = \"application/json\", X-Api-Key = \"k\" } }",
        "source = \"none\"",
    );
    let (head, _) = parts(&requests[0]);
    for line in [
        "Content-Type: application/x-www-form-urlencoded",
        "User-Agent: SFDC-Callout/58.0",
        "Accept: application/json",
        "X-Api-Key: k",
    ] {
        let count = head.lines().filter(|found| *found == line).count();
        assert_eq!(count, 1, "{line}: {head}");
    }
    assert!(!head.contains("Authorization"));
    assert_eq!(head.matches("Accept:").count(), 1, "{head}");
}

#[test]
fn the_connection_field_is_written_where_that_is_asked_for() {
    for (target, line) in [
        ("request = { connection = \"keep-alive\" }", "keep-alive"),
        (
            "connections = { lifetime = \"per-callout\" }\nrequest = { connection = \"close\" }",
            "close",
        ),
    ] {
        for request in requests(target, "source = \"none\"").0 {
            let (head, _) = parts(&request);
            let fields: Vec<_> = head
                .lines()
                .filter_map(|found| found.strip_prefix("Connection: "))
                .collect();
            assert_eq!(fields, [line], "{head}");
        }
    }
}

// A field of one's own may be a key of the target's, which nothing shows.
#[test]
fn a_dry_run_shows_no_value_of_a_field_of_ones_own() {
    let bench = Bench::new();
    let headers = "request = { headers = { X-Api-Key = \"canary-of-a-key\" } }";
    let scenario = scenario(&bench, "http://127.0.0.1:1/leads", headers, SIGNED);
    let ran = bench.call(&["run", &scenario, "--dry-run"]).ends_with(0);
    ran.prints("x-api-key: <as in the scenario>");
    assert!(!ran.stdout.contains("canary-of-a-key"));
}

/// The lead and the `Authorization` of each request, in the order of arrival.
type Got = Vec<(String, String)>;

/// A target that closes every second connection's first request unanswered.
fn dropping() -> (FaultServer, Arc<Mutex<Got>>) {
    let got = Arc::<Mutex<Got>>::default();
    let turn = AtomicUsize::new(0);
    let server = FaultServer::start({
        let got = Arc::clone(&got);
        move |conversation| {
            while let Some(request) = conversation.request() {
                got.lock()
                    .unwrap()
                    .push((request.lead, request.authorization));
                if turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                    conversation.close();
                    return;
                }
                conversation.say(CREATED);
            }
        }
    });
    (server, got)
}

#[track_caller]
fn dropped(target: &str, code: i32) -> (Ran, Got) {
    let bench = Bench::new();
    let (server, got) = dropping();
    let scenario = scenario(&bench, &server.url(), target, SIGNED);
    let ran = bench.run(&scenario, &[]).ends_with_unless_busy(code);
    assert_adds_up(&ran.summary());
    let got = got.lock().unwrap().clone();
    (ran, got)
}

// What the JDK does behind the code's back: the same lead with the same token.
#[test]
fn a_post_that_was_dropped_is_sent_again_as_it_was_where_asked_for() {
    let (ran, got) = dropped("request = { resend_dropped = true }", 0);
    let summary = ran.summary();
    assert_eq!(summary["counts"]["ok"], 6, "{:#}", summary["outcomes"]);
    assert_eq!(summary["counts"]["resent"], 6);
    assert_eq!(summary["counts"]["retried"], 0);
    assert_eq!(summary["rates"]["amplification"], 2.0);
    assert_eq!(number(&summary["phases"]["retry"]["count"]), 6);
    assert_eq!(got.len(), 12);
    assert!(got.chunks(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_post_that_was_dropped_is_not_sent_again_by_default() {
    let (ran, got) = dropped("", 1);
    let summary = ran.summary();
    assert_eq!(summary["outcomes"], json!({ "ok": 3, "closed": 3 }));
    assert_eq!(summary["counts"]["resent"], 0);
    assert_eq!(summary["rates"]["amplification"], 1.0);
    assert_eq!(got.len(), 6);
}

// An External Credential may name more statuses than 401.
#[test]
fn other_statuses_may_ask_for_a_fresh_token() {
    let answers = |status: &'static str| {
        let turn = AtomicUsize::new(0);
        FaultServer::start(move |conversation| {
            while conversation.request().is_some() {
                let is_first = turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
                let status = if is_first { status } else { "201 Created" };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                if !conversation.say(answer.as_bytes()) {
                    return;
                }
            }
        })
    };
    let credential =
        "source = \"external-credential\"\nkey = \"lead_signing\"\nsigning = \"jit\"\n";
    for (status, refresh_on, retried) in [
        ("403 Forbidden", "refresh_on = [403, 700]", 6),
        ("700 Odd", "refresh_on = [403, 700]", 6),
        ("403 Forbidden", "", 0),
        ("401 Unauthorized", "refresh_on = [403]", 6),
        (
            "401 Unauthorized",
            "refresh_on = [403]\nretry_on_401 = false",
            0,
        ),
    ] {
        let bench = Bench::new();
        let server = answers(status);
        let auth = format!("{credential}{refresh_on}");
        let scenario = scenario(&bench, &server.url(), "", &auth);
        let summary = bench.run(&scenario, &[]).ends_by_its_failures().summary();
        assert_adds_up(&summary);
        assert_eq!(
            summary["counts"]["retried"], retried,
            "{status} {refresh_on}"
        );
        let ok = if retried == 6 { 6 } else { 3 };
        assert_eq!(summary["counts"]["ok"], ok, "{status} {refresh_on}");
    }
}
