//! Where the time went at targets that are not ours: by their own account, outside it, or late in
//! our own hands.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fault_server::{Conversation, FaultServer};
use crate::support::{Bench, Going, LIMIT, Ran, assert_adds_up, eventually, number, read_json};
use crate::tls::Authority;

const BODY: &str = "{\"id\":\"00Q5f0000000001EAA\"}";

/// A success with these header lines, each with its end.
fn created(lines: &str) -> Vec<u8> {
    let length = BODY.len();
    format!("HTTP/1.1 201 Created\r\n{lines}Content-Length: {length}\r\n\r\n{BODY}").into()
}

/// Passes this much time, as a server's work does.
fn pass(span: Duration) {
    std::thread::sleep(span);
}

fn scenario(url: &str, target: &str, load: &str, thresholds: &str) -> String {
    format!(
        "schema = 1\nname = \"account\"\n[target]\nurl = \"{url}\"\n{target}\n\
         [auth]\nsource = \"none\"\n[[load]]\nkind = \"rate\"\narrivals = \"uniform\"\n{load}\n\
         [thresholds]\n{thresholds}\n"
    )
}

/// Runs a load at a server, and gives what it printed and its summary.
#[track_caller]
fn run(bench: &Bench, text: &str, code: i32) -> (Ran, Value) {
    let path = bench.write("account.toml", text);
    let words = ["run", path.to_str().unwrap(), "--ui", "none", "--verbose"];
    let ran = bench.call(&words);
    let summary = read_json(&bench.folder().join("summary.json"));
    // On a busy machine the measurement may rightly be invalid; what is asked here holds anyhow.
    if ran.status.code() != Some(8) {
        assert_eq!(ran.status.code(), Some(code), "{ran:#?}");
    }
    assert_adds_up(&summary);
    (ran, summary)
}

#[track_caller]
fn brief(server: &FaultServer, target: &str) -> (Ran, Value) {
    let load = "rate = \"50/s\"\nfor = \"2s\"";
    run(
        &Bench::without_key(),
        &scenario(&server.url(), target, load, ""),
        0,
    )
}

/// What a run printed, without the breaks of its lines.
fn unbroken(ran: &Ran) -> String {
    let words: Vec<_> = ran.stdout.split_whitespace().collect();
    words.join(" ")
}

/// Asserts that a run printed these words, wherever its lines broke.
#[track_caller]
fn printed(ran: &Ran, words: &str) {
    assert!(unbroken(ran).contains(words), "lacks {words:?}: {ran:#?}");
}

/// The median of a phase in milliseconds.
fn median(summary: &Value, phase: &str) -> f64 {
    summary["phases"][phase]["p50_ns"].as_f64().unwrap() / 1e6
}

// A CDN's field stands before the API's own.
#[test]
fn the_apis_total_is_read_behind_a_proxys_field() {
    let lines = "Server-Timing: cdn;dur=1, cfL4;desc=\"?proto=TCP, rtt;dur=9\"\r\n\
                 Server-Timing: jwt;dur=2, total;dur=18\r\n";
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            pass(Duration::from_millis(20));
            conversation.say(&created(lines));
        }
    });
    let (ran, summary) = brief(&server, "");
    assert!((median(&summary, "server") - 18.0).abs() < 0.1, "{ran:#?}");
    let told = &summary["server_timing"];
    assert!((told["metrics"]["jwt"]["mean_ns"].as_f64().unwrap() - 2e6).abs() < 1.0);
    assert_eq!(told["no_duration"], told["successes"]);
    printed(&ran, "server (its own account)");
    printed(&ran, "server.jwt");
    printed(&ran, "left out a metric without a dur (every answer)");
}

#[test]
fn metrics_that_nest_are_not_added_up_and_can_be_named() {
    let lines = "Server-Timing: process_action;dur=8, sql;dur=5, render;dur=2\r\n";
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            pass(Duration::from_millis(10));
            conversation.say(&created(lines));
        }
    });
    let (ran, summary) = brief(&server, "");
    assert!((median(&summary, "server") - 8.0).abs() < 0.1, "{ran:#?}");
    printed(&ran, "had no duration called total");
    let (ran, summary) = brief(&server, "server_timing = [\"sql\", \"render\"]");
    assert!((median(&summary, "server") - 7.0).abs() < 0.1, "{ran:#?}");
    assert_eq!(summary["server_timing"]["no_total"], 0);
}

