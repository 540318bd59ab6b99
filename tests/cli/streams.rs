//! Standard streams that are closed, or whose reader goes away: the run and its reports go on.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::support::{Bench, Going, Ran, SMOKE, assert_complete, finish, read_json};

const BRIEF: [&str; 6] = [
    "--rate",
    "40/s",
    "--duration",
    "1s",
    "--set",
    "auth.source=none",
];

/// A run with this redirection, as a shell has it.
#[track_caller]
fn run_with(bench: &Bench, redirection: &str, more: &[&str]) -> Ran {
    let program = bench.command(&[&["run", SMOKE][..], &BRIEF, more].concat());
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("exec \"$0\" \"$@\" {redirection}")])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(bench.path("."))
        .env("GIT_CEILING_DIRECTORIES", bench.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(command)
}

/// Asserts that a run ended as a run does, and left all that it leaves.
#[track_caller]
fn is_whole(bench: &Bench, ran: Ran) {
    // With nothing on stdout there is no telling whether an 8 is the machine's.
    if ran.status.code() != Some(8) {
        ran.ends_with(0);
    }
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["run"]["state"], "finished");
    assert_eq!(summary["counts"]["failed"], 0);
}

#[test]
fn closed_streams_cost_no_report() {
    for redirection in ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        for ui in ["plain", "bar", "tui", "none"] {
            let bench = Bench::new();
            let ran = run_with(&bench, redirection, &["--ui", ui]);
            is_whole(&bench, ran);
        }
    }
}

// What was the first file to be opened must not become the standard error that is closed.
#[test]
fn no_note_ends_up_in_a_report() {
    let bench = Bench::new();
    let ran = run_with(&bench, ">&- 2>&-", &["--ui", "plain", "--json"]);
    is_whole(&bench, ran);
    for file in bench.files_written() {
        let text = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains("reports in "), "{}", file.display());
    }
}

#[test]
fn a_reader_of_the_progress_that_goes_away_in_the_middle_is_no_failure() {
    for ui in ["plain", "bar", "tui"] {
        let bench = Bench::new();
        let words = ["run", SMOKE, "--ui", ui, "--rate", "40/s"];
        let more = ["--duration", "3s", "--set", "auth.source=none"];
        let mut going = Going::spawn(bench.command(&[&words[..], &more].concat()));
        let mut stderr = going.child().stderr.take().unwrap();
        // Some of it is read, and then nobody reads any more.
        let mut first = [0];
        drop(stderr.read(&mut first));
        drop(stderr);
        let ran = going.end();
        is_whole(&bench, ran);
    }
}
