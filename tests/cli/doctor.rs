//! `doctor`: what it finds about a machine, a scenario and a target, and what it says to do.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::closed_port::ClosedPort;
use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, SMOKE, read_json};

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n";

const ROLLOVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/key-rollover.toml");

/// A target that answers with this head, and what `doctor` says of it.
fn doctor_of(head: &str) -> Ran {
    let server = FaultServer::answering(format!("{head}\r\n{{}}"));
    Bench::new().call(&["doctor", SMOKE, "--target", &server.url()])
}

#[test]
fn without_a_scenario_the_machine_is_checked() {
    let bench = Bench::new();
    let ran = bench.call(&["doctor"]).ends_with(0);
    for what in [
        "processors",
        "open files",
        "clock source",
        "wake-ups",
        "signatures",
    ] {
        ran.prints(what);
    }
    ran.prints("READY").prints("debug build");
    assert!(!ran.stdout.contains("Target"), "{}", ran.stdout);
}

#[test]
fn one_callout_is_made_and_called_a_probe() {
    let ran = Bench::new().call(&["doctor", SMOKE]).ends_with(0);
    ran.prints("Scenario smoke")
        .prints("probe callout    answered with status 201")
        .prints("tokens/s each")
        .prints("by the server's own account")
        .prints("READY");
    let server = FaultServer::answering(format!("{CREATED}\r\n{{}}"));
    let bench = Bench::new();
    bench
        .call(&["doctor", SMOKE, "--target", &server.url()])
        .ends_with(0);
    assert_eq!(server.seen(|seen| seen.leads.len()), 1);
}

#[test]
fn the_findings_are_data_too() {
    let ran = Bench::new().call(&["doctor", SMOKE, "--json"]).ends_with(0);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["schema"], "leadbench.doctor/v1");
    assert_eq!(found["is_ready"], true);
    let sections = found["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 3);
    let target = sections[2]["findings"].as_array().unwrap();
    let callout = target.iter().find(|one| one["what"] == "probe callout");
    assert_eq!(callout.unwrap()["grade"], "ok");
}

#[test]
fn a_target_that_refuses_the_probe_is_a_fault() {
    let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\
                  WWW-Authenticate: Bearer error=\"invalid_token\"\r\n";
    doctor_of(answer)
        .ends_with(4)
        .prints("refused: 401 invalid_token")
        .prints("try: ")
        .prints("NOT READY: 1 fault");
    let closed = ClosedPort::new();
    let ran = Bench::new().call(&["doctor", SMOKE, "--target", &closed.url()]);
    ran.ends_with(4)
        .prints("fault  connection")
        .prints("NOT READY");
}

// As a run does, which has one preflight callout for each key.
#[test]
fn each_key_makes_a_callout_of_its_own() {
    let server = FaultServer::answering(format!("{CREATED}\r\n{{}}"));
    let bench = Bench::new();
    for key in ["lead_signing_2026", "lead_signing_2027"] {
        bench.call(&["keys", "generate", key]).ends_with(0);
    }
    let ran = bench.call(&["doctor", ROLLOVER, "--target", &server.url()]);
    ran.ends_with(0)
        .prints("load \"old-key\", key lead_signing_2026: answered with status 201")
        .prints("key lead_signing_2027: answered with status 201");
    assert_eq!(server.seen(|seen| seen.leads.len()), 2);
}

#[test]
fn a_refusal_that_may_pass_is_tried_again() {
    let asked = AtomicU32::new(0);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let head = match asked.fetch_add(1, Ordering::SeqCst) {
                0 => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n",
                _ => CREATED,
            };
            conversation.say(format!("{head}\r\n{{}}").as_bytes());
        }
    });
    Bench::new()
        .call(&["doctor", SMOKE, "--target", &server.url()])
        .ends_with(0)
        .prints("answered with status 201");
}

#[test]
fn a_target_that_is_not_ready_is_a_fault() {
    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
    let server =
        FaultServer::start(
            move |conversation| {
                while conversation.head().is_some() && conversation.say(answer) {}
            },
        );
    let words = ["--set", "target.ready=/health", "--target", &server.url()];
    let ran = Bench::new().call(&[["doctor", SMOKE].as_slice(), &words].concat());
    ran.ends_with(4)
        .prints("fault  readiness")
        .prints("/health answers 404")
        .prints("fault  probe callout    refused: 404");
}

