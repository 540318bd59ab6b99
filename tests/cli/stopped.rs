//! A generator that is stopped in the middle of a run, as a laptop's lid or a debugger does.

use std::io::{BufRead as _, BufReader};

use crate::support::{Bench, Going, SMOKE, assert_adds_up, assert_complete, read_json};

/// Starts a run of twenty seconds or more, and gives what waits for its next line of progress,
/// which comes every five.
fn start(bench: &Bench, scenario: &str, load: &[&str]) -> (Going, impl FnMut()) {
    let words = [
        "run",
        scenario,
        "--ui",
        "plain",
        "--set",
        "auth.source=none",
    ];
    let mut going = Going::spawn(bench.command(&[&words[..], load].concat()));
    let mut stderr = BufReader::new(going.child().stderr.take().unwrap());
    let next = move || {
        let mut line = String::new();
        while !line.contains(" s  ") {
            line.clear();
            let read = stderr.read_line(&mut line).unwrap();
            assert!(read > 0, "the run has ended");
        }
    };
    (going, next)
}

/// Stops a run after its first line of progress, until another has told of five seconds at least,
/// and lets it go on.
#[track_caller]
fn assert_invalid_when_stopped(scenario: &str, load: &[&str]) {
    let (bench, other) = (Bench::new(), Bench::new());
    let pace = ["--rate", "1/s", "--duration", "50s"];
    let (_pacemaker, mut tick) = start(&other, SMOKE, &pace);
    let (going, mut progress) = start(&bench, scenario, load);
    progress();
    going.signal("STOP");
    tick();
    tick();
    going.signal("CONT");
    let ran = going.end().ends_with(8);
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_adds_up(&summary);
    assert_eq!(summary["run"]["state"], "finished");
    let measurement = &summary["measurement"];
    assert_eq!(measurement["verdict"], "invalid");
    let mut reasons = measurement["coded_reasons"].as_array().unwrap().iter();
    let stalled = reasons.find(|reason| reason["code"] == "generator_stalled");
    ran.prints(stalled.unwrap()["text"].as_str().unwrap());
    assert!(measurement["wakeup_max_ns"].as_u64() > Some(1_000_000_000));
}

#[test]
fn an_open_load_whose_generator_was_stopped_is_invalid() {
    assert_invalid_when_stopped(SMOKE, &["--rate", "20/s", "--duration", "20s"]);
}

// Virtual users have no planned instants that could be late: the pause alone tells.
#[test]
#[cfg(feature = "goose")]
fn virtual_users_that_were_stopped_are_invalid() {
    let users = crate::support::VIRTUAL_USERS;
    let load = [
        "--users",
        "2",
        "--duration",
        "20s",
        "--set",
        "load.0.warmup=0s",
    ];
    assert_invalid_when_stopped(users, &load);
}
