//! A run that is watched while it goes on: in a browser, and by whoever scrapes metrics.

use std::fs::{self, File};

use crate::support::{Bench, Going, SMOKE, ask, ask_for, eventually};

/// A long run that may be watched, and the two addresses that it says it is watched at.
fn watched(bench: &Bench) -> (Going, Vec<String>) {
    let words = [
        "--rate",
        "40/s",
        "--duration",
        "60s",
        "--serve",
        "0",
        "--metrics",
        "0",
    ];
    let mut command = bench.command(&[&["run", SMOKE, "--ui", "none"], &words[..]].concat());
    let said = bench.path("said");
    command.stderr(File::create(&said).unwrap());
    let going = Going::spawn(command);
    let mut addresses = Vec::new();
    eventually("it says where it is watched", || {
        let text = fs::read_to_string(&said).unwrap();
        let at = text.lines().filter_map(|line| line.split_once("http://"));
        addresses = at
            .map(|(_, rest)| rest.split('/').next().unwrap().to_owned())
            .collect();
        addresses.len() == 2
    });
    (going, addresses)
}

#[test]
fn a_run_shows_its_page_and_its_metrics_while_it_goes_on() {
    let bench = Bench::new();
    let (going, addresses) = watched(&bench);
    let [page, metrics] = addresses.as_slice() else {
        panic!("{addresses:?}")
    };
    let get = |path: &str| ask(page, "GET", path).unwrap();
    eventually("callouts show", || get("/").contains("id=\"phases\""));
    let shown = get("/").to_lowercase();
    assert!(shown.contains("refresh: 2"), "a browser asks again");
    assert!(shown.contains("cache-control: no-store"));
    let scraped = ask(metrics, "GET", "/metrics").unwrap();
    assert!(scraped.contains("application/openmetrics-text; version=1.0.0"));
    assert!(scraped.contains("leadbench_iterations_total{scenario=\"smoke\",outcome=\"ok\"} "));
    assert!(scraped.contains("phase=\"latency\",quantile=\"0.99\"} 0.0"));
    assert!(scraped.trim_end().ends_with("# EOF"), "{scraped}");
    assert!(get("/summary.json").contains("\"state\":\"running\""));
    for (address, method, path, status) in [
        (page, "POST", "/", "405"),
        (page, "GET", "/keys", "404"),
        (metrics, "GET", "/", "404"),
    ] {
        let answer = ask(address, method, path).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    // A page elsewhere whose name was pointed at this machine reads nothing (DNS rebinding).
    for (address, path) in [(page, "/"), (page, "/summary.json"), (metrics, "/metrics")] {
        let port = address.rsplit(':').next().unwrap();
        let rebound = format!("evil.example.com:{port}");
        let answer = ask_for(&rebound, address, "GET", path).unwrap();
        assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
        assert!(answer.ends_with("are answered here\n"), "{answer}");
        let by_name = ask_for(&format!("localhost:{port}"), address, "GET", path).unwrap();
        assert!(by_name.starts_with("HTTP/1.1 200 "), "{by_name}");
    }
    going.signal("INT");
    // Who has watched sees how it ended.
    eventually("the last page", || {
        ask(page, "GET", "/").is_ok_and(|last| last.contains("Partial (interrupted)"))
    });
    going.end().ends_with(130);
}

// Where there is no terminal, a screen of its own would be rubbish in a log.
#[test]
fn without_a_terminal_the_screen_is_lines() {
    let bench = Bench::new();
    let words = [
        "run",
        SMOKE,
        "--rate",
        "40/s",
        "--duration",
        "1s",
        "--ui",
        "tui",
        "--json",
    ];
    let ran = bench.call(&words).ends_with_unless_busy(0);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
}

#[test]
fn an_address_that_is_taken_is_told_before_the_load() {
    let bench = Bench::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--serve", "--metrics"] {
        bench
            .run(SMOKE, &[flag, &port])
            .ends_with(4)
            .says("could not listen on 127.0.0.1:")
            .says("0 takes a free one");
    }
    bench
        .run(SMOKE, &["--serve", "everywhere"])
        .ends_with(2)
        .says("write a port, 8090");
}