#[test]
fn a_thrown_kill_switch_keeps_probes_away_too() {
    let server = FaultServer::answering(format!("{CREATED}\r\n{{}}"));
    let bench = Bench::new();
    bench.write("stop", "");
    for command in ["doctor", "probe"] {
        let words = [command, SMOKE, "--kill-switch", "stop", "--target"];
        let ran = bench.call(&[words.as_slice(), &[&server.url()]].concat());
        ran.ends_with(5).says("nothing was sent");
    }
    assert_eq!(server.seen(|seen| seen.connections), 0);
}

#[test]
fn what_would_spoil_a_run_in_silence_is_noted() {
    doctor_of(&format!("{CREATED}Connection: close\r\n"))
        .ends_with(0)
        .prints("note   keep-alive")
        .prints("note   Server-Timing")
        .prints("READY, with");
    doctor_of(&format!("{CREATED}Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
        .ends_with(0)
        .prints("ahead of the target: tokens may count as not yet valid");
}

#[test]
fn a_load_beyond_this_machine_is_a_fault() {
    let ran = Bench::new().call(&["doctor", SMOKE, "--rate", "1000000/s"]);
    ran.ends_with(4)
        .prints("fault  signers")
        .prints("lower the rate");
}

#[test]
fn a_missing_key_is_a_fault_and_nothing_is_sent() {
    let server = FaultServer::answering(format!("{CREATED}\r\n{{}}"));
    let bench = Bench::without_key();
    let ran = bench.call(&["doctor", SMOKE, "--target", &server.url()]);
    ran.ends_with(4)
        .prints("fault  key pairs")
        .prints("leadbench keys generate")
        .prints("not checked, because a key pair is missing");
    assert_eq!(server.seen(|seen| seen.connections), 0);
}

// Whoever forgets the file is not told that all is well.
#[test]
fn what_belongs_to_a_scenario_needs_one() {
    let bench = Bench::new();
    for words in [
        ["--target", "http://127.0.0.1:9/"],
        ["--rate", "5/s"],
        ["--keys", "nowhere"],
        ["--allow", "a.example.com"],
    ] {
        let ran = bench.call(&[["doctor"].as_slice(), &words].concat());
        ran.ends_with(2).says("<SCENARIO>");
    }
}

#[test]
fn the_guard_comes_first() {
    let bench = Bench::new();
    let ran = bench.call(&[
        "doctor",
        SMOKE,
        "--target",
        "https://staging.example.com/leads",
    ]);
    let ran = ran.ends_with(5);
    ran.says("nothing was sent");
    assert_eq!(ran.stdout, "");
}

// A program alone in an empty folder is enough for a first run.
#[test]
fn a_first_scenario_is_written_once_and_runs() {
    let bench = Bench::new();
    bench
        .call(&["init"])
        .ends_with(0)
        .prints("leadbench run converted-lead.toml");
    bench
        .call(&["init"])
        .ends_with(4)
        .says("does not overwrite it");
    let words = [
        "run",
        "converted-lead.toml",
        "--ui",
        "none",
        "--json",
        "--duration",
        "4s",
        "--rate",
        "20/s",
        "--set",
        "thresholds.sign.p99=< 1s",
    ];
    bench.call(&words).ends_with_unless_busy(0);
    let summary = read_json(&bench.folder().join("summary.json"));
    assert_eq!(summary["run"]["target"], "embedded");
    bench.call(&["init", "no/such/folder.toml"]).ends_with(4);
    bench
        .call(&["init", "it's mine.toml"])
        .ends_with(0)
        .prints(r"leadbench run 'it'\''s mine.toml'");
    bench.call(&["init", "-"]).ends_with(2);
}

#[test]
fn every_command_has_a_manual_page_with_the_date_of_its_build() {
    let bench = Bench::new();
    let mut command = bench.command(&["man", "--out", "pages"]);
    command.env("SOURCE_DATE_EPOCH", "784111777");
    crate::support::finish(command).ends_with(0);
    let help = bench.call(&["--help"]).ends_with(0).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed: Vec<_> = listed.take_while(|line| !line.is_empty()).collect();
    assert!(listed.len() > 15, "{help}");
    for line in listed {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            let path = bench.path(&format!("pages/leadbench-{name}.1"));
            let page = std::fs::read_to_string(&path).unwrap();
            let version = env!("CARGO_PKG_VERSION");
            let title =
                format!(".TH leadbench-{name} 1 1994-11-06 \"leadbench {version}\" leadbench\n");
            assert!(page.contains(&title), "{page}");
        }
    }
    assert!(bench.path("pages/leadbench.1").exists());
    bench.call(&["man"]).ends_with(0).prints(".TH leadbench 1");
}
