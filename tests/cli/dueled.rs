//! `duel`: rounds of runs on both sides, and how they end.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{
    Bench, Going, Ran, TargetProcess, eventually, files_below, is_spoiled, number, read_json,
};

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

/// Runs a duel of the scenario and asserts that every round was run.
///
/// On a machine that is busy with something else a round may rightly be left out as an
/// invalid measurement. Every run that was must say so for the machine's sake alone, and
/// what is judged is compared with the rounds that are left. `None` when not one is, which
/// the duel then has to say.
#[track_caller]
fn duel(bench: &Bench, rounds: usize, words: &[&str], design: &str) -> Option<Ran> {
    let count = rounds.to_string();
    let call = [&["duel", "gate.toml", "--rounds", &count], words].concat();
    let ran = bench.call(&call);
    let kept = folder(bench);
    let sides = ["baseline", "candidate"].map(|side| runs(&kept, side));
    let spoiled = (sides.iter().flatten())
        .filter(|run| is_spoiled(run))
        .count();
    let lines: Vec<&str> = (ran.stderr.lines())
        .filter(|line| line.starts_with("round "))
        .collect();
    assert_eq!(lines.len(), rounds, "{ran:#?}");
    assert_eq!(ran.stderr.matches("invalid, left out: ").count(), spoiled);
    let good = (lines.iter())
        .filter(|line| !line.contains("invalid, left out: "))
        .count();
    if good == 0 {
        ran.ends_with(8).says("can be compared");
        return None;
    }
    let ran = ran.ends_with(0);
    match good {
        1 => ran.prints("one run of each side"),
        _ => ran
            .prints(&format!("{good} {design}"))
            .prints(&format!("there are {good} "))
            .prints("a verdict needs 8"),
    };
    Some(ran)
}

/// The summaries of a side's runs, as they are in its folder, valid or not.
fn runs(duel: &Path, side: &str) -> Vec<Value> {
    files_below(&duel.join(side))
        .iter()
        .filter(|file| file.ends_with("summary.json"))
        .map(|file| read_json(file))
        .collect()
}

#[test]
fn rounds_are_taken_in_turn_and_judged_as_pairs() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let (base_url, head_url) = (base.url(), head.url());
    let words = [
        "--baseline",
        &base_url,
        "--candidate",
        &head_url,
        "--baseline-commit",
        "a1b2c3d4",
        "--candidate-commit",
        "e5f6a7b8",
    ];
    let judged = duel(&bench, 3, &words, "pairs of runs, taken in turn");
    // Each side had its own runs, in an order that favours neither.
    for target in [&base, &head] {
        assert_eq!(target.ledger()["leads"], 48);
    }
    let kept = folder(&bench);
    let mut order: Vec<(String, bool)> = [("baseline", false), ("candidate", true)]
        .into_iter()
        .flat_map(|(side, is_candidate)| {
            let began = |run: Value| run["run"]["started_at"].to_string();
            (runs(&kept, side).into_iter()).map(move |run| (began(run), is_candidate))
        })
        .collect();
    order.sort();
    let order: Vec<bool> = order.into_iter().map(|(_, candidate)| candidate).collect();
    assert_eq!(order, [false, true, true, false, false, true]);
    // What is kept gives the same comparison again.
    let Some(ran) = judged else { return };
    ran.prints("commit a1b2c3d4").prints("advisory: ");
    let side = |name: &str| kept.join(name).display().to_string();
    let again = bench
        .call(&["compare", &side("baseline"), &side("candidate"), "--json"])
        .ends_with(0);
    assert_eq!(
        serde_json::from_str::<Value>(&again.stdout).unwrap(),
        read_json(&kept.join("comparison.json"))
    );
}

#[test]
fn both_sides_at_once_are_rounds_side_by_side() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let (base_url, head_url) = (base.url(), head.url());
    let words = [
        "--mode",
        "side-by-side",
        "--baseline",
        &base_url,
        "--candidate",
        &head_url,
    ];
    duel(&bench, 2, &words, "rounds, both sides at once");
    for target in [&base, &head] {
        assert_eq!(target.ledger()["leads"], 32);
    }
}

// Of 16 arrivals of each round either side has 8, whichever they are.
#[test]
fn sides_share_the_arrivals_of_a_round() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let (base_url, head_url) = (base.url(), head.url());
    let words = [
        "--mode",
        "per-arrival",
        "--baseline",
        &base_url,
        "--candidate",
        &head_url,
    ];
    duel(&bench, 3, &words, "rounds, both sides at once");
    for target in [&base, &head] {
        assert_eq!(target.ledger()["leads"], 24);
    }
    let kept = folder(&bench);
    for run in ["baseline", "candidate"]
        .map(|side| runs(&kept, side))
        .concat()
    {
        assert_eq!(run["run"]["labels"]["duel.mode"], "per-arrival");
        assert_eq!(
            run["run"]["load"]["description"],
            "40/s uniform for 400 ms, of each two arrivals one by lot"
        );
    }
}

// Each side sends for the half second of its slot that is no pause, at the scenario's rate.
#[test]
fn sides_share_the_time_of_a_round() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let (base_url, head_url) = (base.url(), head.url());
    let words = [
        "--mode",
        "slots",
        "--slot",
        "1s",
        "--duration",
        "2s",
        "--baseline",
        &base_url,
        "--candidate",
        &head_url,
    ];
    duel(&bench, 2, &words, "rounds, both sides at once");
    for target in [&base, &head] {
        assert_eq!(target.ledger()["leads"], 40);
    }
}

