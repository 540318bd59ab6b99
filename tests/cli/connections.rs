//! How connections are opened, kept and shared.

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, SMOKE, assert_adds_up, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

const ARRIVALS: &str = "kind = \"rate\"\nrate = \"100/s\"\narrivals = \"uniform\"\nfor = \"400ms\"";
const USERS: &str = "kind = \"users\"\nusers = 30\nthink = \"500ms\"\nfor = \"1s\"";

/// Runs a load against a target, over connections of which something is said.
#[track_caller]
fn run(url: &str, connections: &str, load: &str) -> Ran {
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"connections\"\n[target]\nurl = \"{url}\"\ntimeout = \"5s\"\n\
         connections = {{ {connections} }}\n[auth]\nsource = \"none\"\n[[load]]\n{load}\n"
    );
    let scenario = bench.write("connections.toml", &text);
    bench.run(scenario.to_str().unwrap(), &[])
}

#[track_caller]
fn summary(url: &str, connections: &str, load: &str) -> Value {
    let summary = run(url, connections, load)
        .ends_with_unless_busy(0)
        .summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{}", summary["failures"]);
    summary
}

/// Callouts that paid for a connection, and all of them.
fn opened(summary: &Value) -> (u64, u64) {
    (
        number(&summary["phases"]["connect"]["count"]),
        number(&summary["counts"]["ok"]),
    )
}

#[test]
fn each_callout_or_each_transaction_may_open_its_own() {
    for lifetime in ["per-callout", "per-transaction"] {
        let words = format!("lifetime = \"{lifetime}\"");
        let summary = summary("embedded", &words, ARRIVALS);
        let (opened, ok) = opened(&summary);
        assert_eq!(opened, ok, "{lifetime}");
    }
}

#[test]
fn users_who_share_need_fewer_than_users_who_do_not() {
    let connections = |words| {
        let server = FaultServer::answering(CREATED);
        summary(&server.url(), words, USERS);
        server.seen(|seen| seen.connections)
    };
    // One more, for the preflight.
    assert_eq!(connections("pool = \"user\""), 31);
    let shared = connections("pool = \"shared\"");
    assert!(shared < 25, "{shared}");
}

#[test]
fn http2_is_measured_from_start_to_head_to_end() {
    let summary = summary("embedded", "http = \"2\"", ARRIVALS);
    assert!(summary["phases"]["send"].is_null(), "not told apart");
    for phase in ["wait", "receive", "network", "server"] {
        assert_eq!(
            summary["phases"][phase]["count"], summary["counts"]["ok"],
            "{phase}"
        );
    }
    assert_eq!(summary["run"]["connections"], "HTTP/2, kept alive");
}

#[test]
fn http2_callouts_share_one_connection() {
    for load in [ARRIVALS, USERS] {
        let words = "http = \"2\", pool = \"shared\"";
        let summary = summary("embedded", words, load);
        // Who waits for another's opening has paid for it as well.
        let (opened, ok) = opened(&summary);
        assert!((1..ok / 2).contains(&opened), "{opened} of {ok}");
    }
}

#[test]
fn http2_to_a_target_that_speaks_http1_fails_and_says_so() {
    let server = FaultServer::start(|conversation| {
        conversation.leave_unread();
        conversation.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        conversation.keep_silent();
    });
    let summary = run(&server.url(), "http = \"2\"", ARRIVALS)
        .ends_with_unless_busy(1)
        .summary();
    assert_eq!(summary["counts"]["ok"], 0);
    assert_eq!(
        summary["outcomes"]["protocol"], summary["counts"]["completed"],
        "{}",
        summary["failures"]
    );
}

#[test]
fn what_is_said_of_connections_must_make_sense() {
    let words = "pool = \"shared\", lifetime = \"per-callout\", tls = \"1.2\", http = \"3\"";
    let ran = run("http://127.0.0.1:9/", words, ARRIVALS).ends_with(3);
    for part in [
        "only connections that are kept can be shared",
        "`tls` requires a target whose url is https",
        "`http`: \"3\" is unknown",
    ] {
        assert!(ran.stderr.contains(part), "{part} in\n{}", ran.stderr);
    }
}

#[test]
fn more_users_than_files_may_be_open_are_refused_before_the_load() {
    let bench = Bench::without_key();
    let load = USERS.replace("30", "600");
    let text = format!(
        "schema = 1\nname = \"many\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"none\"\n[[load]]\n{load}\n"
    );
    let scenario = bench.write("many.toml", &text);
    let ran = bench
        .run_with_files(1_024, scenario.to_str().unwrap())
        .ends_with(4);
    for part in ["600 virtual users need 1328 open files", "ulimit -n 1328"] {
        assert!(ran.stderr.contains(part), "{part} in\n{}", ran.stderr);
    }
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_run_that_could_not_begin_for_lack_of_files_is_refused() {
    for files in [16, 20, 23] {
        let bench = Bench::without_key();
        bench
            .run_with_files(files, SMOKE)
            .ends_with(4)
            .says("a run needs at least 24 open files")
            .says("ulimit -n 1024");
        assert!(!bench.path("reports").exists());
    }
}
