//! Before the load: a target that is not up yet, and an end that is asked for meanwhile.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::ChildStderr;
use std::time::Duration;

use crate::closed_port::ClosedPort;
use crate::fault_server::{Conversation, FaultServer};
use crate::support::{Bench, Going, SMOKE, assert_complete, eventually, number, read_json};

const BRIEF: [&str; 6] = [
    "--rate",
    "40/s",
    "--duration",
    "1s",
    "--set",
    "auth.source=none",
];

/// Starts a run, and waits until it says this.
fn run_until_it_says(bench: &Bench, words: &[&str], says: &str) -> (Going, BufReader<ChildStderr>) {
    let all = [&["run", SMOKE, "--json", "--ui", "none"], words, &BRIEF].concat();
    let mut going = Going::spawn(bench.command(&all));
    let mut stderr = BufReader::new(going.child().stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains(says) {
        let read = stderr.read_line(&mut said).unwrap();
        assert!(read > 0, "it never said {says:?}: {said}");
    }
    (going, stderr)
}

#[test]
fn a_target_that_comes_up_later_is_waited_for() {
    let bench = Bench::new();
    let port = ClosedPort::new();
    let words = ["--target", &port.url(), "--wait-for", "50s"];
    let (going, _stderr) = run_until_it_says(&bench, &words, "waiting for http://");
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start_on(port.listen(), move |conversation| {
        while conversation.request().is_some() && conversation.say(created.as_bytes()) {}
    });
    let summary = going.end().ends_with_unless_busy(0).summary();
    let counts = &summary["counts"];
    assert!(number(&counts["ok"]) > 0);
    assert_eq!(counts["ok"], counts["planned"]);
    // The preflight's and the load's, and none from the time before.
    assert!(server.seen(|seen| seen.connections) >= 2);
}

#[test]
fn a_target_that_stays_down_is_given_up_when_the_wait_is_over() {
    let bench = Bench::new();
    let port = ClosedPort::new();
    let ran = bench.run(SMOKE, &["--target", &port.url(), "--wait-for", "1s"]);
    let ran = ran.ends_with(4);
    ran.says("waiting for http://").says("cannot be reached");
    ran.says("did not come up within the 1.00 s of --wait-for, in ");
    assert!(ran.took >= Duration::from_secs(1));
    assert_eq!(bench.folders().len(), 0);
    let beyond = bench.run(SMOKE, &["--target", &port.url(), "--wait-for", "2h"]);
    beyond.ends_with(2).says("write 1h or less");
}

#[test]
fn an_interrupt_ends_the_wait_and_leaves_nothing() {
    for signal in ["INT", "TERM"] {
        let bench = Bench::new();
        let port = ClosedPort::new();
        let words = ["--target", &port.url(), "--wait-for", "1h"];
        let (going, mut stderr) = run_until_it_says(&bench, &words, "waiting for http://");
        going.signal(signal);
        let ran = going.end().ends_with(130);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("ended before the load began"), "{rest}");
        assert_eq!(ran.stdout, "");
        assert_eq!(bench.folders().len(), 0);
    }
}

// The server takes the connection and says nothing, so that the handshake hangs for the whole
// of the target's timeout.
#[test]
fn an_interrupt_ends_a_preflight_that_hangs() {
    let bench = Bench::new();
    let server = FaultServer::start(Conversation::keep_silent);
    let url = server.https_url();
    let more = ["--target", &url, "--set", "target.timeout=60s"];
    let all = [&["run", SMOKE, "--ui", "none"], &more[..], &BRIEF].concat();
    let going = Going::spawn(bench.command(&all));
    eventually("the preflight is under way", || {
        server.seen(|seen| seen.connections) > 0
    });
    going.signal("INT");
    let ran = going.end().ends_with(130);
    ran.says("ended before the load began");
    assert!(ran.took < Duration::from_secs(40), "{:?}", ran.took);
    assert_eq!(bench.folders().len(), 0);
}

// A hundred thousand signatures are minutes of work; the folder is there before they begin.
#[test]
fn an_interrupt_ends_signing_beforehand_with_partial_reports() {
    let bench = Bench::new();
    let words = ["run", SMOKE, "--ui", "none", "--force"];
    let load = ["--rate", "2000/s", "--duration", "60s"];
    let mode = ["--set", "auth.signing=presign"];
    let going = Going::spawn(bench.command(&[&words[..], &load, &mode].concat()));
    eventually("the first summary is there", || {
        let folders = bench.folders();
        folders.iter().any(|it| it.join("summary.json").exists())
    });
    going.signal("INT");
    going.end().ends_with(130).prints("PARTIAL (interrupted)");
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(number(&summary["counts"]["started"]), 0);
}

#[test]
fn a_duel_passes_the_wait_on_to_its_runs() {
    let bench = Bench::new();
    let port = ClosedPort::new();
    let url = port.url();
    let words = ["duel", SMOKE, "--baseline", &url, "--candidate", &url];
    let more = ["--rounds", "2", "--wait-for", "1s"];
    bench
        .call(&[&words[..], &more].concat())
        .ends_with(4)
        .says("waiting for http://")
        .says("cannot be reached");
}
