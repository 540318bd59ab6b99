//! The main job: a scenario against the embedded target.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::{fs, io};

use crate::support::{Bench, Going, SMOKE, assert_adds_up, assert_complete, number, read_json};

const BRIEF: [&str; 4] = ["--rate", "100/s", "--duration", "400ms"];

#[test]
fn a_run_leaves_every_report_and_its_counts_add_up() {
    let bench = Bench::new();
    let ran = bench.run(SMOKE, &BRIEF).ends_with_unless_busy(0);
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = ran.summary();
    assert_eq!(read_json(&folder.join("summary.json")), summary);
    assert_adds_up(&summary);
    assert_eq!(summary["run"]["state"], "finished");
    assert!(
        number(&summary["counts"]["ok"]) > 10,
        "{}",
        summary["counts"]
    );
    assert_eq!(summary["counts"]["failed"], 0);
    for phase in ["sign", "network", "server", "wire", "latency", "residual"] {
        assert!(summary["phases"][phase]["p99_ns"].is_u64(), "{phase}");
    }
    assert_eq!(summary["signing"]["mode"], "pipeline");
    assert_eq!(summary["signing"]["key_bits"], 2048);
    assert_valid_under_the_published_schema(&summary);
    assert_eq!(
        summary["run"]["overrides"],
        serde_json::json!([
            {"path": "load.0.rate", "value": "100/s"},
            {"path": "load.0.for", "value": "400ms"},
        ])
    );
    assert_report_renders_the_same(&bench, &folder);
}

fn assert_valid_under_the_published_schema(summary: &serde_json::Value) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/reports/schema/summary.v1.json"
    );
    let validator = jsonschema::validator_for(&read_json(path.as_ref())).unwrap();
    let faults: Vec<_> = validator
        .iter_errors(summary)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Takes all reports away but the summary, and has them rendered again.
fn assert_report_renders_the_same(bench: &Bench, folder: &Path) {
    let rendered = [
        "summary.json",
        "phases.csv",
        "timeline.csv",
        "slowest.csv",
        "report.html",
        "junit.xml",
        "summary.md",
    ];
    let before = rendered.map(|name| fs::read(folder.join(name)).unwrap());
    for name in &rendered[1..] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let path = folder.to_str().unwrap();
    bench.call(&["report", path]).ends_with(0);
    for (name, before) in rendered.iter().zip(before) {
        assert!(fs::read(folder.join(name)).unwrap() == before, "{name}");
    }
    assert_complete(folder);
}

#[test]
fn tokens_signed_when_due_and_no_tokens_at_all_both_run() {
    let bench = Bench::new();
    let with = |mode: &str| {
        let set = format!("auth.signing={mode}");
        bench
            .run(SMOKE, &[&BRIEF[..], &["--set", &set]].concat())
            .ends_with_unless_busy(0)
            .summary()
    };
    let jit = with("jit");
    assert_adds_up(&jit);
    assert_eq!(jit["signing"]["mode"], "jit");
    assert_eq!(jit["counts"]["failed"], 0);
    assert!(jit["phases"]["sign_wait"].is_object());
    let none = with("none");
    assert_adds_up(&none);
    assert_eq!(none["signing"]["tokens_minted"], 0);
    assert_eq!(none["counts"]["failed"], 0);
    assert!(none["phases"]["sign"].is_null());
}

// The second of two arrivals is answered after half of the second that they share. What is
// spent before the load is no part of its CPU time either.
#[test]
fn a_load_lasts_as_long_as_planned_and_not_until_its_last_answer() {
    let bench = Bench::new();
    let words = ["--rate", "2/s", "--duration", "1s"];
    let more = [
        "--set",
        "load.0.arrivals=uniform",
        "--set",
        "auth.source=none",
    ];
    let ran = bench
        .run(SMOKE, &[&words[..], &more].concat())
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_eq!(summary["counts"]["ok"], 2);
    assert_eq!(summary["run"]["duration_ns"], 1_000_000_000);
    assert_eq!(summary["rates"]["achieved_per_s"], 2.0);
    let own_cpu = &summary["measurement"]["own_cpu"];
    assert!(own_cpu.as_f64().unwrap() <= 1.0, "{own_cpu}");
}

// Both begin in the same second more often than not; whether or not they do, there must be
// two folders and two whole runs.
#[test]
fn runs_that_begin_together_keep_apart() {
    let bench = Bench::new();
    let words = [
        &[
            "run",
            SMOKE,
            "--json",
            "--ui",
            "none",
            "--set",
            "auth.source=none",
        ],
        &BRIEF[..],
    ]
    .concat();
    let first = Going::spawn(bench.command(&words));
    let second = Going::spawn(bench.command(&words));
    let ids = [first, second].map(|run| {
        let ran = run.end().ends_with_unless_busy(0);
        ran.summary()["run"]["id"].clone()
    });
    assert_ne!(ids[0], ids[1]);
    let folders = bench.folders();
    assert_eq!(folders.len(), 2, "{folders:?}");
    for folder in folders {
        assert_complete(&folder);
        assert!(ids.contains(&read_json(&folder.join("summary.json"))["run"]["id"]));
    }
}

#[test]
fn a_dry_run_sends_nothing_and_shows_no_token() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/leads", listener.local_addr().unwrap());
    let ran = bench
        .call(&["run", SMOKE, "--dry-run", "--target", &url])
        .ends_with(0);
    ran.prints("POST /leads HTTP/1.1")
        .prints("authorization: Bearer <redacted>")
        .prints("first arrivals");
    assert!(!ran.stdout.contains("eyJ"), "{}", ran.stdout);
    let knocked = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(knocked, Err(io::ErrorKind::WouldBlock));
    assert!(bench.files_written().is_empty());
}

