//! Bugs of ours in the middle of a run, made on purpose: the reports are there and say that they
//! are partial, the exit code is that of a bug, and no secret is in what is said of it.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{
    Bench, Going, Ran, SMOKE, assert_adds_up, assert_complete, assert_warned, read_json,
};

/// What a panic's message might hold.
const CANARY: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.Y2FuYXJ5";

/// A run in which this place panics with the canary; a debug build alone does.
fn run(bench: &Bench, place: &str, more: &[&str]) -> Ran {
    let words = ["run", SMOKE, "--ui", "none", "--rate", "40/s"];
    let mut command = bench.command(&[&words[..], more].concat());
    command.env("LEADBENCH_TEST_PANIC", format!("{place}:{CANARY}"));
    Going::spawn(command).end()
}

/// Asserts that a bug was met and told, and returns what it left.
#[track_caller]
fn assert_broken(bench: &Bench, ran: &Ran, thread: &str, says: &str) -> (PathBuf, Value) {
    assert_eq!(ran.status.code(), Some(70), "{ran:#?}");
    ran.says(&format!(
        "internal error: thread '{thread}' panicked at src"
    ))
    .says("its message is left out")
    .says(says);
    for shown in [&ran.stdout, &ran.stderr] {
        assert!(!shown.contains("eyJ"), "{ran:#?}");
    }
    ran.prints("PARTIAL (no end)");
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["run"]["state"], "running");
    assert_warned(&summary, "run_broke");
    assert!(!summary.to_string().contains("eyJ"));
    (folder, summary)
}

#[test]
fn a_worker_that_panics_leaves_reports_and_ends_as_a_bug() {
    if !cfg!(debug_assertions) {
        return;
    }
    let bench = Bench::new();
    let ran = run(&bench, "worker", &["--duration", "1s"]);
    let (_, summary) = assert_broken(&bench, &ran, "io-0", "an I/O worker panicked");
    assert_adds_up(&summary);
}

#[test]
fn a_signer_that_panics_ends_the_run_as_a_bug() {
    if !cfg!(debug_assertions) {
        return;
    }
    let bench = Bench::new();
    let ran = run(&bench, "signer", &["--duration", "2s"]);
    let (_, summary) = assert_broken(&bench, &ran, "signer-0", "a signer thread panicked");
    assert_adds_up(&summary);
    assert!(summary["counts"]["ok"].as_u64() > Some(0));
}

// Nobody gathers any more, so the run ends at once, with what was gathered a second before.
#[test]
fn a_collector_that_panics_leaves_its_last_checkpoint_as_reports() {
    if !cfg!(debug_assertions) {
        return;
    }
    let bench = Bench::new();
    let ran = run(&bench, "collector", &["--duration", "50s"]);
    let says = "the collector panicked";
    let (_, summary) = assert_broken(&bench, &ran, "collector", says);
    assert!(summary["run"]["duration_ns"].as_u64() < Some(30_000_000_000));
}

#[test]
fn a_command_that_panics_has_the_exit_code_of_a_bug() {
    if !cfg!(debug_assertions) {
        return;
    }
    let bench = Bench::without_key();
    let mut command = bench.command(&["schema"]);
    command.env("LEADBENCH_TEST_PANIC", "command:plain words");
    let ran = Going::spawn(command).end();
    assert_eq!(ran.status.code(), Some(70), "{ran:#?}");
    ran.says("panicked at src").says("plain words");
}
