//! `duel`: rounds of runs on both sides, and how they end.

use std::fs;

use crate::support::{Bench, TargetProcess, read_json};

const SCENARIO: &str = "schema = 1\nname = \"gate\"\n[target]\nurl = \"embedded\"\n\
     [auth]\nsource = \"none\"\n[[load]]\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"400ms\"\n\
     arrivals = \"uniform\"\n";

/// The folder of the one duel.
fn folder(bench: &Bench) -> std::path::PathBuf {
    let mut duels = fs::read_dir(bench.path("reports/duels")).unwrap();
    duels.next().unwrap().unwrap().path()
}

fn two_targets(bench: &Bench) -> [TargetProcess; 2] {
    [(); 2].map(|()| TargetProcess::start(bench, &["--no-token"]))
}

#[test]
fn rounds_are_taken_in_turn_and_judged_as_pairs() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let ran = bench
        .call(&[
            "duel",
            "gate.toml",
            "--rounds",
            "3",
            "--baseline",
            &base.url(),
            "--candidate",
            &head.url(),
            "--baseline-commit",
            "a1b2c3d4",
            "--candidate-commit",
            "e5f6a7b8",
        ])
        .ends_with(0);
    ran.says("round 1 of 3: baseline p99 ")
        .says("round 3 of 3: ")
        .prints("3 pairs of runs, taken in turn")
        .prints("commit a1b2c3d4")
        .prints("advisory: there are 3 pairs of runs, and a verdict needs 8");
    // Each side had its own runs, and what is kept gives the same comparison again.
    for target in [&base, &head] {
        assert_eq!(target.ledger()["leads"], 48);
    }
    let duel = folder(&bench);
    let kept = read_json(&duel.join("comparison.json"));
    let side = |name: &str| duel.join(name).display().to_string();
    let again = bench
        .call(&["compare", &side("baseline"), &side("candidate"), "--json"])
        .ends_with(0);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&again.stdout).unwrap(),
        kept
    );
    let order: Vec<bool> = {
        let runs = |side: &str| kept[side]["runs"].as_array().unwrap().clone();
        let mut all: Vec<(String, bool)> = ["baseline", "candidate"]
            .into_iter()
            .flat_map(|side| {
                let is_candidate = side == "candidate";
                runs(side)
                    .into_iter()
                    .map(move |run| (run["started_at"].to_string(), is_candidate))
            })
            .collect();
        all.sort();
        all.into_iter()
            .map(|(_, is_candidate)| is_candidate)
            .collect()
    };
    assert_eq!(order, [false, true, true, false, false, true]);
}

#[test]
fn both_sides_at_once_are_rounds_side_by_side() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    bench
        .call(&[
            "duel",
            "gate.toml",
            "--rounds",
            "2",
            "--mode",
            "side-by-side",
            "--baseline",
            &base.url(),
            "--candidate",
            &head.url(),
        ])
        .ends_with(0)
        .prints("2 rounds, both sides at once");
}

#[test]
fn two_ways_of_signing_are_the_same_work() {
    let bench = Bench::new();
    let text = SCENARIO.replace(
        "source = \"none\"",
        "source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\naudience = \"a\"",
    );
    bench.write("gate.toml", &text);
    bench
        .call(&[
            "duel",
            "gate.toml",
            "--rounds",
            "2",
            "--baseline-set",
            "auth.signing=reuse",
            "--candidate-set",
            "auth.signing=jit",
        ])
        .ends_with(0)
        .prints("2 pairs of runs, taken in turn");
}

#[test]
fn a_duel_that_cannot_be_is_refused() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let refused = |words: &[&str], code| {
        bench
            .call(&[&["duel", "gate.toml"], words].concat())
            .ends_with(code)
    };
    refused(&[], 2).says("--baseline-set");
    refused(&["--baseline", "http://127.0.0.1:9/leads"], 2).says("--candidate");
    refused(&["--rounds", "1", "--baseline-set", "a=b"], 2).says("2..=100");
    let here = ["--baseline", "http://127.0.0.1:9/leads", "--candidate"];
    refused(&[&here[..], &["http://127.0.0.1:9/leads"]].concat(), 4)
        .says("the run of the baseline failed");
    let outside = [
        "--baseline",
        "https://api.example.com/leads",
        "--candidate",
        "https://b.example.com/",
    ];
    refused(&outside, 5).says("api.example.com");
    refused(&["--baseline-set", "auth.nonsense=1"], 3).says("nonsense");
}
