//! Several loads in one run: side by side or in turn, each on its own and in total.

use std::fs;

use serde_json::Value;

use crate::support::{Bench, TargetProcess, assert_adds_up, assert_complete, number};

/// A rate that goes up and down, users beside it, and a steady rate after it.
const LOADS: &str = r#"
[[load]]
name = "ramp"
kind = "rate"
arrivals = "uniform"
warmup = "100ms"
stages = [{ to = "60/s", over = "500ms" }, { rate = "20/s", for = "500ms" }]

[[load]]
name = "users"
kind = "users"
users = 2
iterations = 5

[[load]]
name = "steady"
kind = "rate"
arrivals = "uniform"
rate = "30/s"
for = "500ms"
after = "ramp"
"#;

/// Runs them against a target of their own, which counts the leads.
fn several(auth: &str) -> (Bench, TargetProcess, Value) {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let text = format!(
        "schema = 1\nname = \"several\"\n[target]\nurl = \"{}\"\n{auth}{LOADS}",
        target.url()
    );
    let scenario = bench.write("several.toml", &text);
    let ran = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    (bench, target, summary)
}

#[test]
fn each_load_is_reported_on_its_own_and_they_add_up() {
    let (bench, target, summary) = several("");
    assert_adds_up(&summary);
    assert_complete(&bench.folder());
    let loads = summary["loads"].as_array().unwrap();
    let names: Vec<_> = loads.iter().map(|load| load["name"].as_str()).collect();
    assert_eq!(names, [Some("ramp"), Some("users"), Some("steady")]);
    // The areas: 15 on the ramp, of which the first 0.6 lie in the warm-up and round up to
    // one arrival, and 10 in the step.
    let ok = |load: &Value| number(&load["counts"]["ok"]);
    assert_eq!(loads.iter().map(ok).collect::<Vec<_>>(), [24, 10, 15]);
    for count in ["planned", "completed", "ok", "failed", "warmup"] {
        let sum: u64 = loads
            .iter()
            .map(|load| number(&load["counts"][count]))
            .sum();
        assert_eq!(number(&summary["counts"][count]), sum, "{count}");
    }
    for load in loads {
        assert_eq!(load["phases"]["latency"]["count"], load["counts"]["ok"]);
    }
    let ledger = target.ledger();
    assert_eq!(ledger["leads"], 50);
    assert_eq!(ledger["unique_leads"], 50, "loads share no lead");
}

#[test]
fn a_load_after_another_begins_when_that_ends() {
    let (bench, _target, summary) = several("");
    let steady = &summary["loads"][2];
    assert_eq!(steady["start_ns"], 1_000_000_000);
    assert_eq!(steady["duration_ns"], 500_000_000);
    assert_eq!(steady["rates"]["asked_per_s"], 30.0);
    // The last of fifteen is due 33 ms before the end, and a busy machine may take longer.
    let achieved = steady["rates"]["achieved_per_s"].as_f64().unwrap();
    assert!((20.0..=30.0).contains(&achieved), "{achieved}");
    let slowest = summary["slowest"].as_array().unwrap();
    let names = ["ramp", "users", "steady"];
    let is_named = |row: &Value| names.contains(&row["load"].as_str().unwrap());
    assert!(!slowest.is_empty() && slowest.iter().all(is_named));
    assert_eq!(summary["run"]["model"], "mixed");
    assert!(
        summary["rates"]["asked_per_s"].is_null(),
        "users ask for no rate"
    );
    // The schedules are part of the figures; users have none.
    assert!(steady["schedule_sha256"].is_string());
    assert!(summary["loads"][1]["schedule_sha256"].is_null());
    let folder = bench.folder();
    let log = fs::read_to_string(folder.join("intervals.hlog")).unwrap();
    for tag in [
        "ramp/ok.latency",
        "ramp/warmup.ok.latency",
        "users/ok.latency",
        "steady/ok.lag",
    ] {
        assert!(log.contains(&format!("Tag={tag},")), "{tag}");
    }
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    for name in ["ramp", "users", "steady"] {
        assert!(page.contains(&format!("<h3>{name}</h3>")), "{name}");
    }
    let phases = fs::read_to_string(folder.join("phases.csv")).unwrap();
    assert!(phases.lines().any(|row| row.contains(",steady,")));
    let words = bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    assert!(words.stdout.contains("Loads (ms)"), "{}", words.stdout);
}