#[test]
fn a_load_that_two_sides_cannot_share_is_refused() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let arrivals = "rate = \"40/s\"\nfor = \"400ms\"\narrivals = \"uniform\"\n";
    let users = SCENARIO
        .replace("kind = \"rate\"", "kind = \"users\"")
        .replace(arrivals, "users = 1\nfor = \"400ms\"\n");
    bench.write("users.toml", &users);
    let refused = |words: &[&str]| {
        let sides = [
            "--baseline-set",
            "lead.seed=1",
            "--candidate-set",
            "lead.seed=1",
        ];
        bench
            .call(&[&["duel"], words, &sides].concat())
            .ends_with(3)
    };
    refused(&["users.toml", "--mode", "per-arrival"])
        .says("depend on the answers before")
        .says("use --mode in-turn or side-by-side");
    refused(&["gate.toml", "--mode", "slots", "--slot", "2s"])
        .says("400 ms after the warm-up are too short for two slots of 2.00 s")
        .says("shorten the slots with --slot");
}

// What was found before must not be taken for what is found now, and what cannot be written is
// told before the load.
#[test]
fn a_duel_leaves_no_verdict_of_before_and_writes_where_it_can() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let old = bench.write("found/comparison.md", "an old verdict");
    let nobody = ["--baseline", "http://127.0.0.1:9/leads", "--candidate"];
    let there = ["http://127.0.0.1:9/leads", "--out", "found"];
    let words = [&["duel", "gate.toml"], &nobody[..], &there[..]].concat();
    bench.call(&words).ends_with(4);
    assert!(!old.exists());
    // Also where a duel is refused before its first round.
    bench.write("found/comparison.md", "an old verdict");
    let outside = ["--baseline", "https://api.example.com/", "--candidate"];
    let words = [
        &["duel", "gate.toml"],
        &outside[..],
        &["https://b.example.com/", "--out", "found"],
    ];
    bench.call(&words.concat()).ends_with(5);
    assert!(!old.exists());
    let here = [
        &["duel", "gate.toml"],
        &nobody[..],
        &there[..2],
        &["gate.toml"],
    ]
    .concat();
    bench
        .call(&here)
        .ends_with(4)
        .says("could not write gate.toml");
    assert_eq!(
        fs::read_dir(bench.path("reports/duels")).unwrap().count(),
        1
    );
}

#[test]
fn sides_that_do_other_work_are_told_after_one_round() {
    let bench = Bench::new();
    bench.write("gate.toml", SCENARIO);
    let [base, head] = two_targets(&bench);
    let sides = ["--baseline", &base.url(), "--candidate", &head.url()].map(str::to_owned);
    let sides = sides.each_ref().map(String::as_str);
    let other = ["--baseline-set", "load.0.rate=20/s", "--rounds", "20"];
    let ran = bench.call(&[&["duel", "gate.toml"], &sides[..], &other[..]].concat());
    if ran.stderr.contains("invalid, left out") {
        return;
    }
    let ran = ran.ends_with(4);
    ran.says("did not do the same work");
    assert_eq!(ran.stderr.matches("round ").count(), 1, "{ran:#?}");
}

// The runs of the round that is under way end early, and write what they have.
#[test]
fn a_duel_that_is_told_to_end_passes_it_on() {
    for mode in ["in-turn", "per-arrival"] {
        let bench = Bench::new();
        bench.write("gate.toml", SCENARIO);
        let [base, head] = two_targets(&bench);
        let (base_url, head_url) = (base.url(), head.url());
        let sides = ["--baseline", &base_url, "--candidate", &head_url];
        let words = ["duel", "gate.toml", "--duration", "60s", "--mode", mode];
        let mut going = Going::spawn(bench.command(&[&words[..], &sides].concat()));
        eventually("the first run goes on", || {
            assert_eq!(going.child().try_wait().unwrap(), None, "it has ended");
            number(&base.ledger()["leads"]) > 0
        });
        going.signal("TERM");
        going
            .end()
            .ends_with(130)
            .says("the finished rounds are in");
        let baseline = runs(&folder(&bench), "baseline");
        assert_eq!(baseline.len(), 1);
        assert_eq!(baseline[0]["run"]["state"], "interrupted");
    }
}

#[test]
fn two_ways_of_signing_are_the_same_work() {
    let bench = Bench::new();
    let text = SCENARIO.replace(
        "source = \"none\"",
        "source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\naudience = \"a\"",
    );
    bench.write("gate.toml", &text);
    let words = [
        "--baseline-set",
        "auth.signing=reuse",
        "--candidate-set",
        "auth.signing=jit",
    ];
    duel(&bench, 2, &words, "pairs of runs, taken in turn");
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
    refused(&["--rounds", "1", "--baseline-set", "a=b"], 2).says("from 2 to 100, not 1");
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
    refused(&["--baseline-set", "auth.nonsense=1"], 3).says("--baseline-set: ");
    refused(&["--candidate-set", "auth.nonsense=1"], 3).says("--candidate-set: ");
    let nowhere = ["--baseline", "embedded", "--candidate", "ftp://localhost/"];
    refused(&nowhere, 3).says("--candidate: ");
    let slotless = ["--slot", "2s", "--baseline-set", "auth.signing=jit"];
    refused(&slotless, 2).says("--slot has no effect with --mode in-turn");
}

#[test]
fn a_duel_names_the_side_that_is_missing() {
    let bench = Bench::without_key();
    bench.write("gate.toml", SCENARIO);
    let url = "http://127.0.0.1:9";
    for (words, missing) in [
        (&[][..], "a duel needs two sides that differ"),
        (&["--baseline", url], "--candidate URL is missing"),
        (&["--candidate", url], "--baseline URL is missing"),
    ] {
        bench
            .call(&[&["duel", "gate.toml"], words].concat())
            .ends_with(2)
            .says(missing)
            .says("--baseline URL and --candidate URL");
    }
}