// A control run sends no token, so the request that is shown has none either.
#[test]
fn a_dry_run_of_the_control_shows_no_authorization() {
    let bench = Bench::new();
    let ran = bench
        .call(&["run", SMOKE, "--dry-run", "--set", "auth.signing=none"])
        .ends_with(0);
    assert!(!ran.stdout.contains("authorization"), "{}", ran.stdout);
}

// `leadbench run ... | head -1`: the reader goes away before anything is written.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let bench = Bench::new();
    for json in [&["--json"][..], &[]] {
        let words = [
            &["run", SMOKE, "--ui", "none", "--set", "auth.source=none"],
            &BRIEF[..],
            json,
        ]
        .concat();
        let mut going = Going::spawn(bench.command(&words));
        drop(going.child().stdout.take());
        let ran = going.end();
        // With nothing on stdout there is no telling whether an 8 is the machine's.
        if ran.status.code() != Some(8) {
            ran.ends_with(0);
        }
    }
    bench
        .folders()
        .iter()
        .for_each(|folder| assert_complete(folder));
}

#[test]
fn a_full_device_behind_stdout_is_told_and_takes_no_report_with_it() {
    let bench = Bench::new();
    let words = [
        &[
            "run",
            SMOKE,
            "--json",
            "--ui",
            "none",
            "--set",
            "auth.source=none",
        ],
        &BRIEF[..],
    ]
    .concat();
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("this system has no /dev/full, so nothing is tried");
        return;
    };
    let mut command = bench.command(&words);
    command.stdout(Stdio::from(full));
    let ran = crate::support::finish(command).ends_with(4);
    ran.says("could not write to stdout");
    assert_complete(&bench.folder());
}

#[test]
fn a_missing_pair_is_made_for_the_embedded_target_and_said() {
    let bench = Bench::without_key();
    let ran = bench.run(SMOKE, &BRIEF).ends_with_unless_busy(0);
    ran.says("made a key pair lead_signing (2048 bits)");
    assert!(bench.path("keys/lead_signing.key.pem").is_file());
}

#[test]
fn labels_and_a_commit_find_a_run_again() {
    let bench = Bench::new();
    let words = [
        "--label",
        "build=17",
        "--commit",
        "0123456789abcdef",
        "--set",
        "auth.source=none",
    ];
    let ran = bench
        .run(SMOKE, &[&BRIEF[..], &words].concat())
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_eq!(summary["run"]["labels"]["build"], "17");
    assert_eq!(summary["run"]["commit"], "0123456789abcdef");
    let folder = bench.folder();
    assert!(
        folder.to_str().unwrap().ends_with("-01234567"),
        "{folder:?}"
    );
}

#[test]
fn a_broken_threshold_ends_with_one() {
    let bench = Bench::new();
    let words = [
        "--set",
        "thresholds.\"latency.p50\"=\"< 1ms\"",
        "--set",
        "auth.source=none",
    ];
    let ran = bench
        .run(SMOKE, &[&BRIEF[..], &words].concat())
        .ends_with_unless_busy(1);
    assert_eq!(ran.summary()["counts"]["failed"], 0);
    assert_complete(&bench.folder());
}

#[test]
fn an_invalid_scenario_ends_with_three_and_says_all_at_once() {
    let bench = Bench::new();
    let path = bench.write(
        "wrong.toml",
        "schema = 1\nname = \"x\"\n[target]\nur = 1\n[[load]]\nkind = \"rate\"\n",
    );
    let ran = bench.run(path.to_str().unwrap(), &[]).ends_with(3);
    ran.says("wrong.toml:4:1")
        .says("`url`")
        .says("`rate`")
        .says("`for`");
    assert!(bench.folders().is_empty());
    bench.call(&["check", path.to_str().unwrap()]).ends_with(3);
    bench.call(&["check", "missing.toml"]).ends_with(4);
    bench.call(&["run"]).ends_with(2);
}

#[test]
fn every_shipped_scenario_is_valid() {
    let bench = Bench::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    paths.sort();
    let words: Vec<_> = paths.iter().map(String::as_str).collect();
    // Their key pairs are the users' to make.
    let ran = bench.call(&[&["check", "--no-keys"], &words[..]].concat());
    let ran = ran.ends_with(0);
    assert_eq!(ran.stdout.matches("ok: ").count(), paths.len());
    assert_eq!(ran.stderr, "", "each sets what it is judged by");
}

#[test]
fn schemas_and_completions_are_printed_and_nothing_else() {
    let bench = Bench::new();
    for which in ["scenario", "summary", "comparison", "search"] {
        let schema = bench.call(&["schema", which]).ends_with(0).summary();
        assert!(schema["properties"]["schema"].is_object(), "{which}");
    }
    for shell in ["bash", "fish", "zsh"] {
        let ran = bench.call(&["completions", shell]).ends_with(0);
        ran.prints("leadbench");
        assert_eq!(ran.stderr, "");
    }
    assert!(bench.files_written().is_empty());
}

#[test]
fn signing_alone_is_measured_cold_and_prepared() {
    let bench = Bench::new();
    let words = ["sign", "--bits", "2048", "--threads", "1", "--for", "50ms"];
    let ran = bench.call(&words).ends_with(0);
    ran.prints("cold").prints("prepared");
    assert!(bench.files_written().is_empty());
}