// Tokens are signed ahead for two schedules at once, in the order in which they are due.
#[test]
fn loads_share_the_signers() {
    let bench = Bench::new();
    let text = format!(
        "schema = 1\nname = \"several\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\n{LOADS}"
    );
    let scenario = bench.write("several.toml", &text);
    let summary = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0)
        .summary();
    assert_eq!(summary["counts"]["failed"], 0);
    // One for each callout, and for each user one that it did not come to use.
    let minted = number(&summary["signing"]["tokens_minted"]);
    assert_eq!(minted, 25 + 15 + 10 + 2);
}

#[test]
fn the_schedule_of_a_seed_is_the_same_in_every_run() {
    let bench = Bench::new();
    let hash = |seed: &str| {
        let words = ["--rate", "40/s", "--duration", "500ms"];
        let set = ["--set", "auth.source=none", "--set", seed];
        let ran = bench.run(crate::support::SMOKE, &[&words[..], &set].concat());
        let summary = ran.ends_with_unless_busy(0).summary();
        summary["loads"][0]["schedule_sha256"].clone()
    };
    let first = hash("lead.seed=7");
    assert_eq!(first, hash("lead.seed=7"));
    assert_ne!(first, hash("lead.seed=8"));
}

#[test]
fn a_dry_run_shows_the_first_arrivals_of_each() {
    let bench = Bench::without_key();
    let text = format!("schema = 1\nname = \"several\"\n[target]\nurl = \"embedded\"\n{LOADS}");
    let scenario = bench.write("several.toml", &text);
    let ran = bench
        .call(&["run", scenario.to_str().unwrap(), "--dry-run"])
        .ends_with(0);
    for part in [
        "first arrivals of ramp",
        "first arrivals of steady",
        "       0      1.000000 s",
        "steady: 30/s uniform for 500 ms, from 1.00 s on",
    ] {
        assert!(ran.stdout.contains(part), "{part} in\n{}", ran.stdout);
    }
}

const TRACED: &str = "schema = 1\nname = \"traced\"\n[target]\nurl = \"embedded\"\n\
                      [auth]\nsource = \"none\"\n[[load]]\nkind = \"trace\"\nfile = \"trace.csv\"\n";

#[test]
fn a_trace_is_replayed_as_it_was() {
    let bench = Bench::without_key();
    bench.write("traces/trace.csv", "due_s\n0.1\n0.1\n0.35\n0.9\n");
    let scenario = bench.write("traces/traced.toml", TRACED);
    let scenario = scenario.to_str().unwrap();
    // The first two decimals tell an instant; what is shown is the plan.
    let plan = bench.call(&["run", scenario, "--dry-run"]).ends_with(0);
    for line in [
        "0      0.100000 s",
        "2      0.350000 s",
        "3      0.900000 s",
    ] {
        assert!(plan.stdout.contains(line), "{}", plan.stdout);
    }
    let summary = bench.run(scenario, &[]).ends_with_unless_busy(0).summary();
    assert_eq!(summary["counts"]["ok"], 4);
    assert_eq!(summary["rates"]["asked_per_s"], 4.0);
    let words = summary["run"]["load"]["description"].as_str().unwrap();
    assert_eq!(words, "a trace of 4 arrivals over 1.00 s");
}

#[test]
fn a_broken_trace_is_told_with_its_lines() {
    let bench = Bench::without_key();
    let scenario = bench.write("traced.toml", TRACED);
    let scenario = scenario.to_str().unwrap();
    let ran = bench.call(&["check", scenario]).ends_with(3);
    ran.says("traced.toml:9:8: `file`: ").says("trace.csv");
    bench.write("trace.csv", "due_s\n1\nsoon\n0.5\n");
    let ran = bench.call(&["check", scenario]).ends_with(3);
    ran.says("trace.csv:3: `due_s`: \"soon\" is not a decimal number")
        .says("trace.csv:4: `due_s`: 0.5 is before the line above");
}
