//! A run that is watched while it goes on: in a browser, and by whoever scrapes metrics.

use std::fs::{self, File};

use crate::support::{Bench, Going, SMOKE, ask, ask_for, ask_with, eventually, number, read_json};

/// A long run that may be watched, and the two addresses that it says it is watched at.
fn watched(bench: &Bench) -> (Going, Vec<String>) {
    watched_for(bench, &["--duration", "60s", "--metrics-host", "bench"])
}

fn watched_for(bench: &Bench, more: &[&str]) -> (Going, Vec<String>) {
    let words = ["run", SMOKE, "--ui", "none", "--rate", "40/s"];
    let watching = ["--serve", "0", "--metrics", "0"];
    let mut command = bench.command(&[&words[..], &watching, more].concat());
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
    let scrape = |accept: &str| {
        let lines = format!("Host: {metrics}\r\nAccept: {accept}\r\n");
        ask_with(&lines, metrics, "GET", "/metrics").unwrap()
    };
    let scraped = scrape("application/openmetrics-text;version=1.0.0,*/*;q=0.1");
    assert!(scraped.contains("application/openmetrics-text; version=1.0.0"));
    assert!(scraped.contains("# TYPE leadbench_started counter\n"));
    assert!(scraped.contains("leadbench_iterations_total{scenario=\"smoke\",outcome=\"ok\"} "));
    assert!(scraped.trim_end().ends_with("# EOF"), "{scraped}");
    // Who does not ask for OpenMetrics gets what Prometheus has always read.
    let plain = scrape("text/plain");
    assert!(plain.contains("text/plain; version=0.0.4"), "{plain}");
    assert!(plain.contains("# TYPE leadbench_started_total counter\n"));
    assert!(!plain.contains("# EOF"), "{plain}");
    for text in [&scraped, &plain] {
        assert!(text.contains("# TYPE leadbench_phase_seconds histogram\n"));
        assert!(!text.contains("quantile="), "{text}");
        assert!(text.contains("scenario=\"smoke\",status=\"running\"} 1\n"));
        let buckets = |phase: &str| -> Vec<u64> {
            let begin = format!(
                "leadbench_phase_seconds_bucket{{le=\"0.0001\",scenario=\"smoke\",phase=\"{phase}\"}}"
            );
            assert!(text.contains(&begin), "{text}");
            let of_phase = format!("phase=\"{phase}\"}} ");
            let lines = text.lines().filter(|line| line.contains("_bucket{"));
            let counts = lines.filter_map(|line| line.split_once(&of_phase));
            counts.map(|(_, count)| count.parse().unwrap()).collect()
        };
        for phase in ["latency", "sign", "network"] {
            let counts = buckets(phase);
            assert_eq!(counts.len(), 20, "{text}");
            assert!(counts.is_sorted(), "{text}");
            let count = format!(
                "leadbench_phase_seconds_count{{scenario=\"smoke\",phase=\"{phase}\"}} {}\n",
                counts[19]
            );
            assert!(text.contains(&count), "{count}{text}");
        }
    }
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
        assert!(answer.contains("--metrics-host NAME"), "{answer}");
        let named = ask_for(&format!("Bench:{port}"), address, "GET", path).unwrap();
        assert!(named.starts_with("HTTP/1.1 200 "), "{named}");
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

// A scraper comes every few seconds: the last figures are there for as long as was asked.
#[test]
fn a_run_that_lingers_shows_how_it_ended() {
    let bench = Bench::new();
    let (going, addresses) = watched_for(&bench, &["--duration", "1s", "--linger", "1h"]);
    eventually("the run has ended", || {
        let scraped = ask(&addresses[1], "GET", "/metrics");
        scraped.is_ok_and(|text| text.contains("status=\"ended\"} 1\n"))
    });
    let said = bench.path("said");
    eventually("it says that it stays", || {
        fs::read_to_string(&said)
            .unwrap()
            .contains("still serving for")
    });
    // The reports need not wait for it.
    assert!(bench.folder().join("report.html").exists());
    let scraped = ask(&addresses[1], "GET", "/metrics").unwrap();
    let summary = read_json(&bench.folder().join("summary.json"));
    let planned = number(&summary["counts"]["planned"]);
    let line = format!("leadbench_planned_total{{scenario=\"smoke\"}} {planned}\n");
    assert!(scraped.contains(&line), "{line}{scraped}");
    going.signal("INT");
    let ended = going.end();
    assert!(matches!(ended.status.code(), Some(0 | 8)), "{ended:#?}");
}

#[test]
fn nobody_lingers_where_nobody_may_watch() {
    let bench = Bench::new();
    for words in [["--linger", "1s"], ["--metrics-host", "bench"]] {
        bench
            .run(SMOKE, &words)
            .ends_with(2)
            .says("add --metrics 9090");
    }
    for name in ["bench:9090", "http://bench", "a b", ""] {
        bench
            .run(SMOKE, &["--metrics", "0", "--metrics-host", name])
            .ends_with(2)
            .says("write only the name");
    }
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
            .says("0 chooses a free one");
    }
    bench
        .run(SMOKE, &["--serve", "everywhere"])
        .ends_with(2)
        .says("write a port, 8090");
}