// One answer in fifty says nothing: the others keep their split, by its name and not its place.
#[test]
fn an_answer_without_the_header_costs_the_others_nothing() {
    let count = AtomicU32::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            pass(Duration::from_millis(10));
            let number = count.fetch_add(1, Ordering::Relaxed);
            let lines = if number % 50 == 7 {
                ""
            } else {
                "Server-Timing: total;dur=9\r\n"
            };
            conversation.say(&created(lines));
        }
    });
    let (ran, summary) = brief(&server, "");
    for row in ["mean", "p50", "p90", "p99"] {
        let row = &summary["split"][row];
        let server = row["server_ns"].as_f64().unwrap();
        let share = row["server_samples"].as_f64().unwrap() / row["samples"].as_f64().unwrap();
        // A row of 30 may hold a part of a band, whose callouts count as their mean.
        assert!((server - 9e6 * share).abs() < 4e5, "{row}");
        assert!(number(&row["samples"]) >= 30, "{row}");
    }
    printed(&ran, "had no total; all of their network time is outside");
    // A line of the headline may begin with the same words, and stands above the table.
    let line = |name: &str| {
        let mut lines = ran.stdout.lines();
        lines
            .rfind(|line| line.trim_start().starts_with(name))
            .unwrap()
    };
    assert!(line("server (its own account)").contains(" 8."), "{ran:#?}");
    assert!(!line("other").contains(" 8."), "{ran:#?}");
}

#[test]
fn no_account_is_said_with_the_way_to_one() {
    let server = FaultServer::answering(created(""));
    let (ran, summary) = brief(&server, "");
    assert_eq!(summary["split"]["mean"]["server_ns"], Value::Null);
    assert_eq!(summary["server_timing"], Value::Null);
    printed(&ran, "server and around it");
    printed(&ran, "docs/SERVER-TIMING.md");
}

#[test]
fn what_cannot_be_a_duration_is_left_out_and_said_once() {
    for (lines, words) in [
        (
            "total;dur=NaN".to_owned(),
            "whose name or dur cannot be read (every answer)",
        ),
        (
            "total;dur=900000".to_owned(),
            "a duration longer than the wait for it (every answer)",
        ),
        (
            (0..2_000)
                .map(|n| format!("m{n};dur=0"))
                .collect::<Vec<_>>()
                .join(","),
            "metrics than are read (every answer)",
        ),
        (
            format!("a;dur=0;desc=\"{}\"", "x".repeat(100_000)),
            "metrics than are read",
        ),
    ] {
        let server = FaultServer::answering(created(&format!("Server-Timing: {lines}\r\n")));
        let (ran, summary) = brief(&server, "");
        assert_eq!(summary["counts"]["failed"], 0);
        assert_eq!(unbroken(&ran).matches(words).count(), 1, "{ran:#?}");
    }
}

#[test]
fn a_limit_on_a_metric_of_the_server_is_judged() {
    let server = FaultServer::start(|conversation| {
        while conversation.request().is_some() {
            pass(Duration::from_millis(10));
            conversation.say(&created("Server-Timing: jwt;dur=3, total;dur=9\r\n"));
        }
    });
    let load = "rate = \"50/s\"\nfor = \"1s\"";
    for (limit, code) in [("< 5ms", 0), ("< 2ms", 1)] {
        let thresholds = format!("\"server.jwt.p99\" = \"{limit}\"");
        let text = scenario(&server.url(), "", load, &thresholds);
        let bench = Bench::without_key();
        let (_, summary) = run(&bench, &text, code);
        assert_eq!(summary["thresholds"][0]["passed"], code == 0);
        let folder = bench.folder();
        let csv = std::fs::read_to_string(folder.join("phases.csv")).unwrap();
        assert!(csv.contains(",ok,server.jwt,"), "{csv}");
        // The log alone is enough to judge it again.
        std::fs::remove_file(folder.join("summary.json")).unwrap();
        bench
            .call(&["report", folder.to_str().unwrap()])
            .ends_with(0);
        let again = read_json(&folder.join("summary.json"));
        assert_eq!(again["thresholds"][0]["passed"], code == 0, "{again}");
        let metric = |summary: &Value| summary["server_timing"]["metrics"]["jwt"].clone();
        assert_eq!(metric(&again)["count"], metric(&summary)["count"]);
    }
}

