//! Where connections go: one node behind a pool's name, and a target that is not ready yet.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::closed_port::ClosedPort;
use crate::fault_server::FaultServer;
use crate::faults::CREATED;
use crate::support::{Bench, assert_adds_up};

const LOAD: &str = "[[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"300ms\"\n";

fn scenario(bench: &Bench, target: &str) -> String {
    let text = format!("schema = 1\nname = \"places\"\n[target]\n{target}\n{LOAD}");
    bench.write("places.toml", &text).display().to_string()
}

fn port_of(server: &FaultServer) -> String {
    let url = server.url();
    let authority = url.strip_prefix("http://").unwrap();
    let (_, port) = authority.split_once(':').unwrap();
    port.split('/').next().unwrap().to_owned()
}

// No name server knows the pool's name.
#[test]
fn one_node_is_connected_to_under_the_name_of_its_pool() {
    let server = FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            let head = String::from_utf8_lossy(&request.bytes).to_ascii_lowercase();
            assert!(head.contains("host: pool.invalid\r\n"), "{head}");
            if !conversation.say(CREATED.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::without_key();
    let target = format!(
        "url = \"http://pool.invalid/leads\"\nallowed_hosts = [\"pool.invalid\"]\n\
         connect_to = \"127.0.0.1:{}\"",
        port_of(&server)
    );
    let path = scenario(&bench, &target);
    let ran = bench.run(&path, &[]).ends_with_unless_busy(0);
    assert_adds_up(&ran.summary());
    assert!(server.seen(|seen| !seen.leads.is_empty()));
}

#[test]
fn the_guard_asks_for_both_names() {
    let bench = Bench::without_key();
    for (target, refused) in [
        (
            "url = \"http://pool.invalid/\"\nconnect_to = \"127.0.0.1:9\"",
            "pool.invalid",
        ),
        (
            "url = \"http://pool.invalid/\"\nallowed_hosts = [\"pool.invalid\"]\nconnect_to = \"node-3.invalid\"",
            "node-3.invalid",
        ),
    ] {
        let path = scenario(&bench, target);
        let ran = bench.run(&path, &[]).ends_with(5);
        ran.says(&format!("{refused} is not among the allowed hosts"));
    }
}

#[test]
fn a_target_is_waited_for_until_it_says_that_it_is_ready() {
    let asked = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        while let Some(head) = conversation.head() {
            let answer = if head.starts_with("GET /health ") {
                let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
                let starting =
                    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\n\r\nstarting";
                if is_first {
                    starting
                } else {
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                }
            } else {
                CREATED
            };
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::without_key();
    let target = format!("url = \"{}\"\nready = \"/health\"", server.url());
    let path = scenario(&bench, &target);
    bench
        .run(&path, &[])
        .ends_with(4)
        .says("is not ready: /health answers 503 starting")
        .says("--wait-for");
    // The next question finds it ready.
    bench
        .run(&path, &["--wait-for", "30s"])
        .ends_with_unless_busy(0);
}

#[test]
fn a_target_that_does_not_say_whether_it_is_ready_is_told() {
    // It reads the question and closes.
    let server = FaultServer::start(|conversation| {
        conversation.head();
    });
    let bench = Bench::without_key();
    let target = format!("url = \"{}\"\nready = \"/health\"", server.url());
    bench
        .run(&scenario(&bench, &target), &[])
        .ends_with(4)
        .says("is not ready: /health did not answer: ");
}

// What a proxy says whose API has not started yet.
#[test]
fn an_answer_of_a_proxy_without_its_api_is_waited_for_too() {
    let asked = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let is_early = asked.fetch_add(1, Ordering::SeqCst) < 4;
            let starting = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
            let answer = if is_early { starting } else { CREATED };
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::without_key();
    let path = scenario(&bench, &format!("url = \"{}\"", server.url()));
    let words = ["run", &path, "--ui", "none", "--json", "--wait-for", "30s"];
    let ran = bench.call(&words).ends_with_unless_busy(0);
    ran.says("waiting for").says("502 Bad Gateway");
    assert_eq!(ran.summary()["preflight"]["callouts"], 5);
}

#[test]
fn where_no_node_answers_both_names_are_told() {
    let bench = Bench::without_key();
    let closed = ClosedPort::new();
    let place = closed.address();
    let target = format!(
        "url = \"http://pool.invalid/leads\"\nallowed_hosts = [\"pool.invalid\"]\nconnect_to = \"{place}\""
    );
    let path = scenario(&bench, &target);
    bench
        .run(&path, &[])
        .ends_with(4)
        .says("pool.invalid")
        .says("connect_to 127.0.0.1");
}
