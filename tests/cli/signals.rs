//! Runs that are ended early: what had been measured is there, and says that it is partial.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fault_server::{Conversation, FaultServer};
use crate::support::{
    Bench, Going, SMOKE, assert_adds_up, assert_complete, eventually, number, read_json,
};

/// A run that would go on for a minute.
fn long_run(bench: &Bench, more: &[&str]) -> Going {
    let run = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--rate",
        "40/s",
        "--no-preflight",
    ];
    let long = ["--duration", "60s", "--set", "load.0.warmup=0s"];
    let none = ["--set", "auth.source=none"];
    Going::spawn(bench.command(&[&run[..], &long, &none, more].concat()))
}

/// Waits until a run has written a summary that covers at least this much of it.
#[track_caller]
fn checkpoint_of(nanoseconds: u64, bench: &Bench, going: &mut Going) {
    eventually("the summary is there", || {
        assert_eq!(going.child().try_wait().unwrap(), None, "it has ended");
        bench.folders().iter().any(|folder| {
            let path = folder.join("summary.json");
            path.exists() && number(&read_json(&path)["run"]["duration_ns"]) >= nanoseconds
        })
    });
}

/// Waits until a run has written figures for the first time.
#[track_caller]
fn first_checkpoint(bench: &Bench, going: &mut Going) {
    checkpoint_of(1, bench, going);
}

#[test]
fn an_interrupted_run_writes_all_reports_and_says_that_they_are_partial() {
    for signal in ["INT", "TERM", "HUP"] {
        let bench = Bench::new();
        let mut going = long_run(&bench, &[]);
        first_checkpoint(&bench, &mut going);
        going.signal(signal);
        let ran = going.end().ends_with(130);
        ran.prints("PARTIAL (interrupted)")
            .says("again to end at once");
        let folder = bench.folder();
        assert_complete(&folder);
        let summary = read_json(&folder.join("summary.json"));
        assert_eq!(summary["run"]["state"], "interrupted");
        assert_adds_up(&summary);
        assert!(number(&summary["counts"]["ok"]) > 0);
        assert!(number(&summary["run"]["duration_ns"]) < 30_000_000_000);
        assert_log_reads_back(&folder);
    }
}

// The target never answers, so the first signal leaves callouts under way and two seconds
// of grace; the second is sent as soon as the first has been heard.
#[test]
fn a_second_interrupt_ends_at_once() {
    let bench = Bench::new();
    let server = FaultServer::start(Conversation::keep_silent);
    let mut going = long_run(&bench, &["--target", &server.url()]);
    let mut stderr = BufReader::new(going.child().stderr.take().unwrap());
    first_checkpoint(&bench, &mut going);
    going.signal("INT");
    let mut line = String::new();
    while !line.contains("again to end at once") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "stderr ended");
    }
    let asked = Instant::now();
    going.signal("INT");
    let ran = going.end().ends_with(130);
    assert!(asked.elapsed() < Duration::from_millis(1_500));
    assert_eq!(ran.stdout, "");
    line.clear();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("ended at once"), "{line}");
    let folder = bench.folder();
    let name = folder.file_name().unwrap().to_str().unwrap();
    assert!(line.contains(name), "{line}");
    assert_eq!(
        read_json(&bench.folder().join("summary.json"))["run"]["state"],
        "running"
    );
}

#[test]
fn an_interrupted_run_waits_two_seconds_at_most_for_a_target_that_hangs() {
    let bench = Bench::new();
    let server = FaultServer::start(Conversation::keep_silent);
    let mut going = long_run(&bench, &["--target", &server.url()]);
    first_checkpoint(&bench, &mut going);
    let asked = Instant::now();
    going.signal("INT");
    going.end().ends_with(130);
    assert!(asked.elapsed() < Duration::from_secs(6));
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_adds_up(&summary);
    assert!(number(&summary["counts"]["interrupted"]) > 0);
}

// Nothing has been measured yet, so there is no figure to show and nothing to divide by.
#[test]
fn a_run_interrupted_in_its_warm_up_says_that_it_has_nothing() {
    let bench = Bench::new();
    let mut going = long_run(&bench, &["--set", "load.0.warmup=30s"]);
    first_checkpoint(&bench, &mut going);
    going.signal("INT");
    going.end().ends_with(130).prints("PARTIAL (interrupted)");
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["completed"], 0);
    assert!(number(&summary["counts"]["warmup"]) > 0);
}

#[test]
fn a_killed_run_can_still_be_reported() {
    let bench = Bench::new();
    let mut going = long_run(&bench, &[]);
    first_checkpoint(&bench, &mut going);
    going.signal("KILL");
    assert_eq!(going.end().status.code(), None);
    let folder = bench.folder();
    assert_log_reads_back(&folder);
    let before = fs::read(folder.join("recording.lbr")).unwrap();
    let ran = bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    let after = fs::read(folder.join("recording.lbr")).unwrap();
    assert_eq!(before, after, "what reports are made from stays as it is");
    ran.prints("PARTIAL (no end)").says("was cut off");
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["run"]["state"], "running");
    assert!(number(&summary["counts"]["ok"]) > 0);
}

// The summary is there before the first second is over.
#[test]
fn a_run_killed_at_once_can_still_be_reported() {
    let bench = Bench::new();
    let mut going = long_run(&bench, &[]);
    checkpoint_of(0, &bench, &mut going);
    going.signal("KILL");
    assert_eq!(going.end().status.code(), None);
    let folder = bench.folder();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0)
        .prints("PARTIAL (no end)");
    assert_complete(&folder);
}

/// Reads every whole line of the interval log; a kill may tear the last one.
#[track_caller]
fn assert_log_reads_back(folder: &Path) {
    let text = fs::read_to_string(folder.join("intervals.hlog")).unwrap();
    let (whole, _) = text.rsplit_once('\n').unwrap();
    let lines = whole.lines();
    let (head, rows): (Vec<_>, Vec<_>) = lines.partition(|line| !line.starts_with("Tag="));
    assert!(
        head[1].contains("version 1.3") && head.len() == 6,
        "{head:?}"
    );
    let mut latencies = 0;
    for row in rows {
        let cells: Vec<_> = row.split(',').collect();
        assert_eq!(cells.len(), 5, "{row}");
        let bytes = STANDARD.decode(cells[4]).unwrap();
        let histogram: hdrhistogram::Histogram<u64> =
            hdrhistogram::serialization::Deserializer::new()
                .deserialize(&mut bytes.as_slice())
                .unwrap();
        // A span in which nothing succeeded has an empty row.
        assert!(
            !histogram.is_empty() || cells[0] == "Tag=ok.latency",
            "{row}"
        );
        if cells[0] == "Tag=ok.latency" {
            latencies += histogram.len();
        }
    }
    assert!(latencies > 0, "no latency in the log");
}