// One worker that takes 20 ms for each lead, and is asked for 80 of them a second: its handler
// never takes longer, so only the backlog shows what is wrong.
#[test]
fn an_overloaded_target_is_called_saturated_and_the_network_is_not_blamed() {
    let worker = Arc::new(Mutex::new(()));
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let working = worker.lock().unwrap();
            pass(Duration::from_millis(20));
            drop(working);
            conversation.say(&created("Server-Timing: total;dur=20\r\n"));
        }
    });
    let load = "rate = \"80/s\"\nfor = \"6s\"";
    let (ran, summary) = run(
        &Bench::without_key(),
        &scenario(&server.url(), "", load, ""),
        0,
    );
    let found = &summary["saturation"];
    let answered = found["answered_per_s"].as_f64().unwrap();
    assert!((30.0..55.0).contains(&answered), "{found}");
    assert_eq!(found["due_per_s"].as_f64(), Some(80.0));
    assert_eq!(found["is_wire_at_floor"], true);
    printed(&ran, "The target is saturated at about");
    printed(&ran, "outside the server's account");
    let windows = summary["windows"].as_array().unwrap();
    let second = &windows[4];
    assert!(
        number(&second["answered"]) < number(&second["started"]),
        "{second}"
    );
    // What was asked of a target that keeps up is not said of it.
    let (ran, summary) = brief(&server, "");
    assert_eq!(summary["saturation"], Value::Null, "{ran:#?}");
}

/// A server that stops the generator when the tenth request has come, answers it, and lets the
/// generator go on a while later.
fn stopping(
    pid: &Arc<AtomicU32>,
    held: Duration,
    greet: impl Fn(&mut Conversation) + Send + Sync + 'static,
) -> FaultServer {
    let (pid, count) = (Arc::clone(pid), AtomicU32::new(0));
    FaultServer::start(move |conversation| {
        greet(conversation);
        while conversation.request().is_some() {
            let is_tenth = count.fetch_add(1, Ordering::SeqCst) == 9;
            let generator = pid.load(Ordering::SeqCst);
            let signal = |name: &str| {
                let words = [format!("-{name}"), generator.to_string()];
                assert!(
                    std::process::Command::new("kill")
                        .args(words)
                        .status()
                        .unwrap()
                        .success()
                );
            };
            if is_tenth {
                signal("STOP");
                let stat = format!("/proc/{generator}/stat");
                eventually("the generator is stopped", || {
                    std::fs::read_to_string(&stat).unwrap().contains(") T ")
                });
            }
            conversation.say(&created(""));
            if is_tenth {
                pass(held);
                signal("CONT");
            }
        }
    })
}

/// The longest `network` and `pickup` of a run whose generator was stopped, in milliseconds.
#[track_caller]
fn stopped(
    server: &FaultServer,
    pid: &AtomicU32,
    url: &str,
    target: &str,
    files: &[(&str, &str)],
) -> (f64, f64) {
    let bench = Bench::without_key();
    for (name, text) in files {
        bench.write(name, text);
    }
    let text = scenario(url, target, "rate = \"20/s\"\nfor = \"3s\"", "");
    let path = bench.write("account.toml", &text);
    let words = ["run", path.to_str().unwrap(), "--ui", "none"];
    let mut going = Going::spawn(bench.command(&words));
    pid.store(going.child().id(), Ordering::SeqCst);
    let ran = going.end();
    assert!(
        ran.took < LIMIT && server.seen(|seen| seen.leads.len()) > 30,
        "{ran:#?}"
    );
    let summary = read_json(&bench.folder().join("summary.json"));
    assert_adds_up(&summary);
    let longest = |phase: &str| {
        summary["phases"][phase]["max_ns"]
            .as_f64()
            .map(|ns| ns / 1e6)
    };
    assert!(
        longest("latency") >= Some(300.0),
        "the caller waited: {summary}"
    );
    (
        longest("network").unwrap(),
        longest("pickup").unwrap_or(0.0),
    )
}

// Its answer had come before the generator was let go on: the network took no time, we did.
#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_lies_in_the_kernel_is_late_by_our_own_doing() {
    let held = Duration::from_millis(400);
    let pid = Arc::new(AtomicU32::new(0));
    let server = stopping(&pid, held, |_| ());
    let (network, pickup) = stopped(&server, &pid, &server.url(), "", &[]);
    assert!(
        network < 200.0 && pickup >= 380.0,
        "network {network}, pickup {pickup}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_same_under_tls() {
    let held = Duration::from_millis(400);
    let pid = Arc::new(AtomicU32::new(0));
    let authority = Authority::of("localhost");
    let config = Arc::clone(&authority.config);
    let server = stopping(&pid, held, move |conversation| {
        conversation.start_tls(&config);
    });
    let files = [("authority.pem", authority.pem.as_str())];
    let target = "ca = \"authority.pem\"";
    let (network, pickup) = stopped(&server, &pid, &server.https_url(), target, &files);
    assert!(
        network < 200.0 && pickup >= 380.0,
        "network {network}, pickup {pickup}"
    );
}

#[test]
fn without_stamps_the_network_ends_with_the_read_and_the_report_says_so() {
    let pid = Arc::new(AtomicU32::new(0));
    let server = stopping(&pid, Duration::from_millis(400), |_| ());
    let target = "connections = { kernel_stamps = false }";
    let (network, pickup) = stopped(&server, &pid, &server.url(), target, &[]);
    assert!(
        network >= 380.0 && pickup <= 0.0,
        "network {network}, pickup {pickup}"
    );
    let (ran, summary) = brief(&FaultServer::answering(created("")), target);
    assert_eq!(summary["measurement"]["kernel_stamps"].as_f64(), Some(0.0));
    printed(
        &ran,
        "kernel timestamps were off or not available, so network",
    );
}

#[test]
fn each_callout_carries_a_trace_that_is_found_again() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let server = FaultServer::start(move |conversation| {
        while let Some(request) = conversation.request() {
            let head = String::from_utf8_lossy(&request.bytes).to_lowercase();
            let line = head
                .lines()
                .find_map(|line| line.strip_prefix("traceparent: "));
            seen.lock().unwrap().push(line.map(ToOwned::to_owned));
            conversation.say(&created(""));
        }
    });
    let bench = Bench::without_key();
    let target =
        "request = { traceparent = \"50%\", trace_link = \"https://tempo.example/t/{trace_id}\" }";
    let text = scenario(&server.url(), target, "rate = \"50/s\"\nfor = \"2s\"", "");
    let path = bench.write("account.toml", &text);
    let words = [
        "run",
        path.to_str().unwrap(),
        "--ui",
        "none",
        "--requests",
        "100%",
        "--no-preflight",
    ];
    let began = Instant::now();
    let ran = bench.call(&words);
    assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
    assert!(began.elapsed() < LIMIT);
    let sent: Vec<String> = heads
        .lock()
        .unwrap()
        .iter()
        .map(|line| line.clone().unwrap())
        .collect();
    assert_eq!(sent.len(), 100);
    let sampled = sent.iter().filter(|line| line.ends_with("-01")).count();
    assert!((30..70).contains(&sampled), "{sampled}");
    let folder = bench.folder();
    let rows = std::fs::read_to_string(folder.join("requests.csv")).unwrap();
    for line in &sent {
        let id = line.split('-').nth(1).unwrap();
        assert_eq!((line.len(), id.len()), (55, 32));
        assert_eq!(rows.matches(id).count(), 1, "{id}");
    }
    let summary = read_json(&folder.join("summary.json"));
    for slow in summary["slowest"].as_array().unwrap() {
        let id = slow["trace_id"].as_str().unwrap();
        let line = sent.iter().find(|line| line.contains(id)).unwrap();
        assert_eq!(slow["trace_sampled"], line.ends_with("-01"));
    }
    // None is sent unless it is asked for.
    heads.lock().unwrap().clear();
    brief(&server, "");
    assert!(heads.lock().unwrap().iter().all(Option::is_none));
}
